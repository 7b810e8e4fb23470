"""A plan says what will be written, with old and new value, and holds nothing that is so already."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scim_assistant.errors import KnownError
from scim_assistant.graph.synchronization import ALLOW_DELETES
from scim_assistant.plan.change import Change, ChangeKind, Plan
from scim_assistant.plan.make import (
    fill,
    plan_app,
    plan_pause,
    plan_restart,
    plan_setup,
    plan_start,
    wanted_of,
)
from scim_assistant.plan.wanted import Mode
from scim_assistant.secret import Secret
from scim_assistant.tenant.snapshot import AppSnapshot
from tests.plan.fake_graph import ROLE, TEMPLATE, App, FakeGraph
from tests.plan.rig import ANA, BEN, TOKEN, URL, WANTED, WRITERS, snapshot

STORED = {
    "BaseAddress": URL,
    "SecretToken": "old",
    "SyncAll": "false",
    "SyncNotificationSettings": (
        '{"Enabled":true,"Recipients":"it@example.com","DeleteThresholdEnabled":true,"DeleteThresholdValue":500}'
    ),
}


def keys(plan: Plan) -> list[str]:
    return [change.key for change in plan.changes]


def settings_of(plan: Plan) -> dict[str, str | Secret]:
    return {one["key"]: one["value"] for one in change(plan, ChangeKind.WRITE_SECRETS).request.body["value"]}


def change(plan: Plan, kind: ChangeKind) -> Change:
    (found,) = [one for one in plan.changes if one.kind is kind]
    return found


def app_with(job: str = "", **secrets: str) -> AppSnapshot:
    """An app that exists, with a job that is ``paused``, ``active`` or in ``quarantine``, or with none."""
    graph = FakeGraph()
    app = graph.add("ScreenSteps")
    app.secrets = secrets
    match job:
        case "paused":
            app.add_job()
        case "active":
            app.add_job(state="Active", code="Active")
        case "held-back":
            app.add_job(state="Active", code="Quarantine", quarantine={"reason": "tooManyDeletes"})
    return snapshot(graph, app)


def test_the_first_plan_only_creates_the_app() -> None:
    plan = plan_app(WANTED)
    assert keys(plan) == ["create-app"]
    (one,) = plan.changes
    assert one.sentence == "Register ScreenSteps from Microsoft's gallery"
    assert (one.request.method, one.request.path) == ("POST", f"/applicationTemplates/{TEMPLATE}/instantiate")
    assert one.undo


def test_a_new_app_gets_everything_and_is_not_started() -> None:
    plan = plan_setup(WANTED, None)
    assert keys(plan) == [
        "create-app",
        "create-job",
        "write-secrets",
        f"assign:{ANA.id}",
        f"assign:{BEN.id}",
        f"assign:{WRITERS.id}",
    ]
    assert all(one.sentence and one.undo for one in plan.changes)
    assert "2 people and 1 group" in " ".join(plan.warnings)


def test_ids_that_are_not_known_yet_stand_as_names_and_are_filled_in() -> None:
    plan = plan_setup(WANTED, None)
    job = change(plan, ChangeKind.CREATE_JOB).request
    assert "app" in job.path
    ids = {"{app}": "a/b", "{template}": "scim", "{role}": ROLE, "{job}": ""}
    filled = fill(job, ids)
    assert filled.path == "/servicePrincipals/a%2Fb/synchronization/jobs"
    assert filled.body == {"templateId": "scim"}
    assigned = fill(plan.changes[3].request, ids)
    assert assigned.body == {"principalId": ANA.id, "resourceId": "a/b", "appRoleId": ROLE}
    start = plan_start(WANTED, app_with("paused")).changes[0].request
    assert fill(start, {"{job}": "scim.x/y"}).path.endswith("/jobs/scim.x%2Fy/start")


def test_a_name_that_looks_like_a_placeholder_stays_a_name() -> None:
    wanted = replace(WANTED, app_name="The {app} of {job}")
    request = fill(plan_app(wanted).changes[0].request, {"{app}": "id", "{job}": "id"})
    assert request.body == {"displayName": "The {app} of {job}"}


def test_the_settings_are_written_as_one_complete_set() -> None:
    settings = settings_of(plan_setup(WANTED, None))
    assert list(settings) == ["BaseAddress", "SecretToken", "SyncAll", "SyncNotificationSettings"]
    assert settings["BaseAddress"] == URL
    assert settings["SecretToken"] == Secret(TOKEN)
    assert settings["SyncAll"] == "false"
    assert json.loads(str(settings["SyncNotificationSettings"])) == {
        "Enabled": True,
        "Recipients": "it@example.com",
        "DeleteThresholdEnabled": True,
        "DeleteThresholdValue": 500,
    }


def test_old_and_new_values_are_told_in_words_without_the_secret() -> None:
    one = change(plan_setup(WANTED, app_with()), ChangeKind.WRITE_SECRETS)
    assert one.old.splitlines() == [
        "Tenant URL: none",
        "Secret Token: none",
        "Who is provisioned: none",
        "Failure mail: none",
        "Deletion guard: none",
    ]
    assert one.new.splitlines() == [
        f"Tenant URL: {URL}",
        "Secret Token: ••••••••",
        "Who is provisioned: only assigned people and groups",
        "Failure mail: it@example.com",
        "Deletion guard: stops at more than 500 removals in one cycle",
    ]
    assert TOKEN not in repr(one)
    assert TOKEN not in one.request.shown_body()


def test_only_what_differs_is_told() -> None:
    app = app_with("paused", **STORED | {"BaseAddress": "https://old.example.com/scim"})
    one = change(plan_setup(WANTED, app), ChangeKind.WRITE_SECRETS)
    assert one.old.splitlines() == ["Tenant URL: https://old.example.com/scim", "Secret Token: stored"]
    assert len(one.new.splitlines()) == 2


def test_other_stored_settings_are_kept_and_masks_are_never_sent() -> None:
    graph = FakeGraph()
    app = graph.add("ScreenSteps")
    app.secrets = {"SkipOutOfScopeDeletions": "True", "Password": "***", "SecretToken": "old"}
    plan = plan_setup(WANTED, snapshot(graph, app))
    settings = settings_of(plan)
    assert settings["SkipOutOfScopeDeletions"] == "True"
    assert "Password" not in settings
    assert not any(isinstance(value, str) and set(value) == {"*"} for value in settings.values())
    assert any("Password" in warning for warning in plan.warnings)


def test_notification_members_of_others_survive() -> None:
    app = app_with(SyncNotificationSettings='{"Enabled":false,"HumanResourcesLookaheadQueryEnabled":false}')
    written = json.loads(str(settings_of(plan_setup(WANTED, app))["SyncNotificationSettings"]))
    assert written["HumanResourcesLookaheadQueryEnabled"] is False
    assert written["Enabled"] is True


def test_a_set_up_that_is_complete_leaves_nothing_to_do() -> None:
    graph = FakeGraph()
    app = graph.add("ScreenSteps")
    app.secrets = dict(STORED)
    app.add_job()
    for one in WANTED.principals:
        app.assign(one.id.upper())
    assert keys(plan_setup(replace(WANTED, secret=None), snapshot(graph, app))) == []


def test_a_new_token_is_always_written() -> None:
    assert "write-secrets" in keys(plan_setup(WANTED, app_with("paused", **STORED)))


def test_settings_are_never_written_without_the_token() -> None:
    app = app_with("paused", **STORED | {"SyncAll": "true"})
    with pytest.raises(KnownError, match="Enter the Secret Token"):
        plan_setup(replace(WANTED, secret=None), app)
    with pytest.raises(KnownError, match="Enter the Secret Token"):
        plan_setup(replace(WANTED, secret=None), app_with("paused"))


def test_nobody_is_assigned_twice() -> None:
    graph = FakeGraph()
    app = graph.add("ScreenSteps")
    app.assign(ANA.id)
    wanted = replace(WANTED, principals=(ANA, BEN, BEN))
    assert [key for key in keys(plan_setup(wanted, snapshot(graph, app))) if "assign" in key] == [
        f"assign:{BEN.id}"
    ]


def test_a_job_that_exists_is_used() -> None:
    assert "create-job" not in keys(plan_setup(WANTED, app_with("paused")))


def test_manual_mode_pauses_a_running_job_first_and_never_starts_one() -> None:
    wanted = replace(WANTED, mode=Mode.MANUAL)
    assert keys(plan_setup(wanted, app_with("active")))[0] == "pause"
    assert "pause" not in keys(plan_setup(wanted, app_with("paused")))
    # Starting it all the same, in the monitor say, is a decision for automatic and never an empty plan.
    start = plan_start(wanted, app_with("paused"))
    assert keys(start) == ["start"]
    assert start.wanted.mode is Mode.AUTOMATIC
    assert any("by itself" in warning for warning in plan_setup(wanted, None).warnings)


def test_starting_is_a_plan_of_its_own() -> None:
    assert keys(plan_start(WANTED, app_with("paused"))) == ["start"]
    assert keys(plan_start(WANTED, app_with("paused"), again=True)) == ["start", "restart"]
    with pytest.raises(KnownError, match="no provisioning job"):
        plan_start(WANTED, app_with())


def test_narrowing_the_scope_of_a_running_job_restarts_it() -> None:
    """Without a restart the service goes on with everyone."""
    app = app_with("active", **STORED | {"SyncAll": "true"})
    plan = plan_setup(WANTED, app)
    assert keys(plan)[-1] == "restart"
    assert any("not assigned lose their access" in warning for warning in plan.warnings)
    assert "restart" not in keys(plan_setup(WANTED, app_with("paused", **STORED | {"SyncAll": "true"})))


@pytest.mark.parametrize(
    ("wanted", "app", "words"),
    [
        (replace(WANTED, everyone=True), None, "Everyone in the tenant"),
        (replace(WANTED, principals=()), None, "Nobody is assigned"),
        (replace(WANTED, delete_threshold=None), None, "deletion guard is off"),
        (replace(WANTED, notify_email=""), None, "Nobody gets a mail"),
        (WANTED, "active", "runs already"),
    ],
)
def test_risks_are_said_before(wanted: object, app: str | None, words: str) -> None:
    plan = plan_setup(wanted, app_with(app) if app else None)  # type: ignore[arg-type]
    assert any(words in warning for warning in plan.warnings), plan.warnings


def test_held_back_removals_are_said_before_a_start_or_restart() -> None:
    app = app_with("held-back")
    assert any("held back" in warning for warning in plan_start(WANTED, app).warnings)
    assert any("held back" in warning for warning in plan_restart(app).warnings)
    allowed = plan_restart(app, ALLOW_DELETES)
    assert allowed.changes[0].request.body == {"criteria": {"resetScope": "ForceDeletes"}}
    assert "cannot be undone" in allowed.warnings[0]


def test_a_paused_or_restarted_job_needs_no_set_up() -> None:
    app = app_with("active", **STORED)
    assert keys(plan_pause(app)) == ["pause"]
    assert plan_restart(app).changes[0].request.body == {
        "criteria": {"resetScope": "Watermark, Escrows, QuarantineState"}
    }
    wanted = wanted_of(app)
    assert (wanted.app_name, wanted.tenant_url, wanted.mode) == ("ScreenSteps", URL, Mode.AUTOMATIC)
    for refused in (plan_pause, plan_restart):
        with pytest.raises(KnownError, match="no provisioning job"):
            refused(app_with())


def test_an_app_type_of_the_fake_has_no_secret_of_ours() -> None:
    assert TOKEN not in repr(App("ScreenSteps"))
