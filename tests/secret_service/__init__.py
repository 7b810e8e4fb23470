"""A real Secret Service for tests: its own bus, its own data, started and ended by the test."""
