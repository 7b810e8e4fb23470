"""Measurements, run by hand: ``python -m tests.bench.log_window``. They print figures and judge nothing."""
