"""How an organisation makes an app registration of its own: what to enter, scripts that do it, links. Pure values.

Sources: Microsoft identity platform, desktop app registration and redirect URIs, and admin consent (v2); MSAL Python on
brokers (all read 2026-11).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from scim_assistant.sentence import Sentence, say
from scim_assistant.signin.client import COMMAND_LINE_CLIENT, Client, Origin
from scim_assistant.signin.clouds import GLOBAL, Cloud
from scim_assistant.signin.offer import Way
from scim_assistant.signin.permissions import CHANGE, LOOK, Permission, names
from scim_assistant.signin.registration_scripts import azure_cli_script, powershell_script

SUGGESTED_NAME = "SCIM Assistant"
LOOPBACK = "http://localhost"
"""Where the browser comes back to; Entra takes any port of it."""

WHY: tuple[Sentence, ...] = (
    say(
        "Entra lets a program in only under the name of an app registration, and one of your own shows up under your "
        "name in consent, in Conditional Access and in the sign-in log."
    ),
    say(
        "You decide there who may use it and what it may do, and you can take that back at any time without touching "
        "anything else."
    ),
    say(
        "It holds no password: a person signs in, and the program can do at most what that person may do and what was "
        "consented to."
    ),
)


@dataclass(frozen=True, slots=True)
class Redirect:
    """An address that sign-in may come back to.

    Attributes:
        address: As it is entered.
        purpose: What needs it.
        needs_client_id: It holds the client ID, so it can be added only once the registration exists.
    """

    address: str
    purpose: Sentence
    needs_client_id: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A setting to make by hand.

    Attributes:
        label: What it is called in the portal.
        value: What to enter or choose.
        note: What it is for; empty where the label says it.
        copies: The value is text worth copying, not a choice.
    """

    label: Sentence
    value: str
    note: Sentence = Sentence("")
    copies: bool = True


CLIENT_ID_PLACE = "CLIENT-ID"
"""Stands for the client ID in an address while there is none yet."""


def redirects(cloud: Cloud, client_id: str = "") -> tuple[Redirect, ...]:
    """The addresses to enter under *Mobile and desktop applications*, for all platforms.

    Args:
        cloud: Where the registration is.
        client_id: The registration's, once it is known.
    """
    return (
        Redirect(LOOPBACK, say("Signing in with the browser, on every system")),
        Redirect(
            f"ms-appx-web://Microsoft.AAD.BrokerPlugin/{client_id or CLIENT_ID_PLACE}",
            say("Signing in with the account that Windows knows"),
            needs_client_id=True,
        ),
        Redirect(
            "msauth.com.msauth.unsignedapp://auth",
            say("Signing in with the account that macOS knows through Company Portal"),
        ),
        Redirect(
            f"{cloud.authority}/common/oauth2/nativeclient",
            say("Signing in with the account that Linux knows through Intune"),
        ),
    )


def entries(name: str = SUGGESTED_NAME) -> tuple[Entry, ...]:
    """What to enter by hand beside redirect addresses and permissions, in the order of the portal's pages."""
    return (
        Entry(say("Name"), name, say("People see it when they consent.")),
        Entry(
            say("Supported account types"),
            "Accounts in this organizational directory only",
            say("Nobody from outside can use it. The portal also calls it single tenant."),
            copies=False,
        ),
        Entry(
            say("Platform"),
            "Mobile and desktop applications",
            say(
                "While the registration is being made, it is called 'Public client/native (mobile & desktop)'."
            ),
            copies=False,
        ),
        Entry(
            say("Allow public client flows"),
            "Yes",
            say("Signing in with a code that is typed on another device needs it."),
            copies=False,
        ),
    )


def permissions_to_add() -> tuple[Permission, ...]:
    """The delegated permissions of Microsoft Graph to add: those for looking, then those for changing."""
    return (*LOOK, *CHANGE)


def needs_admin(permission: Permission) -> Sentence:
    """Who may consent to it, in words."""
    return (
        say("An administrator consents")
        if permission.needs_admin
        else say("Anybody may consent for themselves")
    )


