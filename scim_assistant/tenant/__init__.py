"""What was found: the session, and unchanging pictures of the tenant that everything above decides on.

Sign-in and Graph meet here. Nothing here writes to a tenant.
"""
