"""A sign-in service on this computer, and browsers for it: tests of signing in talk to nothing else."""
