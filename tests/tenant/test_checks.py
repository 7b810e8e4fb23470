"""How the readiness checks come out: permissions fail, roles and licences warn, and each says what to do."""

from __future__ import annotations

from itertools import chain

import pytest

from scim_assistant.check import Check, Fix, Outcome
from scim_assistant.errors import Details
from scim_assistant.graph.rights import CONFIGURE, GLOBAL_READER, READ_LOGS, right_for
from scim_assistant.graph.types import DirectoryRole, ServicePlan, ServicePrincipal, SubscribedSku
from scim_assistant.scim.profiles import load_profile, profiles
from scim_assistant.sentence import say
from scim_assistant.signin import permissions
from scim_assistant.tenant.checks import (
    PERSONAL_TENANT,
    TITLES,
    Cause,
    check_scopes,
    judge_account,
    judge_apps,
    judge_licence,
    judge_logs,
    judge_roles,
    vendor_checks,
)
from tests.tenant.people import ALL, HOME, LOOK, account

EVERYTHING = frozenset(ALL)
SCREENSTEPS = load_profile("screensteps")
CONSENT = Fix(say("Open the administrator's consent page"), "https://example.com/consent")
TENANT = "0f6a1d2e-3b4c-4d5e-8f60-718293a4b5c6"


def role(template_id: str | None, name: str = "") -> DirectoryRole:
    return DirectoryRole(id="1", role_template_id=template_id, display_name=name or None)


class TestAccount:
    """Where the account is at home."""

    def test_one_of_this_tenant_passes(self) -> None:
        check = judge_account(account(), TENANT.upper(), "")
        assert (check.outcome, check.sentence) == (Outcome.PASS, "noor@example.com belongs to this tenant.")

    def test_a_guest_is_told_where_the_account_is_at_home(self) -> None:
        check = judge_account(account("ana@partner.example.com", home=HOME), TENANT, "")
        assert check.outcome is Outcome.WARN
        assert check.sentence.startswith(
            "This account is at home in partner.example.com, and a guest in this tenant."
        )
        assert ("Home tenant", HOME) in check.evidence

    @pytest.mark.parametrize("username", ["ana_partner.example.com#EXT#@example.com", "ana", ""])
    def test_a_name_that_does_not_tell_is_not_taken_for_one(self, username: str) -> None:
        check = judge_account(account(username, home=HOME), TENANT, "")
        assert check.sentence.startswith("This account is at home in another tenant")

    def test_a_personal_account_is_called_so(self) -> None:
        check = judge_account(account("ana@example.com", home=PERSONAL_TENANT), TENANT, "")
        assert "personal Microsoft account" in check.sentence

    def test_in_a_practice_session_it_is_the_practice_tenants(self) -> None:
        assert judge_account(None, TENANT, "noor@example.com").outcome is Outcome.PASS


