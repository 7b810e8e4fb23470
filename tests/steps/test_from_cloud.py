"""The right column: which request Microsoft's cloud is asked by, how often, and what an answer tells of the app."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from scim_assistant.check import Outcome
from scim_assistant.errors import ServiceRefused, Unreachable
from scim_assistant.graph.client import GraphClient, fixed
from scim_assistant.scim.verdict import Side
from scim_assistant.secret import Secret
from scim_assistant.steps.from_cloud import CLOUD, OTHER, STORED, CloudCheck, Told, ask_cloud, planned_rows
from scim_assistant.tenant.session import Session
from scim_assistant.tenant.snapshot import AppSnapshot
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Pace, Work
from tests.hostile import HostileServer, reply
from tests.steps import made

URL = "https://scim.example.com/v2"
TOKEN = "s3cret-token"
UNAVAILABLE = "SystemForCrossDomainIdentityManagementCredentialValidationUnavailable"
FAILURE = "SystemForCrossDomainIdentityManagementCredentialValidationFailure"
BY_JOB = "/v1.0/servicePrincipals/app-1/synchronization/jobs/job-1/validateCredentials"
BY_TEMPLATE = "/v1.0/servicePrincipals/app-1/synchronization/jobs/validateCredentials"


def error(code: str, message: str = "", inner: str = "") -> dict[str, Any]:
    """A body as Graph writes it."""
    return {"error": {"code": code, "message": message, "innerError": {"code": inner, "message": ""}}}


def answered(message: str, code: str = UNAVAILABLE) -> dict[str, Any]:
    """A failed test with what the app answered."""
    text = f"Resource: {URL}/Users Operation: GET {message}"
    return {"error": {"code": "BadRequest", "message": "", "innerError": {"code": code, "message": text}}}


class Desk:
    """A Graph that answers what a test wants, and an app to ask about."""

    def __init__(self, server: HostileServer, session: Session) -> None:
        self.server = server
        self.session = session
        self.shown: list[CloudCheck] = []

    def ask(self, app: AppSnapshot, *, stored: bool = False) -> tuple[CloudCheck, ...]:
        secret = None if stored else Secret(TOKEN)
        return ask_cloud(self.session, app, URL, secret, Work(), self.shown.append)

    @property
    def paths(self) -> list[str]:
        return [seen.target for seen in self.server.seen if seen.target.endswith("validateCredentials")]


@pytest.fixture
def desk() -> Iterator[Desk]:
    transport = HttpTransport()
    with HostileServer() as server:
        client = GraphClient(transport, f"{server.url}/v1.0", fixed(Secret("t")), pace=Pace(2000.0))
        yield Desk(server, replace(made.session(), graph=client, pace=Pace(2000.0)))
        transport.close()


NO_JOB, WITH_JOB = made.app(), made.app(job=True)
BOTH = [
    pytest.param(NO_JOB, [BY_TEMPLATE], id="no job yet"),
    pytest.param(WITH_JOB, [BY_JOB], id="with a job"),
]


@pytest.mark.parametrize(("app", "paths"), BOTH)
def test_the_request_that_fits_the_app_is_made_once(desk: Desk, app: AppSnapshot, paths: list[str]) -> None:
    desk.server.will_answer(reply(204))
    first, *others = desk.ask(app)
    assert (first.key, first.outcome, first.told) == (CLOUD, Outcome.PASS, Told.ACCEPTED)
    assert [row.outcome for row in others] == [Outcome.SKIPPED] * len(others)
    assert desk.paths == paths
    body = desk.server.seen[0].json()
    assert body["credentials"] == [
        {"key": "BaseAddress", "value": URL},
        {"key": "SecretToken", "value": TOKEN},
    ]
    # Each row is told as it begins and as it ends.
    assert [(row.key, row.outcome) for row in desk.shown][:2] == [
        (CLOUD, Outcome.RUNNING),
        (CLOUD, Outcome.PASS),
    ]


@pytest.mark.parametrize(("app", "paths"), BOTH)
def test_what_is_stored_is_tested_where_nothing_was_entered(
    desk: Desk, app: AppSnapshot, paths: list[str]
) -> None:
    desk.server.will_answer(reply(204))
    first, *_ = desk.ask(app, stored=True)
    assert (first.key, first.outcome) == (STORED, Outcome.PASS)
    assert desk.paths == paths
    body = desk.server.seen[0].json()
    assert body["useSavedCredentials"] is True
    assert "credentials" not in body


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (answered("Response Status Code: Unauthorized", FAILURE), Told.REFUSED),
        (answered("Response Status Code: NotFound Response Content: nothing here"), Told.ODD),
        (answered("An error occurred while sending the request."), Told.UNREACHED),
    ],
)
def test_an_answer_that_tells_of_the_app_is_not_asked_for_twice(
    desk: Desk, body: dict[str, Any], told: Told
) -> None:
    desk.server.will_answer(reply(400, body))
    first, other = desk.ask(WITH_JOB)
    assert (first.told, first.outcome) == (told, Outcome.FAIL)
    assert (other.key, other.outcome) == (OTHER, Outcome.SKIPPED)
    assert desk.paths == [BY_JOB]


@pytest.mark.parametrize("first", [error("BadRequest", "The request is not valid."), error(UNAVAILABLE), {}])
def test_a_doubtful_answer_is_asked_for_once_more_in_the_other_way(desk: Desk, first: dict[str, Any]) -> None:
    desk.server.will_answer(reply(400, first), reply(204))
    one, other = desk.ask(WITH_JOB)
    assert (one.told, one.side) == (Told.UNCLEAR, Side.ENTRA)
    assert (other.key, other.told, other.outcome) == (OTHER, Told.ACCEPTED, Outcome.PASS)
    assert desk.paths == [BY_JOB, BY_TEMPLATE]


def test_never_more_than_two_requests(desk: Desk) -> None:
    desk.server.will_answer(reply(400, {}))
    assert [row.told for row in desk.ask(WITH_JOB)] == [Told.UNCLEAR] * 2
    assert len(desk.paths) == 2


@pytest.mark.parametrize(
    ("said", "told", "status", "words"),
    [
        ("Response Status Code: Unauthorized", Told.REFUSED, 401, "refused the token"),
        ("Response Status Code: Forbidden", Told.FORBIDDEN, 403, "does not let Microsoft's cloud in"),
        ("Response Status Code: 429", Told.BUSY, 429, "too busy"),
        ("Response Status Code: OK", Told.ODD, 200, "something else than an empty list"),
        ("Response Status Code: BadGateway", Told.ODD, 502, "status 502"),
        ("The request timed out.", Told.UNREACHED, None, "no answer"),
        ("", Told.UNCLEAR, None, "does not say"),
    ],
)
def test_what_the_app_answered_microsoft_is_read_and_shown(
    desk: Desk, said: str, told: Told, status: int | None, words: str
) -> None:
    desk.server.will_answer(reply(400, answered(f'{said} Response Content: {{"detail": "why"}}')))
    first, *_ = desk.ask(NO_JOB)
    assert (first.told, first.status) == (told, status)
    assert words in first.sentence
    evidence = dict(first.evidence)
    assert evidence["Code"] == UNAVAILABLE
    assert evidence["The app said"] == '{"detail": "why"}'
    assert evidence["Asked for"] == f"GET {URL}/Users"
    # One code serves several answers: where the app's own answer is known, its meaning may contradict that.
    assert ("What the code means" in evidence) is (told in (Told.REFUSED, Told.UNREACHED, Told.UNCLEAR))
    assert next(iter(evidence)) == ("The app said" if status is None else "Answer of the app")
    assert (status is None) == ("Answer of the app" not in evidence)


def test_no_row_repeats_the_token_or_the_headline_of_the_portal(desk: Desk) -> None:
    desk.server.will_answer(
        reply(400, answered(f"Response Status Code: OK Response Content: {TOKEN} \x1b[2J"))
    )
    (first,) = desk.ask(NO_JOB)
    text = repr(first)
    assert TOKEN not in text
    assert "\\x1b" not in repr(first.evidence)
    assert "invalid credentials" not in f"{first.sentence} {first.evidence}".casefold()


@pytest.mark.parametrize(
    ("status", "code"), [(403, "Authorization_RequestDenied"), (401, "InvalidAuthenticationToken")]
)
def test_a_refusal_of_the_test_itself_is_no_finding(desk: Desk, status: int, code: str) -> None:
    desk.server.will_answer(reply(status, error(code)))
    with pytest.raises(ServiceRefused):
        desk.ask(NO_JOB)


def test_a_credential_code_counts_whatever_the_status_around_it(desk: Desk) -> None:
    desk.server.will_answer(reply(403, answered("Response Status Code: Unauthorized", FAILURE)))
    assert desk.ask(NO_JOB)[0].told is Told.REFUSED


def test_where_microsoft_was_not_asked_nothing_is_said_of_the_app(desk: Desk) -> None:
    desk.server.__exit__(None, None, None)
    with pytest.raises(Unreachable):
        desk.ask(NO_JOB)


def test_an_app_without_job_and_template_has_no_test(desk: Desk) -> None:
    (row,) = desk.ask(replace(NO_JOB, templates=()))
    assert (row.outcome, row.told) == (Outcome.WARN, Told.UNCLEAR)
    assert desk.server.seen == []


def test_the_rows_are_known_before_anything_is_asked() -> None:
    assert [row.key for row in planned_rows(None, stored=False)] == [CLOUD]
    assert [row.key for row in planned_rows(NO_JOB, stored=True)] == [STORED]
    assert [row.key for row in planned_rows(WITH_JOB, stored=False)] == [CLOUD, OTHER]
