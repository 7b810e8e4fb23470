"""Replication lag: a new object is not there on every replica at once, and the service says so in four ways.

Three pretend replicas take turns in answering. The first has a new object after ``replication_early_s``, the last
after ``replication_lag_s``; so a good answer may be followed by a refusal while the object is young. The directory
says 404; the synchronization interface says 401 UnknownError, 404, 403 and 409 in turn, which is what clients
of the real one report.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Iterator

from scim_assistant.practice.answers import Refused, denied, not_found
from scim_assistant.practice.state import Tenant

REPLICAS = 3


class Replicas:
    """Decides for each request whether the replica that answers has an object."""

    def __init__(self, tenant: Tenant) -> None:
        self._tenant = tenant
        self._asked: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)
        self._refused: defaultdict[str, Iterator[int]] = defaultdict(itertools.count)

    def has(self, object_id: str) -> bool:
        """True when the replica whose turn it is has the object."""
        tenant = self._tenant
        with tenant.lock:
            born = tenant.born.get(object_id)
            if born is None:
                return True
            factor = tenant.faults.replication_factor
            early_s = tenant.limits.replication_early_s * factor
            lag_s = tenant.limits.replication_lag_s * factor
            age_s = tenant.clock.passed_s(born)
            if age_s >= lag_s:
                return True
            replica = next(self._asked[object_id]) % REPLICAS
            return age_s >= early_s + (lag_s - early_s) * replica / (REPLICAS - 1)

    def check(self, object_id: str, *, synchronization: bool = False) -> None:
        """Refuse unless the replica has the object.

        Raises:
            Refused: It does not; the forms come in turn.
        """
        if self.has(object_id):
            return
        if not synchronization:
            raise not_found(object_id)
        with self._tenant.lock:
            turn = next(self._refused[object_id]) % 4
        raise (
            Refused(401, "UnknownError", ""),
            not_found(object_id),
            denied(),
            Refused(409, "Conflict", "The object is still being created."),
        )[turn]
