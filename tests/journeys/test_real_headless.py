"""The whole set-up on a real tenant without a window, whatever happens to the sign-in in the middle of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from scim_assistant.errors import KnownError, SignInFailed
from scim_assistant.sentence import say
from scim_assistant.signin.offer import Way
from scim_assistant.signin.permissions import CHANGE, LOOK, names
from scim_assistant.steps import sign_in
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.step import StepKey
from scim_assistant.work import Work
from tests.authority.mapped import GRAPH
from tests.authority.state import CLIENT
from tests.journeys.judged import judge
from tests.journeys.outside import assert_as_expected
from tests.journeys.real import COLLEAGUE, RealTenant, RealWalker, program

NEW_RULES = {"access_token": {"nbf": {"essential": True, "value": "1795550000"}}}
SECOND_FACTOR = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}
CREATE, JOB, SECRETS, ASSIGN, START = 1, 2, 3, 4, 7
"""The writes of the set-up of the scenario 'healthy'."""


@pytest.fixture
def tenant() -> Iterator[RealTenant]:
    tenant = RealTenant()
    yield tenant
    tenant.close()


def assert_finished(walker: RealWalker) -> None:
    """The set-up is done, once each, and the vendor holds who was chosen."""
    tenant = walker.tenant
    end = walker.finish()
    assert (end.state, end.step) == ("live", StepKey.DONE), walker.said
    suggest = tenant.facts["suggest"]
    made = tenant.made(suggest["app_name"])
    assert made["jobs"] == ["Active"]
    assert len(made["assignments"]) == len(set(made["assignments"]))
    assert len(made["assignments"]) == len(suggest["people"]) + len(suggest["groups"])
    assert made["secrets"]["SecretToken"] == tenant.world.line["scim_token"]
    assert_as_expected(tenant.outside, tenant.facts)
    judge(tenant.judged_exchanges())


def asked(tenant: RealTenant) -> list[set[str]]:
    """The permissions that each sign-in with a person asked for."""
    return [
        {scope.removeprefix(f"{GRAPH}/") for scope in each.fields["scope"].split() if scope.startswith(GRAPH)}
        for each in tenant.authority.requests("authorize")
    ]


def test_looking_is_asked_for_first_and_changing_at_the_first_change(
    tenant: RealTenant, tmp_path: Path
) -> None:
    written_before: list[int] = []
    with program(tenant, tmp_path) as services:
        walker = RealWalker(tenant, services)
        tenant.at_write(CREATE, lambda: written_before.append(len(asked(tenant))))
        assert_finished(walker)
    assert asked(tenant) == [set(names(LOOK)), set(names(LOOK, CHANGE))]
    assert written_before == [2], "nothing is written before the person allowed it"
    assert [one.scopes for one in walker.needed] == [names(LOOK, CHANGE)]
    first, second = walker.sessions
    assert not first.may_write
    assert second.may_write
    assert all("tab" in page.text for page in tenant.visitor.shown), tenant.visitor.shown


def test_a_code_on_another_device_does_the_same(tenant: RealTenant, tmp_path: Path) -> None:
    with program(tenant, tmp_path) as services:
        walker = RealWalker(tenant, services, way=Way.CODE)
        assert_finished(walker)
    assert {waiting.way for waiting in walker.waited} == {Way.CODE}
    assert asked(tenant) == [], "no browser was opened on this computer"


@pytest.mark.parametrize(("write", "stage"), [(CREATE, "before"), (ASSIGN, "before"), (SECRETS, "after")])
def test_a_claims_challenge_in_the_middle_is_answered_silently(
    tenant: RealTenant, tmp_path: Path, write: int, stage: str
) -> None:
    with program(tenant, tmp_path) as services:
        walker = RealWalker(tenant, services)
        tenant.at_write(write, lambda: tenant.authority.demand_claims(tenant.upn, NEW_RULES), stage=stage)
        assert_finished(walker)
    assert len(walker.needed) == 1, "nobody is asked but for the right to change"
    answered = [each for each in tenant.authority.requests("token") if "nbf" in each.fields.get("claims", "")]
    assert len(answered) == 1, "once"


@pytest.mark.parametrize(("write", "stage"), [(ASSIGN, "before"), (JOB, "after"), (START, "before")])
def test_a_claims_challenge_that_needs_the_person_stops_for_them_and_goes_on(
    tenant: RealTenant, tmp_path: Path, write: int, stage: str
) -> None:
    def demand() -> None:
        tenant.authority.demand_claims(tenant.upn, SECOND_FACTOR, needs_person=True)

    with program(tenant, tmp_path) as services:
        walker = RealWalker(tenant, services)
        tenant.at_write(write, demand, stage=stage)
        assert_finished(walker)
    change, factor = walker.needed
    assert "acrs" in factor.claims
    assert "acrs" not in change.claims
    assert "acrs" in tenant.authority.requests("authorize")[-1].fields["claims"]


@pytest.mark.parametrize(("write", "stage"), [(CREATE, "after"), (ASSIGN, "before")])
def test_a_token_that_ends_in_the_middle_is_renewed_silently(
    tenant: RealTenant, tmp_path: Path, write: int, stage: str
) -> None:
    with program(tenant, tmp_path) as services:
        walker = RealWalker(tenant, services)
        tenant.at_write(write, tenant.authority.expire_now, stage=stage)
        assert_finished(walker)
    assert len(walker.needed) == 1
    assert len(asked(tenant)) == 2


@pytest.mark.parametrize(
    ("write", "stage"),
    [
        *((number, "before") for number in range(CREATE, START + 1)),
        *((number, "after") for number in range(CREATE, START)),
    ],
)
def test_a_sign_in_that_is_revoked_in_the_middle_is_made_again_and_nothing_twice(
    tenant: RealTenant, tmp_path: Path, write: int, stage: str
) -> None:
    def revoke() -> None:
        tenant.authority.revoke(tenant.upn)
        tenant.authority.expire_now()

    with program(tenant, tmp_path) as services:
        walker = RealWalker(tenant, services)
        tenant.at_write(write, revoke, stage=stage)
        assert_finished(walker)
    change, again = walker.needed
    assert change.scopes == names(LOOK, CHANGE)
    assert again.what
    assert again.next_step
    hint = tenant.authority.requests("authorize")[-1].fields["login_hint"]
    assert hint.casefold() == tenant.upn, "the page proposes who began"
    assert walker.sessions[-1].account.casefold() == tenant.upn


def test_a_permission_that_is_not_granted_is_named_and_granted_meanwhile(
    tenant: RealTenant, tmp_path: Path
) -> None:
    tenant.authority.withheld.add("Synchronization.ReadWrite.All")

    def grant(trouble: KnownError) -> bool:
        assert "Synchronization.ReadWrite.All" in trouble.why
        assert "Application.ReadWrite.All" not in trouble.why
        tenant.authority.withheld.clear()
        return True

    with program(tenant, tmp_path) as services:
        walker = RealWalker(tenant, services, on_trouble=grant)
        assert_finished(walker)
    assert len(walker.troubles) == 1


def test_an_administrator_consents_meanwhile(tenant: RealTenant, tmp_path: Path) -> None:
    tenant.authority.people[tenant.upn].admin = False
    tenant.authority.consented.update(names(LOOK))

    def consent(trouble: KnownError) -> bool:
        assert isinstance(trouble, SignInFailed)
        tenant.authority.consented.update(names(CHANGE))
        return True

    with program(tenant, tmp_path) as services:
        walker = RealWalker(tenant, services, on_trouble=consent)
        assert_finished(walker)
    (refused,) = walker.troubles
    assert "administrator" in f"{refused.why} {refused.next_step}"


def test_a_role_that_is_activated_meanwhile(tenant: RealTenant, tmp_path: Path) -> None:
    roles = tenant.world.tenant.roles
    tenant.world.tenant.roles = ()

    def activate(trouble: KnownError) -> bool:
        assert "role" in f"{trouble.why}"
        tenant.world.tenant.roles = roles
        return True

    with program(tenant, tmp_path) as services:
        walker = RealWalker(tenant, services, on_trouble=activate)
        assert_finished(walker)
    assert len(walker.troubles) == 1


def test_somebody_else_cannot_go_on_with_it(tenant: RealTenant, tmp_path: Path) -> None:
    def change_seats(trouble: KnownError) -> bool:
        assert isinstance(trouble, SignInFailed)
        assert COLLEAGUE in trouble.why
        tenant.visitor.upn = tenant.upn
        return True

    def sit_down(upn: str) -> Callable[[str], bool]:
        def open_browser(address: str) -> bool:
            if len(asked_so_far) == 1:
                tenant.visitor.upn = upn
            asked_so_far.append(address)
            return tenant.visitor(address)

        asked_so_far: list[str] = []
        return open_browser

    with program(tenant, tmp_path, open_browser=sit_down(COLLEAGUE)) as services:
        walker = RealWalker(tenant, services, on_trouble=change_seats)
        assert_finished(walker)
        assert services.real is not None
        known = services.real.offer(walker.answers, Work()).accounts
    assert len(walker.troubles) == 1
    assert [one.username.casefold() for one in known] == [tenant.upn], "the colleague's tokens are not kept"


def test_the_helpdesk_is_never_asked_for_more_than_looking(tmp_path: Path) -> None:
    tenant = RealTenant("quarantine")
    try:
        with program(tenant, tmp_path) as services:
            answers = Answers(client_id=CLIENT, tenant="example.com", read_only=True)
            wish = sign_in.look_wish(answers)
            found = sign_in.sign_in(services, answers, Found(), wish, Work(), lambda waiting: None)
            assert found.session is not None
            assert not found.session.may_write
            with pytest.raises(KnownError, match="Nothing was changed"):
                found.session.require_write(say("Nothing was changed."))
            tenant.visitor.leave()
        assert asked(tenant) == [set(names(LOOK))]
        assert tenant.writes == []
    finally:
        tenant.close()


def test_another_tenant_by_its_id_or_by_no_name(tenant: RealTenant, tmp_path: Path) -> None:
    with program(tenant, tmp_path) as services:
        for text in (tenant.tenant_id, ""):
            answers = Answers(client_id=CLIENT, tenant=text)
            found = sign_in.sign_in(
                services, answers, Found(), sign_in.look_wish(answers), Work(), lambda waiting: None
            )
            assert found.session is not None
            assert found.session.tenant_id == tenant.tenant_id
        nowhere = replace(Answers(client_id=CLIENT), tenant="nowhere.example.com")
        with pytest.raises(SignInFailed, match="tenant"):
            sign_in.sign_in(
                services, nowhere, Found(), sign_in.look_wish(nowhere), Work(), lambda waiting: None
            )
