"""A sign-in service that plays login.microsoftonline.com on a port of this computer.

Speaks OAuth 2.0 with PKCE, form_post, refresh tokens and device codes, shows real pages with forms, and remembers what
it was asked and what it gave out. ``admission`` lets a practice Graph judge the tokens.

Source: RFC 6749, RFC 7636, RFC 8628; Entra, "OAuth 2.0 authorization code flow", "Device code flow", "Claims challenges"
(read 2026-11).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from scim_assistant.practice.answers import Refused
from scim_assistant.practice.loopback import HOST, LoopbackServer
from tests.authority import pages
from tests.authority.mapped import GRAPH, SIGN_IN
from tests.authority.state import (
    ADMIN,
    ADMIN_ONLY,
    CLIENT,
    OPENID,
    TENANT,
    Asked,
    Demand,
    Denied,
    Device,
    Failure,
    Grant,
    Person,
    Registration,
    deny,
    described,
    failure_body,
    holds,
    new_guid,
    part,
    read_claims,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

AUTHORIZE, TOKEN, DEVICECODE = "authorize", "token", "devicecode"
_ANY_TENANT = frozenset({"organizations", "common"})
_CODE_S = 600.0


@dataclass(frozen=True)
class Seen:
    """One request that arrived.

    Attributes:
        where: Last part of the path: ``authorize``, ``token``, ``devicecode``, ``openid-configuration``, ``login`` ...
        tenant: First part of the path.
        fields: Query or form.
    """

    where: str
    tenant: str
    method: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes
    kind: str = "application/json; charset=utf-8"
    location: str = ""


class Authority:
    """The sign-in service.

    Args:
        sign_in: The origin that programs know it by.
        graph: Prefix of the permissions that it grants.

    Attributes:
        lock: Hold it to look at several things at once.
        people: By user principal name, lower case.
        tenants: From a domain or GUID, lower case, to the GUID.
        clients: App registrations by client id.
        admin_only: Permissions that only an administrator can grant.
        consented: Permissions that an administrator has granted for everybody.
        withheld: Permissions that never get into a token, whatever was consented to.
        gives_all_consented: A token holds all that was ever consented to, not just what was asked, as Entra's do.
        lifetime_s: Of access tokens, in seconds.
        offset_s: How far this service's clock is ahead of this computer's.
        device_interval_s, device_lifetime_s: What device codes say.
        instead: Answered to every program in place of anything else: status, content type, body. A captive portal.
        gate: While it is clear, programs wait for their answers.
        seen: Every request, in order.
        issued: Everything secret that was given out, by kind.
        root: Loopback origin, once started.
    """

    def __init__(self, *, sign_in: str = SIGN_IN, graph: str = GRAPH) -> None:
        self.sign_in = sign_in
        self.graph = graph
        self.lock = threading.RLock()
        self.people: dict[str, Person] = {ADMIN: Person()}
        self.tenants: dict[str, str] = {TENANT: TENANT, "example.com": TENANT}
        self.clients: dict[str, Registration] = {CLIENT: Registration()}
        self.admin_only: set[str] = set(ADMIN_ONLY)
        self.consented: set[str] = set()
        self.withheld: set[str] = set()
        self.gives_all_consented = True
        self.lifetime_s = 3900.0
        self.offset_s = 0.0
        self.device_interval_s = 1
        self.device_lifetime_s = 900.0
        self.instead: tuple[int, str, bytes] | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.seen: list[Seen] = []
        self.issued: dict[str, list[str]] = {
            "access token": [],
            "refresh token": [],
            "id token": [],
            "code": [],
            "device code": [],
        }
        self.root = ""
        self._own_consents: dict[tuple[str, str], set[str]] = {}
        self._failures: dict[str, list[Failure]] = {AUTHORIZE: [], TOKEN: [], DEVICECODE: []}
        self._visits: dict[str, Asked] = {}
        self._codes: dict[str, tuple[Asked, float]] = {}
        self._devices: dict[str, Device] = {}
        self._grants: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._demands: dict[str, Demand] = {}
        self._number = 0
        self._server = LoopbackServer(self._serve, "sign-in service")

    # ------------------------------------------------------------------ for tests

    def start(self) -> str:
        """Listen, and return the loopback origin."""
        self.root = f"http://{HOST}:{self._server.start()}"
        return self.root

    def stop(self) -> None:
        """Stop at once."""
        self.gate.set()
        self._server.stop()

    def __enter__(self) -> Authority:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def place(self) -> dict[str, str]:
        """For ``MappedTransport``: where programs are led."""
        return {self.sign_in: self.root}

    def fail_next(self, error: str, code: int = 0, where: str = TOKEN, **more: Any) -> None:
        """Answer the next request there with a failure.

        Args:
            error: OAuth's word.
            code: Number behind AADSTS.
            where: ``authorize`` (said when the browser would come back), ``token`` or ``devicecode``.
            more: ``status``, ``said``, and members of the answer: ``suberror``, ``claims`` ...
        """
        status, said = int(more.pop("status", 400)), more.pop("said", "Said by the pretend sign-in service.")
        with self.lock:
            self._failures[where].append(Failure(error, code, status, more, said))

    def demand_claims(self, upn: str, claims: Mapping[str, Any], *, needs_person: bool = False) -> None:
        """Have Graph answer this account with a claims challenge until a token comes that was asked for with it.

        Args:
            upn: Whose tokens.
            claims: The challenge, a JSON object.
            needs_person: A renewal does not answer it; only a person who signs in does.
        """
        with self.lock:
            self._demands[upn.casefold()] = Demand(claims, needs_person)

    def revoke(self, upn: str) -> None:
        """Let every refresh token of an account die; access tokens live on until they expire."""
        with self.lock:
            for token in [each for each, grant in self._refresh.items() if grant.upn == upn.casefold()]:
                del self._refresh[token]

    def expire_now(self) -> None:
        """Let every access token that was given out die at once."""
        with self.lock:
            for token, grant in list(self._grants.items()):
                self._grants[token] = Grant(
                    grant.number, grant.upn, grant.tenant_id, grant.client_id, grant.permissions, 0.0, False
                )

    def consents_of(self, upn: str, client_id: str = CLIENT) -> frozenset[str]:
        """What an account, or an administrator for everybody, has consented to."""
        with self.lock:
            return frozenset(self._own_consents.get((upn.casefold(), client_id), set()) | self.consented)

    def requests(self, where: str) -> list[Seen]:
        """The requests that arrived there so far."""
        with self.lock:
            return [each for each in self.seen if each.where == where]

    def secrets(self) -> dict[str, str]:
        """Everything secret that was given out, by a name of its own: for a search in what a program wrote."""
        with self.lock:
            return {
                f"{kind} {number}": text
                for kind, texts in self.issued.items()
                for number, text in enumerate(texts, 1)
            }

    def admission(self, token: str) -> frozenset[str]:
        """The permissions in an access token, for the practice Graph.

        Raises:
            Refused: 401: unknown, expired, or a claims challenge stands open.
        """
        with self.lock:
            grant = self._grants.get(token)
            if grant is None:
                raise _refused("Access token validation failure.", 'error="invalid_token"')
            if grant.expires_at <= time.time():
                raise _refused(
                    "Lifetime validation failed, the token is expired.",
                    'error="invalid_token", error_description="The token expired."',
                )
            demand = self._demands.get(grant.upn)
            if demand is not None and (demand.answered is None or grant.number < demand.answered):
                claims = base64.b64encode(json.dumps(demand.claims).encode()).decode()
                raise _refused(
                    "Continuous access evaluation resulted in a challenge.",
                    f'authorization_uri="{self.sign_in}/common/oauth2/v2.0/authorize", '
                    f'error="insufficient_claims", claims="{claims}"',
                )
            return grant.permissions

    # ------------------------------------------------------------------ HTTP

    def _serve(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = [each for each in environ["PATH_INFO"].split("/") if each]
        method = environ["REQUEST_METHOD"]
        text = environ["wsgi.input"].read().decode() if method == "POST" else environ.get("QUERY_STRING", "")
        fields = dict(parse_qsl(text, keep_blank_values=True))
        where, tenant = (path[-1], path[0]) if path else ("", "")
        with self.lock:
            self.seen.append(Seen(where, tenant, method, fields))
        reply = self._reply(where, tenant.lower(), fields)
        headers = [
            ("Content-Type", reply.kind),
            ("Content-Length", str(len(reply.body))),
            ("Cache-Control", "no-store, no-cache"),
            ("Date", formatdate(time.time() + self.offset_s, usegmt=True)),
        ]
        if reply.location:
            headers.append(("Location", reply.location))
        start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", headers)
        return [reply.body]

    def _reply(self, where: str, tenant: str, fields: Mapping[str, str]) -> Reply:
        doors: dict[str, Callable[[str, Mapping[str, str]], Reply]] = {
            AUTHORIZE: self._authorize,
            "login": self._login,
            "consent": self._consent,
            "devicelogin": self._device_page,
            "logout": lambda tenant, fields: _html(pages.said("Signed out", "Signed out.")),
        }
        for_programs: dict[str, Callable[[str, Mapping[str, str]], Reply]] = {
            "openid-configuration": self._discovery,
            "instance": self._instance,
            TOKEN: self._token,
            DEVICECODE: self._devicecode,
        }
        if where in for_programs:
            self.gate.wait(60)
            if self.instead is not None:
                return Reply(self.instead[0], self.instead[2], self.instead[1])
            try:
                with self.lock:
                    self._fail(where)
                    return for_programs[where](tenant, fields)
            except Denied as denied:
                return _json(denied.failure.status, failure_body(denied.failure, self.offset_s))
        if where in doors:
            try:
                with self.lock:
                    return doors[where](tenant, fields)
            except Denied as denied:
                # Where the answer cannot go back to the program, a person reads it.
                words = f"{denied.failure.error} AADSTS{denied.failure.code}"
                return _html(pages.said("Sorry, but we are having trouble signing you in", words), 400)
        return _html(pages.said("Not found", "There is no such page."), 404)

    def _fail(self, where: str) -> None:
        waiting = self._failures.get(where)
        if waiting:
            raise Denied(waiting.pop(0))

    # ------------------------------------------------------------------ discovery

    def _discovery(self, tenant: str, fields: Mapping[str, str]) -> Reply:
        tenant = self._tenant(tenant)
        base = f"{self.sign_in}/{tenant}"
        shown = "{tenantid}" if tenant in _ANY_TENANT else tenant
        return _json(
            200,
            {
                "issuer": f"{self.sign_in}/{shown}/v2.0",
                # Only browsers open these two, and no transport leads a browser.
                "authorization_endpoint": f"{self.root}/{tenant}/oauth2/v2.0/authorize",
                "end_session_endpoint": f"{self.root}/{tenant}/oauth2/v2.0/logout",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{base}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "form_post"],
                "response_types_supported": ["code"],
                "tenant_region_scope": "EU",
                "cloud_instance_name": urlsplit(self.sign_in).netloc.partition(".")[2],
                "msgraph_host": urlsplit(self.graph).netloc,
            },
        )

    def _instance(self, tenant: str, fields: Mapping[str, str]) -> Reply:
        host = urlsplit(self.sign_in).netloc
        entry = {"preferred_network": host, "preferred_cache": host, "aliases": [host]}
        return _json(
            200,
            {
                "tenant_discovery_endpoint": f"{self.sign_in}/common/.well-known/openid-configuration",
                "api-version": "1.1",
                "metadata": [entry],
            },
        )

    def _tenant(self, text: str) -> str:
        if text in _ANY_TENANT:
            return text
        known = self.tenants.get(text)
        if known is None:
            raise deny("invalid_tenant", 90002)
        return known

    # ------------------------------------------------------------------ in the browser

    def _authorize(self, tenant: str, fields: Mapping[str, str]) -> Reply:
        client_id, redirect = fields.get("client_id", ""), fields.get("redirect_uri", "")
        registration = self._registration(client_id)
        if not _is_redirect(redirect, registration.redirect):
            raise deny("invalid_request", 50011)
        mode = fields.get("response_mode", "query")
        if fields.get("response_type") != "code" or mode not in {"query", "form_post"}:
            raise deny("unsupported_response_type", 700054)
        asked = self._asked(tenant, fields)
        asked.redirect, asked.mode = redirect, mode
        asked.state, asked.nonce = fields.get("state", ""), fields.get("nonce", "")
        asked.challenge = fields.get("code_challenge", "")
        if not asked.challenge or fields.get("code_challenge_method") != "S256":
            return self._answer(asked, Failure("invalid_request", 9002325))
        if self._failures[AUTHORIZE]:
            return self._answer(asked, self._failures[AUTHORIZE].pop(0))
        if fields.get("prompt") == "none":
            return self._answer(asked, Failure("login_required", 50058))
        visit = self._visit(asked)
        return _html(pages.login(f"/{tenant}/login", visit, fields.get("login_hint", ""), ""))

    def _visit(self, asked: Asked) -> str:
        visit = secrets.token_urlsafe(12)
        self._visits[visit] = asked
        return visit

    def _asked_before(self, fields: Mapping[str, str]) -> Asked:
        asked = self._visits.get(fields.get("visit", ""))
        if asked is None:
            raise deny("invalid_request", 165000)
        return asked

    def _login(self, tenant: str, fields: Mapping[str, str]) -> Reply:
        asked = self._asked_before(fields)
        visit, upn = fields["visit"], fields.get("login", "").strip().casefold()
        person = self.people.get(upn)
        if person is None or not secrets.compare_digest(
            person.password.encode(), fields.get("passwd", "").encode()
        ):
            words = "Your account or password is incorrect."
            return _html(pages.login(f"/{tenant}/login", visit, upn, words))
        tenant_id = person.home_tenant_id if asked.tenant in _ANY_TENANT else asked.tenant
        if tenant_id != person.home_tenant_id and tenant_id not in person.guest_in:
            raise deny("invalid_request", 50020)
        asked.upn, asked.tenant = upn, tenant_id
        missing = self._missing(asked)
        if not missing:
            return self._let_in(visit)
        if not person.admin and self.admin_only.intersection(missing):
            return _html(pages.approval(f"/{tenant}/consent", visit, missing))
        app = self.clients[asked.client_id].name
        return _html(pages.consent(f"/{tenant}/consent", visit, app, missing))

    def _consent(self, tenant: str, fields: Mapping[str, str]) -> Reply:
        asked = self._asked_before(fields)
        if not asked.upn:
            raise deny("invalid_request", 165000)
        match fields.get("do"):
            case "accept" if self.people[asked.upn].admin or not self.admin_only.intersection(
                self._missing(asked)
            ):
                own = self._own_consents.setdefault((asked.upn, asked.client_id), set())
                own.update(asked.permissions)
                return self._let_in(fields["visit"])
            case "back":
                return self._turn_away(fields["visit"], Failure("access_denied", 90094))
            case _:
                cancelled = Failure("access_denied", 65004, 400, {"error_subcode": "cancel"})
                return self._turn_away(fields["visit"], cancelled)

    def _missing(self, asked: Asked) -> list[str]:
        held = self.consents_of(asked.upn, asked.client_id)
        return [each for each in asked.permissions if each not in held]

    def _let_in(self, visit: str) -> Reply:
        asked = self._visits.pop(visit)
        if asked.device_code:
            self._devices[asked.device_code].outcome = "done"
            return _html(pages.said("Signed in", "You have signed in. You may close this page."))
        code = f"0.code-{secrets.token_urlsafe(24)}"
        self._codes[code] = (asked, time.time() + _CODE_S)
        self.issued["code"].append(code)
        return self._back(asked, {"code": code, "state": asked.state, "session_state": new_guid()})

    def _turn_away(self, visit: str, failure: Failure) -> Reply:
        asked = self._visits.pop(visit)
        if asked.device_code:
            self._devices[asked.device_code].outcome = "authorization_declined"
            return _html(pages.said("Cancelled", "You have cancelled the sign-in."))
        return self._answer(asked, failure)

    def _answer(self, asked: Asked, failure: Failure) -> Reply:
        stamp = time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(time.time() + self.offset_s))
        return self._back(
            asked,
            {
                "error": failure.error,
                "error_description": described(failure, new_guid(), new_guid(), stamp),
                "state": asked.state,
                **{name: str(value) for name, value in failure.more.items()},
            },
        )

    def _back(self, asked: Asked, fields: Mapping[str, str]) -> Reply:
        if asked.mode == "form_post":
            return _html(pages.back(asked.redirect, fields))
        joint = "&" if urlsplit(asked.redirect).query else "?"
        return Reply(302, b"", "text/plain", f"{asked.redirect}{joint}{urlencode(fields)}")

    def _device_page(self, tenant: str, fields: Mapping[str, str]) -> Reply:
        typed = fields.get("user_code", "").strip().upper()
        if not typed:
            return _html(pages.device("/devicelogin", ""))
        for device in self._devices.values():
            is_open = device.outcome == "authorization_pending" and device.expires_at > time.time()
            if device.user_code == typed and is_open:
                where = device.asked.tenant
                return _html(pages.login(f"/{where}/login", self._visit(device.asked), "", ""))
        return _html(pages.device("/devicelogin", "That code did not work."))

    # ------------------------------------------------------------------ what programs ask

    def _registration(self, client_id: str) -> Registration:
        registration = self.clients.get(client_id)
        if registration is None:
            raise deny("unauthorized_client", 700016)
        return registration

    def _asked(self, tenant: str, fields: Mapping[str, str]) -> Asked:
        permissions, openid = [], []
        for scope in fields.get("scope", "").split():
            if scope in OPENID:
                openid.append(scope)
            elif scope.startswith(self.graph + "/"):
                permissions.append(scope[len(self.graph) + 1 :])
            elif "://" in scope:
                raise deny("invalid_resource", 500011)
            else:
                permissions.append(scope)  # Graph is what a bare name means
        return Asked(
            fields.get("client_id", ""),
            self._tenant(tenant),
            tuple(permissions),
            tuple(openid),
            read_claims(fields.get("claims", "")),
        )

    def _devicecode(self, tenant: str, fields: Mapping[str, str]) -> Reply:
        self._registration(fields.get("client_id", ""))
        asked = self._asked(tenant, fields)
        user_code = "".join(secrets.choice("BCDFGHJKLMNPQRSTVWXZ23456789") for _ in range(9))
        device_code = f"dev-{secrets.token_urlsafe(24)}"
        asked.device_code = device_code
        self._devices[device_code] = Device(asked, user_code, time.time() + self.device_lifetime_s)
        self.issued["device code"].append(device_code)
        return _json(
            200,
            {
                "user_code": user_code,
                "device_code": device_code,
                "verification_uri": f"{self.root}/devicelogin",
                "expires_in": int(self.device_lifetime_s),
                "interval": self.device_interval_s,
                "message": f"Open the page and enter the code {user_code}.",
            },
        )

    def _token(self, tenant: str, fields: Mapping[str, str]) -> Reply:
        registration = self._registration(fields.get("client_id", ""))
        match fields.get("grant_type"):
            case "authorization_code":
                return self._by_code(fields)
            case "refresh_token":
                return self._by_refresh(tenant, fields)
            case "device_code" | "urn:ietf:params:oauth:grant-type:device_code":
                if not registration.public_flows:
                    raise deny("invalid_client", 7000218, status=401)
                return self._by_device(fields)
            case _:
                raise deny("unsupported_grant_type", 70003)

    def _by_code(self, fields: Mapping[str, str]) -> Reply:
        asked, until = self._codes.pop(fields.get("code", ""), (None, 0.0))
        if asked is None:
            raise deny("invalid_grant", 54005)
        if until < time.time():
            raise deny("invalid_grant", 70008)
        if asked.client_id != fields.get("client_id") or asked.redirect != fields.get("redirect_uri"):
            raise deny("invalid_grant", 500112)
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked.challenge:
            raise deny("invalid_grant", 501481)
        return self._give(asked, with_person=True)

    def _by_device(self, fields: Mapping[str, str]) -> Reply:
        device = self._devices.get(fields.get("device_code", ""))
        if device is None or device.asked.client_id != fields.get("client_id"):
            raise deny("bad_verification_code", 70018)
        if device.outcome == "authorization_declined":
            raise deny("authorization_declined", 70022)
        if device.outcome == "done":
            del self._devices[fields["device_code"]]
            return self._give(device.asked, with_person=True)
        if device.expires_at <= time.time():
            raise deny("expired_token", 70020)
        raise deny("authorization_pending", 70016)

    def _by_refresh(self, tenant: str, fields: Mapping[str, str]) -> Reply:
        grant = self._refresh.get(fields.get("refresh_token", ""))
        if grant is None:
            raise deny("invalid_grant", 50173, suberror="bad_token")
        if grant.client_id != fields.get("client_id"):
            raise deny("invalid_grant", 700030, suberror="client_mismatch")
        asked = self._asked(tenant, fields)
        asked.upn, asked.tenant = grant.upn, grant.tenant_id
        if self._missing(asked):
            raise deny("invalid_grant", 65001, suberror="consent_required")
        demand = self._demands.get(grant.upn)
        if (
            demand is not None
            and demand.needs_person
            and demand.answered is None
            and holds(demand.claims, asked.claims)
        ):
            raise deny(
                "interaction_required", 50076, suberror="basic_action", claims=json.dumps(demand.claims)
            )
        return self._give(asked, with_person=False)

    def _give(self, asked: Asked, *, with_person: bool) -> Reply:
        """Tokens for somebody who has been let in."""
        person = self.people[asked.upn]
        self._number += 1
        held = self.consents_of(asked.upn, asked.client_id)
        named = held if self.gives_all_consented else held.intersection(asked.permissions)
        permissions = frozenset(named) - self.withheld
        demand = self._demands.get(asked.upn)
        if (
            demand is not None
            and demand.answered is None
            and holds(demand.claims, asked.claims)
            and (with_person or not demand.needs_person)
        ):
            demand.answered = self._number
        now = time.time()
        grant = Grant(
            self._number,
            asked.upn,
            asked.tenant,
            asked.client_id,
            permissions,
            now + self.lifetime_s,
            with_person,
        )
        access, refresh = f"eyAccess.{secrets.token_urlsafe(60)}", f"1.Refresh-{secrets.token_urlsafe(60)}"
        self._grants[access] = self._refresh[refresh] = grant
        identity = self._identity(asked, person, now + self.offset_s)
        self.issued["access token"].append(access)
        self.issued["refresh token"].append(refresh)
        self.issued["id token"].append(identity)
        scopes = [*asked.openid, *(f"{self.graph}/{each}" for each in sorted(permissions))]
        return _json(
            200,
            {
                "token_type": "Bearer",
                "scope": " ".join(each for each in scopes if each != "offline_access"),
                "expires_in": int(self.lifetime_s),
                "ext_expires_in": int(self.lifetime_s),
                "access_token": access,
                "refresh_token": refresh,
                "id_token": identity,
                "client_info": part({"uid": person.oid, "utid": person.home_tenant_id}),
            },
        )

    def _identity(self, asked: Asked, person: Person, now: float) -> str:
        claims = {
            "aud": asked.client_id,
            "iss": f"{self.sign_in}/{asked.tenant}/v2.0",
            "iat": int(now) - 300,
            "nbf": int(now) - 300,
            "exp": int(now + self.lifetime_s),
            "name": person.name,
            "oid": person.oid if asked.tenant == person.home_tenant_id else new_guid(),
            "preferred_username": asked.upn,
            "sub": hashlib.sha256(f"{asked.upn} {asked.client_id}".encode()).hexdigest()[:43],
            "tid": asked.tenant,
            "ver": "2.0",
        }
        if asked.nonce:
            claims["nonce"] = asked.nonce
        return f"{part({'typ': 'JWT', 'alg': 'none'})}.{part(claims)}."


def _refused(message: str, challenge: str) -> Refused:
    header = f'Bearer realm="", {challenge}'
    return Refused(401, "InvalidAuthenticationToken", message, headers={"WWW-Authenticate": header})


def _is_redirect(address: str, registered: str) -> bool:
    """True for the registered address; any port counts for localhost (RFC 8252, section 7.3)."""
    parts, wanted = urlsplit(address), urlsplit(registered)
    same = (parts.scheme, parts.hostname, parts.path.rstrip("/")) == (
        wanted.scheme,
        wanted.hostname,
        wanted.path.rstrip("/"),
    )
    return same and parts.scheme == "http" and parts.hostname == "localhost"


def _json(status: int, body: Mapping[str, Any]) -> Reply:
    return Reply(status, json.dumps(body).encode())


def _html(text: str, status: int = 200) -> Reply:
    return Reply(status, text.encode(), "text/html; charset=utf-8")
