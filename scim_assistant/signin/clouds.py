"""Microsoft's four clouds: where to sign in, where Graph is, and what is known not to work there.

Tokens are per cloud. Nothing else than these four can be chosen, so no setting leads a token anywhere else.

Source: Microsoft Graph, national cloud deployments; Entra, known issues of app provisioning (read 2026-11).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from scim_assistant.sentence import Sentence, say


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud.

    Attributes:
        name: Stable name, for settings: ``global``, ``usgov``, ``usgov-dod``, ``china``.
        title: For the person.
        authority: Root of the sign-in service, without a trailing slash.
        graph: Root of Microsoft Graph without version and trailing slash; also the prefix of its permissions.
        portal: Root of the portal, without a trailing slash.
        caveats: What is known not to work there, or not known to work; said before anybody signs in.
    """

    name: str
    title: Sentence
    authority: str
    graph: str
    portal: str
    caveats: tuple[Sentence, ...] = ()

    @property
    def graph_root(self) -> str:
        """Graph with the version that this program speaks."""
        return f"{self.graph}/v1.0"

    def scope(self, permission: str) -> str:
        """A permission as this cloud's tokens are asked for it."""
        return f"{self.graph}/{permission}"


_FEW_APPS = say(
    "Few gallery apps exist in this cloud. An app that is missing there can be set up with the template for apps "
    "that are not in the gallery."
)
_GOVERNMENT = (
    say(
        "The Tenant URL, the Secret Token and the address for failure notices may have 1,024 characters together here."
    ),
    _FEW_APPS,
)

GLOBAL = Cloud(
    "global",
    say("Microsoft cloud (worldwide)"),
    "https://login.microsoftonline.com",
    "https://graph.microsoft.com",
    "https://portal.azure.com",
)
CLOUDS: tuple[Cloud, ...] = (
    GLOBAL,
    Cloud(
        "usgov",
        say("US Government (GCC High, L4)"),
        "https://login.microsoftonline.us",
        "https://graph.microsoft.us",
        "https://portal.azure.us",
        _GOVERNMENT,
    ),
    Cloud(
        "usgov-dod",
        say("US Government (DoD, L5)"),
        "https://login.microsoftonline.us",
        "https://dod-graph.microsoft.us",
        "https://portal.azure.us",
        _GOVERNMENT,
    ),
    Cloud(
        "china",
        say("China (21Vianet)"),
        "https://login.chinacloudapi.cn",
        "https://microsoftgraph.chinacloudapi.cn",
        "https://portal.azure.cn",
        (
            say(
                "Microsoft's pages disagree on whether provisioning and its log can be reached through Graph in this "
                "cloud. It can be tried here; where the service refuses, it is explained."
            ),
            _FEW_APPS,
        ),
    ),
)


def cloud_named(name: str) -> Cloud:
    """The cloud with this name; the worldwide one for an unknown or empty name."""
    return next((cloud for cloud in CLOUDS if cloud.name == name), GLOBAL)


SIGN_IN_HOSTS: Final = frozenset({
    "login.microsoftonline.com",
    "login.microsoft.com",
    "login.windows.net",
    "sts.windows.net",
    "login.microsoftonline.us",
    "login.usgovcloudapi.net",
    "login.chinacloudapi.cn",
    "login.partner.microsoftonline.cn",
    "sts.chinacloudapi.cn",
})  # fmt: skip
"""Names of the sign-in services of the four clouds, old ones among them: a service may lead from one to another.

Source: Microsoft identity platform, instance discovery; MSAL Python, authority.py (read 2026-11).
"""


def is_sign_in_address(url: str) -> bool:
    """True for an address of Microsoft's sign-in services, where codes and refresh tokens may be sent."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return (
        parts.scheme == "https"
        and (parts.hostname or "") in SIGN_IN_HOSTS
        and port in (None, 443)
        and "@" not in parts.netloc
    )
