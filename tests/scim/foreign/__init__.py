"""SCIM servers that nobody here wrote, each started as it comes from PyPI, on a loopback port in a process of its own."""
