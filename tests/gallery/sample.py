"""Hand-made answers and findings at example.com, from which the pictures and the page tests are built."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from scim_assistant.check import Check, Fix, Outcome
from scim_assistant.errors import Details, KnownError, Reach, ServiceRefused, Unreachable
from scim_assistant.graph.types import (
    ApplicationTemplate,
    AppRole,
    Schedule,
    SchemaView,
    ServicePrincipal,
    SynchronizationJob,
    SynchronizationSchema,
    SynchronizationTemplate,
    User,
)
from scim_assistant.plan.journal import Unfinished
from scim_assistant.plan.make import plan_setup
from scim_assistant.plan.wanted import Mode, Principal
from scim_assistant.practice.default_schema import default_schema
from scim_assistant.scim.profiles import profiles
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.signin.account import Account
from scim_assistant.signin.client import Client, Origin
from scim_assistant.signin.clouds import cloud_named
from scim_assistant.signin.offer import Rest, SignedIn, SignInOffer, TokenPlace, Way
from scim_assistant.signin.permissions import CHANGE, LOOK, names
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found, ScenarioChoice
from scim_assistant.steps.preview import PreviewPerson, ScopePreview
from scim_assistant.steps.start import scenario_choices
from scim_assistant.steps.targets import wanted_from
from scim_assistant.tenant.readiness import check_readiness
from scim_assistant.tenant.session import Session
from scim_assistant.tenant.snapshot import AppSnapshot
from scim_assistant.work import Work
from tests.gallery import results
from tests.steps.worlds import open_world

TENANT = "3f2c1b7e-9a64-4c1f-8d20-5b6a7c8d9e0f"
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ADDRESS = "http://127.0.0.1:40123/api/scim/v2"
TOKEN = Secret("tok-" + "7f3a9c51" * 8)
LONG = "Wolfeschlegelsteinhausenbergerdorff-" * 4
LONG_WORDS = (
    "The service answered with a very long explanation that goes on and on, mentions every header that it has seen, "
    "and then repeats itself, so that a window that was made for short sentences has to show how it copes. "
) * 2

GALLERY = (
    ApplicationTemplate(
        id="a1b2c3d4-0000-4000-8000-000000000001",
        display_name="ScreenSteps",
        publisher="Blue Mango Learning Systems",
        supported_provisioning_types=("sync",),
    ),
    ApplicationTemplate(
        id="a1b2c3d4-0000-4000-8000-000000000002",
        display_name="ScreenSteps Sandbox",
        publisher="Example Publisher",
        supported_provisioning_types=(),
    ),
)
TEMPLATE_ID = GALLERY[0].id

_PEOPLE = (
    ("Ana Ruiz", "ana.ruiz"),
    ("Ben Okafor", "ben.okafor"),
    ("Chen Wei", "chen.wei"),
    ("Dana Levy", "dana.levy"),
    ("Eli Fox", "eli.fox"),
    ("Flo Reed", "flo.reed"),
    ("Goran Ilić", "goran.ilic"),
    ("Hana Sato", "hana.sato"),
)
PEOPLE = tuple(
    Principal(f"00000000-0000-4000-8000-00000000{number:04d}", "User", name, f"{mail}@example.com")
    for number, (name, mail) in enumerate(_PEOPLE, 1)
)
GROUPS = (
    Principal(
        "00000000-0000-4000-9000-000000000001", "Group", "Support team", "Everyone who answers tickets"
    ),
    Principal(
        "00000000-0000-4000-9000-000000000002", "Group", "ScreenSteps authors", "Carries the Contributor role"
    ),
)


def schema() -> SynchronizationSchema:
    """The default mappings of the ScreenSteps template."""
    document: Any = default_schema("ScreenSteps", "sample")
    return SynchronizationSchema(view=msgspec.convert(document, SchemaView), document=document)


def changed_schema() -> SynchronizationSchema:
    """The same without ``active``, with a line changed, and a scoping filter."""
    document: Any = msgspec.json.decode(msgspec.json.encode(default_schema("ScreenSteps", "sample")))
    for rule in document["synchronizationRules"]:
        for mapping in rule["objectMappings"]:
            lines = mapping["attributeMappings"]
            mapping["attributeMappings"] = [one for one in lines if one["targetAttributeName"] != "active"]
            if mapping["sourceObjectName"] == "User":
                mapping["attributeMappings"][0]["source"] = {
                    "type": "Function",
                    "name": "ToLower",
                    "expression": 'ToLower(Replace([userPrincipalName], "#EXT#", , , "", , ), "en-US")',
                    "parameters": [],
                }
                mapping["scope"] = {
                    "groups": [
                        {
                            "name": "Support only",
                            "clauses": [
                                {
                                    "sourceOperandName": "department",
                                    "operatorName": "EQUALS",
                                    "targetOperand": {"values": ["Support"]},
                                }
                            ],
                        }
                    ]
                }
    return SynchronizationSchema(view=msgspec.convert(document, SchemaView), document=document)


def session(**changes: Any) -> Session:
    """A practice session that speaks to nobody."""
    values: dict[str, Any] = {
        "graph": None,
        "scim": None,
        "tenant_id": TENANT,
        "tenant_name": "Example Ltd",
        "account": "admin@example.com",
        "scopes": frozenset({"User.Read"}),
        "is_practice": True,
    }
    return Session(**(values | changes))


NOORS = session(account="noor.haddad@example.com")
"""Who works in the practice scenarios."""

CLIENT_ID = "7d9b2c41-5e60-4f1a-9c3d-8a7b6c5d4e3f"
ANA = Account(
    "0a1b2c3d-0000-4000-8000-000000000001." + TENANT, "ana.ruiz@example.com", "Ana Ruiz", TENANT, "global"
)
GUEST = Account(
    "0a1b2c3d-0000-4000-8000-000000000002.9e8d7c6b-5a40-4f3e-8d2c-1b0a9f8e7d6c",
    "sam.hill@partner.example.com",
    "Sam Hill",
    "9e8d7c6b-5a40-4f3e-8d2c-1b0a9f8e7d6c",
    "global",
)
PLACE = TokenPlace(Rest.SECRET_SERVICE, say("The sign-in is kept encrypted in this computer's keyring."))


def offer(*accounts: Account, cloud: str = "global", **changes: Any) -> SignInOffer:
    """What can be signed in with: a registration from the settings."""
    client = Client(
        CLIENT_ID, "example.com", cloud_named(cloud), Origin.SETTINGS, Origin.SETTINGS, Origin.SETTINGS
    )
    values: dict[str, Any] = {"client": client, "accounts": accounts, "place": PLACE}
    return SignInOffer(**(values | changes))


def real_session(account: Account = ANA, *, may_write: bool = False, **changes: Any) -> Session:
    """A session on a real tenant that speaks to nobody."""
    granted = frozenset(names(LOOK, CHANGE) if may_write else names(LOOK))
    signed_in = SignedIn(account, TENANT, granted, offer().client, Way.BROWSER, AT + timedelta(hours=1))
    values = {"account": account.username, "scopes": granted, "is_practice": False, "signed_in": signed_in}
    return session(**(values | changes))


def app(name: str = "ScreenSteps", **changes: Any) -> AppSnapshot:
    """An app as it stands right after it was created."""
    snapshot = AppSnapshot(
        service_principal=ServicePrincipal(
            id="5e1f0c2a-1111-4222-8333-444444444444",
            app_id="5e1f0c2a-aaaa-4222-8333-444444444444",
            display_name=name,
            application_template_id=TEMPLATE_ID,
            app_roles=(
                AppRole(
                    id="18d14569-c3bd-439b-9a66-3a2aee01d14f",
                    display_name="User",
                    allowed_member_types=("User",),
                ),
            ),
        ),
        application_id="5e1f0c2a-bbbb-4222-8333-444444444444",
        created_at=AT,
        templates=(SynchronizationTemplate(id="ScreenSteps", default=True),),
        job=None,
        schema=schema(),
        secrets=(),
        assignments=(),
        read_at=AT,
    )
    return replace(snapshot, **changes)


def running() -> AppSnapshot:
    """An app whose provisioning runs."""
    return app(
        job=SynchronizationJob(id="job-1", template_id="ScreenSteps", schedule=Schedule(state="Active"))
    )


def check(key: str, title: str, outcome: Outcome, sentence: str = "", **more: Any) -> Check:
    """A check with short arguments."""
    return Check(key, say(title), outcome, say(sentence) if sentence else Sentence(""), **more)


READY = (
    check(
        "scopes",
        "Permissions",
        Outcome.PASS,
        "All 8 permissions are granted.",
        evidence=(("Application.ReadWrite.All", "Registers the app and assigns people and groups to it"),),
        seconds=0.0,
    ),
    check("role", "Directory role", Outcome.PASS, "You are an Application Administrator.", seconds=0.4),
    check("licence", "Licence", Outcome.PASS, "Entra ID P1 is there.", seconds=0.3),
    check("logs", "Provisioning logs", Outcome.PASS, "They can be read.", seconds=0.6),
    check(
        "vendor",
        "At ScreenSteps",
        Outcome.WARN,
        "ScreenSteps support may have to switch provisioning on for the account before a token works.",
        fix=Fix(say("Open the help page"), "https://help.screensteps.com/a/1654218"),
    ),
)


def readiness(**changed: Check) -> tuple[Check, ...]:
    """The checks with some replaced by key."""
    return tuple(changed.get(one.key, one) for one in READY)


@cache
def judged(scenario: str, account: Account | None = None, *, read_only: bool = False) -> tuple[Check, ...]:
    """The checks as the program itself makes them in a practice scenario; the time that each took is made up.

    Args:
        scenario: Which.
        account: Who has signed in, as to a real tenant and with the permissions to look; None for a practice session.
        read_only: In a session for looking only.
    """
    with TemporaryDirectory() as folder, open_world(scenario, Path(folder)) as place:
        session = replace(place.session, read_only=read_only)
        if account is not None:
            real = real_session(account)
            session = replace(
                session, signed_in=real.signed_in, scopes=real.scopes, tenant_id=TENANT, is_practice=False
            )
        rows = check_readiness(session, profiles()[0], Work())
    return tuple(
        replace(row, seconds=0.2 + 0.1 * number) if row.seconds is not None else row
        for number, row in enumerate(rows)
    )


TOKEN_REFUSED = Details(
    at=AT,
    method="GET",
    address=f"{ADDRESS}/Users",
    status=401,
    codes=("invalidToken",),
    request_id="8c2f6c1e-7d1b-4f55-9a63-1d2e3f4a5b6c",
    said="The access token is not valid.",
)

UNREACHABLE = Unreachable(
    say("The gallery was not searched."),
    say("Microsoft Graph did not answer within 60 seconds."),
    say("Check the network of this computer, then try again."),
    Details(at=AT, method="GET", address="https://graph.microsoft.com/v1.0/applicationTemplates"),
    reach=Reach.TIMEOUT,
)
REFUSED = ServiceRefused(
    say("The app was not created."),
    say("Your account may not create apps in this tenant."),
    say("Ask for the role Application Administrator, or let somebody who has it do this step."),
    Details(
        at=AT,
        method="POST",
        address="https://graph.microsoft.com/v1.0/applicationTemplates/a1b2/instantiate",
        status=403,
        codes=("Authorization_RequestDenied",),
        request_id="1f8e7a6b-2222-4333-8444-555555555555",
        client_request_id="7a6b1f8e-2222-4333-8444-555555555555",
        said="Insufficient privileges to complete the operation.",
    ),
)


def user(principal: Principal, **changes: Any) -> User:
    """A directory user for a principal."""
    values = {
        "id": principal.id,
        "display_name": principal.name,
        "user_principal_name": principal.detail,
        "mail": principal.detail,
        "account_enabled": True,
        "user_type": "Member",
    }
    return User(**(values | changes))


def person(
    principal: Principal, reason: str = "", through: tuple[str, ...] = (), **changes: Any
) -> PreviewPerson:
    """One person of a preview."""
    return PreviewPerson(
        user=user(principal, **changes),
        through=through,
        included=not reason,
        reason=say(reason) if reason else Sentence(""),
        values=(("userName", principal.detail), ('emails[type eq "work"].value', principal.detail)),
    )


PREVIEW = ScopePreview(
    people=(
        person(PEOPLE[0]),
        person(PEOPLE[1]),
        *(person(one, through=("Support team",)) for one in PEOPLE[2:5]),
        person(PEOPLE[5], "No e-mail address in Entra ID, and the mapping needs one.", mail=None),
        person(PEOPLE[6], "The account is disabled.", through=("Support team",), account_enabled=False),
    ),
    groups=("Support team",),
    warnings=(say("Support team holds 1 group inside; its 4 members are not provisioned."),),
)


def unfinished(**changes: Any) -> Unfinished:
    """A set-up that was left half done."""
    values: dict[str, Any] = {
        "setup_id": "20261124-093000-4f2a",
        "tenant_id": TENANT,
        "app_name": "ScreenSteps",
        "profile_id": "screensteps",
        "begun_at": datetime.now(UTC) - timedelta(hours=3),
        "last_at": datetime.now(UTC) - timedelta(hours=2),
        "done": 2,
        "total": 6,
        "needs_secret": True,
    }
    return Unfinished(**(values | changes))


def begun(**changes: Any) -> Found:
    """Found on the start page."""
    scenarios = scenario_choices() or (ScenarioChoice("healthy", "All is well", "Everything works."),)
    return replace(Found(profiles=profiles(), scenarios=scenarios), **changes)


def signed_in(**changes: Any) -> Found:
    """Found on the sign-in page."""
    return replace(begun(session=session(), readiness=READY), **changes)


def offered(*accounts: Account, **changes: Any) -> Found:
    """Found on the sign-in page of a real session before anybody is signed in."""
    return replace(begun(scenarios=(), offer=offer(*accounts)), **changes)


def really_signed_in(account: Account = ANA, **changes: Any) -> Found:
    """Found on the sign-in page of a real session."""
    found = replace(offered(account), session=real_session(account), readiness=READY)
    return replace(found, **changes)


def searched(**changes: Any) -> Found:
    """Found when the gallery and the tenant have been searched for the profile's app."""
    return replace(signed_in(templates=GALLERY, searched=("ScreenSteps", TEMPLATE_ID)), **changes)


