"""The window: all Qt code, and nothing else.

Pages show what ``steps`` know; anything that may wait (network, disk, keyring) goes through ``jobs.py``.
"""
