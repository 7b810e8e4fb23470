"""What Entra's provisioning engine would decide, as pure functions.

Four questions: what an expression gives (``expressions``), whether a scoping filter lets someone through
(``scoping``), which values flow to the app (``mapping``) and who is entitled at all (``entitlement``). Plain
Python data goes in and comes out: mappings and filters as the JSON of a synchronization schema, a person as a
dictionary of the engine's attribute names. No input, no output, nothing of ours but ``errors``, so that previews
and the practice world can share it.
"""
