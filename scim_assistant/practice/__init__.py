"""A pretend Microsoft and a pretend SCIM service on loopback, with an engine that really provisions between them.

``world.py`` starts it all; ``state.py`` is the pretend tenant that everything here reads and changes. Nothing in
this room shares code with the clients of the program, so that it cannot share their misunderstandings.
"""
