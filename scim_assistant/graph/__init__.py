"""Speaking Microsoft Graph v1.0: requests, answers, retries, pages, and one typed call each.

Knows no app and no plan. ``request`` and ``answer`` are pure, ``client`` sends, the other modules hold the calls of one
subject each; the connection and the token are handed in.
"""
