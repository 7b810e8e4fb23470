"""SCIM Assistant: sets up, proves and explains SCIM provisioning from Microsoft Entra ID."""

__version__ = "0.1.0"
