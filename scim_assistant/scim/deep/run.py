"""The deep check."""

from scim_assistant.scim.deep.catalogue import planned_checks

__all__ = ["planned_checks"]
