"""Builds everything and connects it, without Qt. The only module that knows every room."""