def registered(**changes: Any) -> Found:
    """Found after the app was created."""
    return replace(searched(app=app(), setup_id="20261124-093000-4f2a"), **changes)


def tested(**changes: Any) -> Found:
    """Found after a good connection test."""
    found = registered(
        connection=results.here(),
        cloud=(results.CLOUD_GOOD,),
        verdict=results.GOOD,
        default_schema=schema(),
    )
    return replace(found, **changes)


def answered(**changes: Any) -> Answers:
    """Answers of somebody who came as far as the scope."""
    answers = Answers(
        app_name="ScreenSteps",
        service_principal_id="5e1f0c2a-1111-4222-8333-444444444444",
        tenant_url=ADDRESS,
        secret=TOKEN,
        people=PEOPLE[:2],
        groups=GROUPS[:1],
        notify_email="admin@example.com",
        pilot=PEOPLE[0],
    )
    return replace(answers, **changes)


def planned(answers: Answers | None = None, **changes: Any) -> Found:
    """Found on the review page."""
    answers = answers or answered()
    found = tested(preview=PREVIEW)
    return replace(found, plan=plan_setup(wanted_from(answers, found), found.app), **changes)


def manual() -> Answers:
    """Answers for manual mode."""
    return answered(mode=Mode.MANUAL)


def trouble(what: str, why: str, next_step: str) -> KnownError:
    """A known error with nothing to tell but its sentences."""
    return KnownError(say(what), say(why), say(next_step), TOKEN_REFUSED)
