"""Whole runs against the practice world, over real HTTP."""
