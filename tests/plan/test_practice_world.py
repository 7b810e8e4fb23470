"""The same plan, over real HTTP, on a practice world that lags and throttles as Microsoft does."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from scim_assistant.graph import applications, directory
from scim_assistant.plan.apply import apply_plan
from scim_assistant.plan.journal import Journals
from scim_assistant.plan.make import plan_setup
from scim_assistant.plan.resume import look_again, plan_rest, read_app
from scim_assistant.plan.undo import apply_undo, plan_undo, read_for_undo
from scim_assistant.plan.wanted import Principal, Wanted
from scim_assistant.secret import Secret
from scim_assistant.tenant.session import practice_session
from scim_assistant.transport import HttpTransport
from scim_assistant.work import Work
from tests.plan.rig import nobody

world = pytest.importorskip("scim_assistant.practice.world", reason="the practice extra is not installed")


@pytest.mark.parametrize("scenario", ["healthy", "slow-replication", "throttled"])
def test_a_set_up_is_made_confirmed_and_undone(tmp_path: Path, scenario: str) -> None:
    transport = HttpTransport()
    with closing(transport), world.World(scenario, speed=1200.0) as running:
        session, work = practice_session(running.line, transport=transport), Work()
        (template,) = (
            one
            for one in applications.find_templates(session.graph, "ScreenSteps", work)
            if one.display_name == "ScreenSteps"
        )
        people = directory.search_users(session.graph, "ana", work)[:1]
        wanted = Wanted(
            template_id=template.id,
            app_name="ScreenSteps of this test",
            tenant_url=running.line["scim"],
            secret=Secret(running.line["scim_token"]),
            principals=tuple(Principal(one.id, "User", one.display_name or "") for one in people),
        )
        journals = Journals(tmp_path)
        journal = journals.begin(session.tenant_id, "screensteps", wanted)
        applied = apply_plan(plan_setup(wanted, None), session, journal, work, nobody)
        assert applied.trouble is None, applied.trouble.details.as_text()
        assert applied.complete
        found = look_again(journal, session, work)
        assert not found.needs_secret
        assert plan_rest(found, read_app(found, session, work), None).changes == ()
        undone = apply_undo(
            plan_undo(journal, read_for_undo(journal, session, work)), session, journal, work, nobody
        )
        assert undone.trouble is None, undone.trouble.details.as_text()
        assert journals.unfinished() == ()
        assert running.line["scim_token"] not in journal.path.read_text(encoding="utf-8")
