"""The provisioning engine of the practice world: reads the directory, writes to the vendor over real HTTP.

The door to ``engine_*``. The Graph server and the scheduler call it; it keeps nothing of its own but a lock, since all
that it remembers is on the job.
"""

from __future__ import annotations

import threading

from scim_assistant.practice.engine_cycle import Cycle
from scim_assistant.practice.engine_job import validation_failure
from scim_assistant.practice.engine_on_demand import OnDemand
from scim_assistant.practice.scim_bodies import GROUPS, USERS
from scim_assistant.practice.scim_client import ScimClient, ScimFailure
from scim_assistant.practice.state import App, Job, Json, Tenant, ValidationFailure


class Engine:
    """Provisions.

    Args:
        tenant: The directory, the apps and their jobs; its clock and limits count.
    """

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._guard = threading.Lock()

    def run_cycle(self, app: App, job: Job) -> None:
        """Run one cycle to its end and note everything on the job.

        Never raises for what the vendor does. Ends early, without a trace, when the job is deleted meanwhile.
        """
        Cycle(self._tenant, app, job, self._guard).run()

    def provision_on_demand(  # noqa: PLR0917 - one agreed order for both rooms
        self,
        app: App,
        job: Job,
        rule_id: str,
        object_id: str,
        object_type: str,
        members: tuple[str, ...] = (),
    ) -> tuple[Json, Json]:
        """Provision one object now.

        Returns:
            The two JSON documents of the answer, ``key`` and ``value``.

        Raises:
            LookupError: There is no such rule, or no such object in the directory.
        """
        return OnDemand(self._tenant, app, job, self._guard).run(rule_id, object_id, object_type, members)

    def validate_credentials(self, base_address: str, token: str) -> ValidationFailure | None:
        """Ask the vendor's service for a person and a group that cannot exist.

        Returns:
            None when both answers were empty lists.
        """
        with ScimClient(
            base_address,
            token,
            limits=self._tenant.limits,
            hosts=self._tenant.hosts,
            cut_off=self._tenant.faults.cloud_cut_off,
        ) as client:
            try:
                client.probe(USERS, "userName")
                client.probe(GROUPS, "displayName")
            except ScimFailure as failure:
                return validation_failure(failure)
        return None
