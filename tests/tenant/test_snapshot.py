"""Reading an app: whole, unchanging, and patient with what is new."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scim_assistant.errors import Cancelled, KnownError, ServiceRefused
from scim_assistant.graph import applications, synchronization
from scim_assistant.graph.replication import when_replicated
from scim_assistant.tenant.snapshot import fetch_app, fetch_job, find_instances
from scim_assistant.work import Work
from tests.steps.worlds import Place, open_world

ABSENT = "11111111-2222-4333-8444-555555555555"


def _template(place: Place) -> str:
    found = applications.find_templates(place.session.graph, "ScreenSteps", Work())
    return next(one.id for one in found if one.display_name == "ScreenSteps")


def test_an_app_is_read_with_job_mappings_settings_and_assignments(tmp_path: Path) -> None:
    with open_world("quarantine", tmp_path) as place:
        (instance,) = find_instances(place.session, _template(place), Work())
        app = fetch_app(place.session, instance.id, Work())
    assert app.job is not None
    assert app.job.is_quarantined
    assert app.schema is not None
    assert app.schema.mapping_of("User") is not None
    assert app.secret("BaseAddress")
    assert app.secret("SecretToken")
    assert set(app.secret("SecretToken") or "") == {"*"}
    assert len(app.assignments) == 1
    assert app.template is not None
    assert app.created_at is None


def test_before_there_is_a_job_the_templates_mappings_are_read(tmp_path: Path) -> None:
    with open_world("healthy", tmp_path) as place:
        began = datetime.now(UTC)
        made = applications.instantiate(place.session.graph, _template(place), "ScreenSteps", Work())
        app = fetch_app(
            place.session,
            made.service_principal.id,
            Work(),
            application_id=made.application.id,
            created_at=began,
        )
    assert app.job is None
    assert app.schema is not None
    assert app.secrets == ()
    assert app.application_id == made.application.id


@pytest.mark.parametrize("time", range(3))
def test_where_servers_lag_a_new_app_and_job_are_waited_for(tmp_path: Path, time: int) -> None:
    with open_world("slow-replication", tmp_path) as place:
        client = place.session.graph
        began = datetime.now(UTC)
        made = applications.instantiate(client, _template(place), "ScreenSteps", Work())
        app = fetch_app(place.session, made.service_principal.id, Work(), created_at=began)
        assert app.template is not None
        job_began = datetime.now(UTC)
        app_id, template_id = made.service_principal.id, app.template.id
        job = when_replicated(
            lambda: synchronization.create_job(client, app_id, template_id, Work()),
            born_at=began,
            patience_s=900,
            work=Work(),
            pace=place.session.pace,
        )
        app = fetch_app(
            place.session,
            made.service_principal.id,
            Work(),
            created_at=began,
            job_id=job.id,
            job_created_at=job_began,
        )
        again = [fetch_job(place.session, app, Work()).id for _ in range(12)]
    assert app.job is not None
    assert app.job.id == job.id
    assert again == [job.id] * 12
    assert app.newest_at == job_began


def test_a_young_job_is_read_again_and_again_though_one_server_does_not_know_it_yet(tmp_path: Path) -> None:
    with open_world("quarantine", tmp_path) as place:
        (instance,) = find_instances(place.session, _template(place), Work())
        app = fetch_app(place.session, instance.id, Work())
        assert app.job is not None
        made_at = datetime.now(UTC)
        with place.world.tenant.lock:
            place.world.tenant.born[app.job.id] = made_at
        young = replace(app, newest_at=made_at)
        assert [fetch_job(place.session, young, Work()).id for _ in range(6)] == [app.job.id] * 6


def test_without_a_job_there_is_nothing_to_read(tmp_path: Path) -> None:
    with open_world("quarantine", tmp_path) as place:
        (instance,) = find_instances(place.session, _template(place), Work())
        app = replace(fetch_app(place.session, instance.id, Work()), job=None)
        with pytest.raises(KnownError, match="no provisioning job yet"):
            fetch_job(place.session, app, Work())


def test_an_app_that_was_there_before_is_not_waited_for(tmp_path: Path) -> None:
    with open_world("healthy", tmp_path) as place, pytest.raises(ServiceRefused) as told:
        fetch_app(place.session, ABSENT, Work())
    assert told.value.status == 404


def test_cancel_is_heard(tmp_path: Path) -> None:
    work = Work()
    work.cancel()
    with open_world("healthy", tmp_path) as place, pytest.raises(Cancelled):
        fetch_app(place.session, ABSENT, work, created_at=datetime.now(UTC))