class TestScopes:
    """Permissions."""

    def test_all_of_them_pass_whatever_their_casing(self) -> None:
        assert check_scopes(EVERYTHING).outcome is Outcome.PASS
        assert check_scopes(scope.upper() for scope in EVERYTHING).outcome is Outcome.PASS

    def test_each_one_has_a_reason_that_can_be_opened(self) -> None:
        assert dict(check_scopes(EVERYTHING).evidence).keys() == EVERYTHING
        assert all(reason for _, reason in check_scopes(EVERYTHING).evidence)

    def test_a_missing_one_that_the_setup_needs_fails_by_name(self) -> None:
        check = check_scopes(EVERYTHING - {"Synchronization.ReadWrite.All"})
        assert check.outcome is Outcome.FAIL
        assert check.sentence == (
            "The permission Synchronization.ReadWrite.All was not granted. An administrator has to consent, then sign "
            "in again."
        )
        assert check.fix is not None
        assert check.fix.link == "step:sign_in"

    def test_a_missing_one_that_only_the_log_needs_warns(self) -> None:
        check = check_scopes(EVERYTHING - {"ProvisioningLog.Read.All", "LicenseAssignment.Read.All"})
        assert check.outcome is Outcome.WARN
        assert "permissions" in check.sentence

    def test_what_is_missing_comes_first_where_one_looks_for_it(self) -> None:
        check = check_scopes(EVERYTHING - {"Synchronization.ReadWrite.All"})
        assert check.evidence[0][0] == "Synchronization.ReadWrite.All"
        assert check.evidence[0][1].startswith("Missing.")
        assert {name for name, _ in check.evidence} == EVERYTHING

    def test_those_for_changes_are_asked_for_later_in_a_real_tenant(self) -> None:
        check = check_scopes(LOOK, asks_later=True, fix=CONSENT)
        assert check.outcome is Outcome.PASS
        assert check.sentence == (
            "All 7 permissions for looking are granted. Those for changes are asked for just before the first change."
        )
        assert dict(check.evidence)["Synchronization.ReadWrite.All"].startswith(
            "Asked for at the first change."
        )
        assert check.fix is None
        assert check_scopes(EVERYTHING, asks_later=True).sentence == "All 9 permissions are granted."

    def test_looking_only_knows_of_no_others(self) -> None:
        check = check_scopes(LOOK, read_only=True, asks_later=True)
        assert (check.outcome, len(check.evidence)) == (Outcome.PASS, len(LOOK))
        assert "changes" not in check.sentence

    def test_who_can_give_a_missing_one_is_said(self) -> None:
        without = frozenset(LOOK) - {"User.Read", "User.Read.All"}
        check = check_scopes(without, asks_later=True, fix=CONSENT)
        assert check.outcome is Outcome.FAIL
        assert check.sentence == (
            "The permissions User.Read, User.Read.All were not granted. An administrator has to consent to "
            "User.Read.All, then sign in again."
        )
        assert check.fix is CONSENT

    def test_where_nobody_else_is_needed_no_administrator_is_named(self) -> None:
        granted = {
            "User.ReadBasic.All",
            "Synchronization.Read.All",
            "Application.Read.All",
            "GroupMember.Read.All",
        }
        check = check_scopes(granted | {"User.Read"}, read_only=True, fix=CONSENT)
        assert "User.Read.All" in check.sentence
        only_licence = check_scopes(
            frozenset(LOOK) - {"LicenseAssignment.Read.All"}, read_only=True, fix=CONSENT
        )
        assert (only_licence.outcome, only_licence.fix) == (Outcome.WARN, None)

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
        assert check_scopes(EVERYTHING - {instead} | {wider}).outcome is Outcome.PASS

    def test_reading_does_not_allow_writing(self) -> None:
        check = check_scopes(EVERYTHING - {"Synchronization.ReadWrite.All"} | {"Synchronization.Read.All"})
        assert check.outcome is Outcome.FAIL