# Links


def registrations_page(cloud: Cloud) -> str:
    """The list of app registrations in this cloud's portal."""
    return f"{cloud.portal}/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade"


def admin_consent_link(client: Client, *, wanted: Iterable[str] = ()) -> str:
    """The page on which an administrator consents for the whole organisation; empty while there is no client ID.

    The answer goes to the loopback address, where nobody listens: the browser then shows that the page cannot be
    reached.

    Args:
        client: Which registration, tenant and cloud.
        wanted: Delegated permissions by name; those for looking and for changing by default.

    Source: Microsoft identity platform, admin consent (v2 endpoint), read 2026-11.
    """
    if not client.client_id:
        return ""
    scopes = [client.cloud.scope(name) for name in tuple(wanted) or names(permissions_to_add())]
    query = {"client_id": client.client_id, "scope": " ".join(scopes), "redirect_uri": LOOPBACK}
    return f"{client.authority}/v2.0/adminconsent?{urlencode(query, quote_via=quote)}"


# The client that everybody has


@dataclass(frozen=True, slots=True)
class SharedClient:
    """Microsoft's own command-line client, as something to sign in with.

    Attributes:
        client: To sign in with.
        title: Its name.
        caveats: What speaks against it; shown before it is chosen.
    """

    client: Client
    title: Sentence
    caveats: tuple[Sentence, ...]


def shared_client(ways: Iterable[Way], cloud: Cloud = GLOBAL, tenant: str = "") -> SharedClient | None:
    """Microsoft Graph Command Line Tools, where the operating system can sign in with it; else None.

    Args:
        ways: What works here (``SignInOffer.ways``).
        cloud: Where to sign in.
        tenant: As read; empty for the account's own.
    """
    if Way.BROKER not in tuple(ways):
        return None
    caveats = [
        say(
            "Microsoft Graph Command Line Tools belongs to Microsoft and is shared by many tools: neither Conditional "
            "Access nor the sign-in log can tell them apart, and what is consented for one is consented for all."
        ),
        say(
            "It works only with the account that the operating system knows, and many organizations block it."
        ),
    ]
    if cloud is not GLOBAL:
        caveats.append(say("Whether it exists in this cloud is not known."))
    client = Client(COMMAND_LINE_CLIENT, tenant or "organizations", cloud, client_id_from=Origin.BUILT_IN)
    return SharedClient(client, say("Microsoft Graph Command Line Tools"), tuple(caveats))


# Scripts

POWERSHELL_ABOUT = say(
    "Signs you in to Microsoft Graph PowerShell, creates the registration in that tenant with the settings of 'By hand' "
    "unless one with this name exists, and prints client ID and tenant ID. It consents to nothing."
)
AZURE_CLI_ABOUT = say(
    "For a terminal on macOS or Linux with Azure CLI 2.37 or newer, or for Azure Cloud Shell (Bash). Creates the "
    "registration in the tenant that Azure CLI is signed in to unless one with this name exists, and prints client ID "
    "and tenant ID. It consents to nothing."
)
AZURE_CLI_MISSING = say("Azure CLI has no setting for this cloud: use the PowerShell script.")


def graph_powershell(name: str = SUGGESTED_NAME, cloud: Cloud = GLOBAL) -> str:
    """A script for Microsoft Graph PowerShell, also in Windows PowerShell 5.1, that creates the registration."""
    return powershell_script(name, cloud, _fixed(cloud), names(permissions_to_add()))


def azure_cli(name: str = SUGGESTED_NAME, cloud: Cloud = GLOBAL) -> str:
    """A script for Azure CLI in a POSIX shell that creates the registration; empty where Azure CLI has no such cloud."""
    return azure_cli_script(name, cloud, _fixed(cloud), names(permissions_to_add()))


def _fixed(cloud: Cloud) -> tuple[str, ...]:
    return tuple(one.address for one in redirects(cloud) if not one.needs_client_id)
