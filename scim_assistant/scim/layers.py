"""The layers of the connection test as this computer makes it, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from scim_assistant.sentence import Sentence, say

ADDRESS: Final = "address"
NAME: Final = "name"
TCP: Final = "tcp"
TLS: Final = "tls"
HTTP: Final = "http"
AUTHENTICATION: Final = "authentication"
SCIM: Final = "scim"
GROUPS: Final = "groups"
DISCOVERY: Final = "discovery"
LIMITS: Final = "limits"

TITLES: Final[Mapping[str, Sentence]] = {
    ADDRESS: say("Tenant URL"),
    NAME: say("Host name"),
    TCP: say("Connection"),
    TLS: say("Encryption"),
    HTTP: say("Answer"),
    AUTHENTICATION: say("Token"),
    SCIM: say("Search for a person"),
    GROUPS: say("Search for a group"),
    DISCOVERY: say("What the service says of itself"),
    LIMITS: say("Pages and limits"),
}
"""Every layer by its key, which is also its name for the command and for profiles, with its title on screen."""