class TestRoles:
    """Roles are a hint, never a gate."""

    @pytest.mark.parametrize("one", CONFIGURE)
    @pytest.mark.parametrize("read_only", [False, True])
    def test_a_role_that_may_configure_passes(self, one: object, read_only: bool) -> None:
        template_id = one.template_id.upper()  # type: ignore[attr-defined]
        assert judge_roles([role(template_id)], read_only=read_only).outcome is Outcome.PASS

    @pytest.mark.parametrize(
        "roles", [[], [role(GLOBAL_READER.template_id, "Global Reader")], [role(None)], [role("x", "Custom")]]
    )
    def test_anything_else_warns(self, roles: list[DirectoryRole]) -> None:
        assert judge_roles(roles).outcome is Outcome.WARN

    def test_roles_that_cannot_be_read_are_unknown_and_not_missing(self) -> None:
        assert "cannot be read" in judge_roles([role(None)]).sentence
        assert "cannot be read" in judge_roles([role(None)], read_only=True).sentence

    def test_an_eligible_one_is_activated_where_the_fix_leads(self) -> None:
        fix = Fix(say("Activate a role in the portal"), "https://portal.example.com")
        check = judge_roles([], fix=fix)
        assert check.fix is fix
        assert "eligible role has to be activated" in check.sentence
        assert "roles that wait for activation" in dict(check.evidence)["Not shown here"]

    @pytest.mark.parametrize("one", [one for one in READ_LOGS if one not in (*CONFIGURE, GLOBAL_READER)])
    def test_a_role_that_may_read_the_log_is_enough_for_the_helpdesk(self, one: object) -> None:
        template_id, name = one.template_id, one.name  # type: ignore[attr-defined]
        check = judge_roles([role(template_id)], read_only=True)
        assert check.outcome is Outcome.PASS
        assert name in check.sentence
        assert judge_roles([role(template_id)]).outcome is Outcome.WARN

    def test_global_reader_may_read_the_log_and_not_the_configuration(self) -> None:
        check = judge_roles([role(GLOBAL_READER.template_id)], read_only=True)
        assert check.outcome is Outcome.WARN
        assert "may read the provisioning log, but" in check.sentence

    def test_the_helpdesk_is_told_the_least_role(self) -> None:
        assert "Reports Reader is enough" in judge_roles([], read_only=True).sentence


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
        check = judge_licence([by_id, by_name])
        assert check.sentence == "The tenant has Entra ID P2."
        assert dict(check.evidence) == {"Entra ID P1": "SPE_E3", "Entra ID P2": "SPE_E3, about to end"}

    @pytest.mark.parametrize(("status", "provisioning"), [("Suspended", "Success"), ("Enabled", "Disabled")])
    def test_one_that_does_not_work_does_not_count(self, status: str, provisioning: str) -> None:
        check = judge_licence([self._sku(status, provisioning, service_plan_name="AAD_PREMIUM")])
        assert check.outcome is Outcome.WARN
        assert "one by one" in check.sentence


class TestLogs:
    """Three causes, three sentences."""

    def test_each_cause_has_a_sentence_of_its_own_and_none_stops_the_set_up(self) -> None:
        details = Details(status=403)
        found = [judge_logs(cause, say("It was refused."), details) for cause in Cause]
        assert len({check.sentence for check in found}) == len(Cause)
        assert {check.outcome for check in found} == {Outcome.WARN}
        assert all(check.sentence.endswith("The set-up works without it.") for check in found)
        assert "set-up" not in judge_logs(Cause.ROLE, say(""), details, read_only=True).sentence


class TestApps:
    """Apps of the gallery entry that are there already."""

    def app(self, name: str, mode: str | None = None) -> ServicePrincipal:
        return ServicePrincipal(id=name, display_name=name, preferred_single_sign_on_mode=mode)

    def test_one_that_signs_people_in_is_to_be_reused(self) -> None:
        check = judge_apps(SCREENSTEPS, [self.app("Docs"), self.app("Manuals", "saml")])
        assert check.outcome is Outcome.PASS
        assert check.sentence == (
            "Manuals is used for sign-in already: reuse it, since the same app serves sign-in and provisioning."
        )
        assert check.evidence == (("Docs", "not set up for sign-in"), ("Manuals", "sign-in with SAML"))

    def test_where_that_is_not_known_of_the_vendor_it_is_only_offered(self) -> None:
        assert "can be reused" in judge_apps(load_profile("snowflake"), [self.app("A", "oidc")]).sentence

    @pytest.mark.parametrize("mode", [None, "", "notSupported"])
    def test_one_without_sign_in_can_be_reused(self, mode: str | None) -> None:
        assert judge_apps(SCREENSTEPS, [self.app("A", mode)]).sentence.startswith("A can be reused")

    def test_many_are_counted(self) -> None:
        check = judge_apps(SCREENSTEPS, [self.app(f"App {n}") for n in range(12)])
        assert "App 0, App 1, App 2 and 9 more apps" in check.sentence
        assert len(check.evidence) == 12

    def test_none_is_no_trouble_for_a_set_up_and_one_for_looking(self) -> None:
        assert judge_apps(SCREENSTEPS, []).outcome is Outcome.PASS
        assert judge_apps(SCREENSTEPS, [], read_only=True).outcome is Outcome.WARN


