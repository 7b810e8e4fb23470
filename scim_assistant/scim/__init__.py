"""What is known of an app's SCIM service before Microsoft talks to it: its profile, its address, one harmless question.

The profiles come from ``resources/profiles``; the connection is handed in.
"""
