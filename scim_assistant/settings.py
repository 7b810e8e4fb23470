"""Preferences that are not secret: read at start, written when they change."""
