"""Secrets in the system keyring, and nothing else."""