class TestVendor:
    """What the vendor asks for."""

    def test_what_screensteps_asks_for_has_titles_of_its_own(self) -> None:
        found = {check.title: check for check in vendor_checks(SCREENSTEPS)}
        assert list(found) == [
            "Plan at ScreenSteps",
            "Switched on by ScreenSteps",
            "Where the Secret Token is",
        ]
        assert found["Where the Secret Token is"].fix is not None
        assert {check.outcome for check in found.values()} == {Outcome.SKIPPED}

    @pytest.mark.parametrize("profile", profiles(), ids=lambda profile: profile.id)
    def test_no_two_rows_of_a_page_have_the_same_title_or_key(self, profile: object) -> None:
        rows: list[Check] = list(vendor_checks(profile))  # type: ignore[arg-type]
        titles = [*TITLES.values(), *(row.title for row in rows)]
        keys = [*TITLES, *(row.key for row in rows)]
        assert len(set(titles)) == len(titles)
        assert len(set(keys)) == len(keys)


class TestRights:
    """The one table of what a call needs."""

    @pytest.mark.parametrize(
        ("method", "path", "permission"),
        [
            ("GET", "/auditLogs/provisioning", "ProvisioningLog.Read.All"),
            ("GET", "/servicePrincipals/x/synchronization/jobs", "Synchronization.Read.All"),
            ("PUT", "/servicePrincipals/x/synchronization/secrets", "Synchronization.ReadWrite.All"),
            (
                "GET",
                "/servicePrincipals/x/synchronization/jobs/y/schema/filterOperators",
                "Synchronization.ReadWrite.All",
            ),
            ("GET", "/servicePrincipals/x/appRoleAssignedTo", "Application.Read.All"),
            ("POST", "/servicePrincipals/x/appRoleAssignedTo", "AppRoleAssignment.ReadWrite.All"),
            ("POST", "/applicationTemplates/x/instantiate", "Application.ReadWrite.All"),
            ("DELETE", "/applications/x", "Application.ReadWrite.All"),
            ("GET", "/me/transitiveMemberOf/microsoft.graph.directoryRole", "User.Read"),
        ],
    )
    def test_a_call_needs_what_the_reference_names(self, method: str, path: str, permission: str) -> None:
        right = right_for(method, path)
        assert right is not None
        assert right.permission == permission

    def test_the_gallery_is_open_to_everybody(self) -> None:
        assert right_for("GET", "/applicationTemplates") is None

    def test_what_the_program_asks_for_allows_what_it_does(self) -> None:
        """A wider permission that counts when it is asked for counts when a refusal is judged, too."""
        calls = (
            ("GET", "/users"),
            ("GET", "/groups/x/members"),
            ("GET", "/servicePrincipals"),
            ("GET", "/servicePrincipals/x/synchronization/jobs"),
            ("GET", "/auditLogs/provisioning"),
            ("GET", "/subscribedSkus"),
            ("GET", "/me"),
        )
        writes = (
            ("POST", "/applicationTemplates/x/instantiate"),
            ("POST", "/servicePrincipals/x/appRoleAssignedTo"),
            ("POST", "/servicePrincipals/x/synchronization/jobs"),
        )
        for method, path in calls:
            right = right_for(method, path)
            assert right is not None
            assert right.is_granted_by(LOOK), path
        for method, path in writes:
            right = right_for(method, path)
            assert right is not None
            assert not right.is_granted_by(LOOK), path
            assert right.is_granted_by(ALL), path
        for one in permissions.LOOK:
            matching = [right_for(*call) for call in calls]
            for right in matching:
                if right is not None and right.permission == one.name:
                    assert all(right.is_granted_by([wider]) for wider in chain([one.name], one.also)), (
                        one.name
                    )
