"""Who is in MSAL's token cache, and what their tokens grant.

Reads the cache itself, since MSAL's own ways ask the network first, and listing accounts may not depend on that. Nothing
here imports MSAL.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scim_assistant.signin.account import Account
from scim_assistant.signin.clouds import CLOUDS, Cloud
from scim_assistant.signin.offer import Way

if TYPE_CHECKING:
    import msal  # type: ignore[import-untyped]

_NOT_PERMISSIONS = frozenset({"openid", "profile", "offline_access", "email"})
_BY_CODE = frozenset({"device_code", "urn:ietf:params:oauth:grant-type:device_code"})


def environment(cloud: Cloud) -> str:
    """A cloud as MSAL's cache names it."""
    return urlsplit(cloud.authority).hostname or ""


def accounts(cache: msal.TokenCache, client_id: str, cloud: Cloud) -> tuple[Account, ...]:
    """Who has signed in with a client in a cloud and is still known, by user name."""
    here = {"environment": environment(cloud)}
    kinds = cache.CredentialType
    names: dict[str, str] = {}
    for entry in _entries(cache, kinds.ID_TOKEN, {**here, "client_id": client_id}):
        account_id = str(entry.get("home_account_id") or "")
        names[account_id] = str(claims_of(entry).get("name") or "") or names.get(account_id, "")
    found: dict[str, Account] = {}
    for entry in _entries(cache, kinds.ACCOUNT, here):
        account_id = str(entry.get("home_account_id") or "")
        if account_id and account_id in names and account_id not in found:
            found[account_id] = Account(
                id=account_id,
                username=str(entry.get("username") or ""),
                name=names[account_id],
                home_tenant_id=account_id.rpartition(".")[2].lower() if "." in account_id else "",
                cloud=cloud.name,
            )
    return tuple(sorted(found.values(), key=lambda account: (account.username.casefold(), account.id)))


def everybody(cache: msal.TokenCache) -> tuple[Account, ...]:
    """Everybody of whom anything is kept, whatever the client and the cloud, by user name.

    A government cloud is told by its sign-in service, which two clouds share, so the first of them is named.
    """
    kinds = cache.CredentialType
    found: dict[str, Account] = {}
    for kind in (kinds.ACCOUNT, kinds.ID_TOKEN, kinds.REFRESH_TOKEN, kinds.ACCESS_TOKEN):
        for entry in _entries(cache, kind, {}):
            account_id = str(entry.get("home_account_id") or "")
            if account_id and account_id not in found:
                cloud = next((one for one in CLOUDS if environment(one) == entry.get("environment")), None)
                found[account_id] = Account(
                    id=account_id,
                    username=str(entry.get("username") or ""),
                    home_tenant_id=account_id.rpartition(".")[2].lower() if "." in account_id else "",
                    cloud=cloud.name if cloud is not None else "",
                )
    return tuple(sorted(found.values(), key=lambda account: (account.username.casefold(), account.id)))


def entry_of(cache: msal.TokenCache, account_id: str, cloud: Cloud) -> Mapping[str, Any] | None:
    """What MSAL keeps of an account; None when it does not know it."""
    query = {"environment": environment(cloud), "home_account_id": account_id}
    return next(iter(_entries(cache, cache.CredentialType.ACCOUNT, query)), None)


def way_of(entry: Mapping[str, Any]) -> Way:
    """How an account signed in."""
    source = str(entry.get("account_source") or "")
    if source == "broker":
        return Way.BROKER
    return Way.CODE if source in _BY_CODE else Way.BROWSER


def claims_kept(
    cache: msal.TokenCache, account_id: str, client_id: str, cloud: Cloud, realm: str
) -> Mapping[str, Any]:
    """The claims of the id token that is kept for an account in a tenant; empty when there is none."""
    query = {
        "environment": environment(cloud),
        "home_account_id": account_id,
        "client_id": client_id,
        "realm": realm,
    }
    entry = next(iter(_entries(cache, cache.CredentialType.ID_TOKEN, query)), None)
    return claims_of(entry) if entry is not None else {}


def scopes_kept(cache: msal.TokenCache, token: str) -> str:
    """The scopes that a kept access token was given for, with blanks between."""
    query = {"secret": token}
    entry = next(iter(_entries(cache, cache.CredentialType.ACCESS_TOKEN, query)), None)
    return str(entry.get("target") or "") if entry is not None else ""


def permissions_in(scopes: Iterable[str], cloud: Cloud) -> frozenset[str]:
    """Scopes of a token answer as permissions by name: without the cloud's prefix and OpenID's own."""
    prefix = f"{cloud.graph}/".casefold()
    names = {scope[len(prefix) :] if scope.casefold().startswith(prefix) else scope for scope in scopes}
    return frozenset(name for name in names if name and name.casefold() not in _NOT_PERMISSIONS)


def home_id(result: Mapping[str, Any]) -> str:
    """Whose tokens an answer holds, as ``Account.id``; empty when it does not say."""
    told = result.get("client_info")
    info = _decoded(told) if isinstance(told, str) else {}
    if info.get("uid") and info.get("utid"):
        return f"{info['uid']}.{info['utid']}"
    claims = result.get("id_token_claims")
    return str(claims.get("sub") or "") if isinstance(claims, Mapping) else ""


def claims_of(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The claims of a kept id token; empty when they cannot be read."""
    parts = str(entry.get("secret") or "").split(".")
    return _decoded(parts[1]) if len(parts) > 1 else {}


def _entries(cache: msal.TokenCache, kind: str, query: Mapping[str, str]) -> list[dict[str, Any]]:
    return list(cache.search(kind, query=dict(query)))


def _decoded(part: str) -> Mapping[str, Any]:
    """JSON in base64 for addresses, as JWTs have it; empty when it is none."""
    try:
        document = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
