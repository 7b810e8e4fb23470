"""The monitor on a real practice world: what happens there shows here, and what is done here happens there."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox

from scim_assistant.graph import synchronization
from scim_assistant.graph.applications import find_service_principals, find_templates
from scim_assistant.logs.explain import explain, explain_event
from scim_assistant.logs.live import LiveFeed
from scim_assistant.practice.world import World
from scim_assistant.tenant.session import practice_session
from scim_assistant.transport import HttpTransport
from scim_assistant.ui.jobs import Jobs
from scim_assistant.ui.log_viewer.columns import Column
from scim_assistant.ui.log_viewer.watched import JobActions, Watched
from scim_assistant.ui.log_viewer.window import MonitorWindow
from scim_assistant.work import Work

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support propagateSizeHints")


def test_held_back_removals_are_seen_and_let_go_ahead(qtbot: Any) -> None:
    faults: list[BaseException] = []
    with World("too-many-deletes", speed=240.0) as world:
        transport = HttpTransport()
        session = practice_session(world.line, transport=transport)
        graph = session.graph
        found = [
            app
            for template in find_templates(graph, "ScreenSteps", Work())
            for app in find_service_principals(graph, template.id, Work())
        ]
        app_id = found[0].id
        job_id = synchronization.list_jobs(graph, app_id, Work())[0].id
        runner = Jobs(faults.append)
        window = MonitorWindow(
            Watched(
                app_name="ScreenSteps",
                tenant_name=session.tenant_name,
                account=session.account,
                fetch_job=lambda work: synchronization.get_job(graph, app_id, job_id, work),
                feed=LiveFeed(session, job_id),
                explain=explain_event,
                explain_code=explain,
                actions=JobActions(
                    start=lambda work: synchronization.start_job(graph, app_id, job_id, work),
                    pause=lambda work: synchronization.pause_job(graph, app_id, job_id, work),
                    restart=lambda work: synchronization.restart_job(graph, app_id, job_id, work),
                    allow_removals=lambda work: synchronization.restart_job(
                        graph, app_id, job_id, work, reset_scope=synchronization.ALLOW_DELETES
                    ),
                ),
                pace=session.pace,
                is_practice=True,
            ),
            runner,
        )
        qtbot.addWidget(window)
        window.show()

        def actions() -> list[str]:
            return [window.model.index(row, Column.ACTION).data() for row in range(window.model.rowCount())]

        qtbot.waitUntil(lambda: actions() == ["Removal held back"] * 12, timeout=20_000)
        qtbot.waitUntil(window.banner.allow_button.isVisible, timeout=10_000)
        assert sum(account["active"] is False for account in world.scim.accounts()) == 0
        window.banner.allow_button.click()
        qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=10_000)
        box = window.findChildren(QMessageBox)[-1]
        assert box.text() == "Remove 12 people and groups from ScreenSteps?"
        next(button for button in box.buttons() if button.text() == "Allow removals").click()
        qtbot.waitUntil(lambda: actions().count("Disable") == 12, timeout=20_000)
        qtbot.waitUntil(lambda: not window.banner.isVisible(), timeout=20_000)
        assert sum(account["active"] is False for account in world.scim.accounts()) == 12
        window.close()
        assert runner.close()
        transport.close()
    assert faults == []
