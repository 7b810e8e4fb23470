"""The command: arguments, logging, and the hand-over to the app."""
