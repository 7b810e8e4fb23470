"""Readiness: permissions fail, roles and licences warn, what the vendor wants is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import Cancelled
from scim_assistant.graph.types import DirectoryRole, ServicePlan, SubscribedSku
from scim_assistant.scim.profiles import load_profile
from scim_assistant.signin import permissions
from scim_assistant.tenant.readiness import (
    check_readiness,
    check_scopes,
    judge_licence,
    judge_roles,
    waiting_checks,
)
from scim_assistant.work import Progress, Work
from tests.steps.worlds import open_world

NEEDS = (*permissions.LOOK, *permissions.CHANGE)
ALL = frozenset(permissions.names(NEEDS))
SCREENSTEPS = load_profile("screensteps")


class TestScopes:
    """Permissions."""

    def test_all_of_them_pass_whatever_their_casing(self) -> None:
        assert check_scopes(ALL).outcome is Outcome.PASS
        assert check_scopes(scope.upper() for scope in ALL).outcome is Outcome.PASS

    def test_each_one_has_a_reason_that_can_be_opened(self) -> None:
        assert dict(check_scopes(ALL).evidence).keys() == ALL
        assert all(reason for _, reason in check_scopes(ALL).evidence)

    def test_a_missing_one_that_the_setup_needs_fails_by_name(self) -> None:
        check = check_scopes(ALL - {"Synchronization.ReadWrite.All"})
        assert check.outcome is Outcome.FAIL
        assert check.sentence.startswith("The permission Synchronization.ReadWrite.All was not granted.")
        assert check.fix is not None

    def test_a_missing_one_that_only_the_log_needs_warns(self) -> None:
        check = check_scopes(ALL - {"ProvisioningLog.Read.All", "LicenseAssignment.Read.All"})
        assert check.outcome is Outcome.WARN
        assert "permissions" in check.sentence

    @pytest.mark.parametrize(
        ("wider", "instead"),
        [
            ("AuditLog.Read.All", "ProvisioningLog.Read.All"),
            ("Directory.Read.All", "User.Read.All"),
            ("Group.Read.All", "GroupMember.Read.All"),
            ("Organization.Read.All", "LicenseAssignment.Read.All"),
        ],
    )
    def test_a_wider_one_counts(self, wider: str, instead: str) -> None:
        assert permissions.missing(NEEDS, ALL - {instead} | {wider}) == ()

    def test_reading_does_not_allow_writing(self) -> None:
        missing = permissions.missing(
            NEEDS, ALL - {"Synchronization.ReadWrite.All"} | {"Synchronization.Read.All"}
        )
        assert [need.name for need in missing] == ["Synchronization.ReadWrite.All"]


class TestRoles:
    """Roles are a hint, never a gate."""

    @pytest.mark.parametrize(
        "role_id",
        [
            "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3",
            "158C047A-C907-4556-B7EF-446551A6B5F7",
            "62e90394-69f5-4237-9190-012177145e10",
        ],
    )
    def test_a_role_that_may_configure_passes(self, role_id: str) -> None:
        assert judge_roles([DirectoryRole(id="1", role_template_id=role_id)]).outcome is Outcome.PASS

    @pytest.mark.parametrize(
        "roles",
        [
            [],
            [
                DirectoryRole(
                    id="1",
                    display_name="Global Reader",
                    role_template_id="f2ef992c-3afb-46b9-b7cf-a126ee74c451",
                )
            ],
            [DirectoryRole(id="1", role_template_id=None)],
        ],
    )
    def test_anything_else_warns(self, roles: list[DirectoryRole]) -> None:
        assert judge_roles(roles).outcome is Outcome.WARN

    def test_roles_that_cannot_be_read_are_unknown_and_not_missing(self) -> None:
        sentence = judge_roles([DirectoryRole(id="1", role_template_id=None)]).sentence
        assert "cannot be read" in sentence


class TestLicence:
    """Plans hide in suites, so plans are looked at."""

    def _sku(self, status: str = "Enabled", provisioning: str = "Success", **plan: str) -> SubscribedSku:
        return SubscribedSku(
            id="1",
            sku_part_number="SPE_E3",
            capability_status=status,
            service_plans=(ServicePlan(provisioning_status=provisioning, **plan),),
        )

    def test_a_plan_is_known_by_id_or_by_name(self) -> None:
        by_id = self._sku(service_plan_id="41781FB2-BC02-4B7C-BD55-B576C07BB09D")
        by_name = self._sku(status="warning", service_plan_name="aad_premium_p2")
        assert judge_licence([by_id]).sentence == "The tenant has Entra ID P1."
        assert judge_licence([by_id, by_name]).sentence == "The tenant has Entra ID P2."

    @pytest.mark.parametrize(("status", "provisioning"), [("Suspended", "Success"), ("Enabled", "Disabled")])
    def test_one_that_does_not_work_does_not_count(self, status: str, provisioning: str) -> None:
        check = judge_licence([self._sku(status, provisioning, service_plan_name="AAD_PREMIUM")])
        assert check.outcome is Outcome.WARN
        assert "one by one" in check.sentence


class TestWhole:
    """All questions against a practice world."""

    def test_each_check_is_reported_as_it_begins_and_ends_in_rows_that_were_there(
        self, tmp_path: Path
    ) -> None:
        told: list[Check] = []
        steps: list[Progress] = []
        with open_world("healthy", tmp_path) as place:
            checks = check_readiness(place.session, SCREENSTEPS, Work(steps.append), told.append)
        assert [check.key for check in checks] == [check.key for check in waiting_checks(SCREENSTEPS)]
        assert [check.outcome for check in checks[:4]] == [Outcome.PASS] * 4
        assert [check.key for check in told if check.outcome is Outcome.RUNNING] == [
            "scopes",
            "role",
            "licence",
            "logs",
        ]
        assert steps[-1].done == steps[-1].total == 4
        assert any("Enterprise plan" in check.sentence for check in checks)

    @pytest.mark.parametrize(
        ("scenario", "key", "outcome"),
        [
            ("missing-consent", "scopes", Outcome.FAIL),
            ("missing-role", "role", Outcome.WARN),
            ("no-premium-licence", "licence", Outcome.WARN),
            ("no-premium-licence", "logs", Outcome.WARN),
        ],
    )
    def test_what_is_missing_shows_at_its_row(
        self, tmp_path: Path, scenario: str, key: str, outcome: Outcome
    ) -> None:
        with open_world(scenario, tmp_path) as place:
            checks = check_readiness(place.session, SCREENSTEPS, Work())
        (check,) = [check for check in checks if check.key == key]
        assert check.outcome is outcome
        assert check.sentence

    def test_cancel_is_heard(self, tmp_path: Path) -> None:
        work = Work()
        work.cancel()
        with open_world("healthy", tmp_path) as place, pytest.raises(Cancelled):
            check_readiness(place.session, SCREENSTEPS, work)
