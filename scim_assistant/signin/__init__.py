"""Who is asking: clouds, permissions, the app registration to sign in with, the flows on MSAL, and tokens.

``desk.SignInDesk`` is the door: it knows the accounts, signs in (browser, code, broker), renews silently and signs out.
``clouds``, ``permissions``, ``registration``, ``configuration`` and ``tenant_text`` are plain values and pure functions.
Everything that MSAL says goes through ``failures``; everything it sends goes through our own transport (``msal_http``).
What tokens mean for a tenant is made in ``tenant/session.py``, where sign-in and Graph meet.
"""
