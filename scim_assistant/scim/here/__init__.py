"""The test from this computer: what is found at each layer on the way to a service, and what it means.

``address`` and ``way`` judge what lies below HTTP, ``answer`` the answer and the token, ``question`` the search for
nobody, ``hints`` what a service says of itself, ``verdict`` all of it together. Everything is pure: ``connection`` asks.
"""
