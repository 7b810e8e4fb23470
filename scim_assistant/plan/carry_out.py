"""Carries out single changes: look, journal, send, journal, wait until it is known everywhere.

One class with one method a kind of change. What it does with the outcome is the business of ``apply.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from scim_assistant.errors import (
    KnownError,
    ServiceRefused,
    SignInNeeded,
)
from scim_assistant.graph import applications, synchronization
from scim_assistant.graph.client import GraphAnswer
from scim_assistant.graph.read import read
from scim_assistant.graph.types import (
    AppRoleAssignment,
    Instantiated,
    SecretEntry,
    SynchronizationJob,
    SynchronizationTemplate,
    same,
)
from scim_assistant.graph.validation import explain_validation
from scim_assistant.plan import app_settings, ledger, look
from scim_assistant.plan.change import Change, ChangeKind, ChangeState
from scim_assistant.plan.journal import Journal
from scim_assistant.plan.ledger import Write, read_ledger
from scim_assistant.plan.sending import Sending, error_data
from scim_assistant.plan.wanted import Wanted
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.tenant.session import Session
from scim_assistant.work import Work

T = TypeVar("T")

READ_BACK_S = 120.0
"""How long settings may take to be read back as written, in the service's seconds, where the app is not new."""


class CarryOut(Sending):
    """Makes the changes of one plan in one tenant.

    Args:
        wanted: What the plan is for; holds the secret for the credential test.
        session: Who writes where.
        journal: Told before and after each write.
        work: Cancel and progress.
    """

    def __init__(self, wanted: Wanted, session: Session, journal: Journal, work: Work) -> None:
        told = read_ledger(journal.entries())
        super().__init__(told, session, journal, work)
        self._wanted = wanted
        self._tested = told.tested or wanted.cloud_tested
        self._assignments: dict[str, AppRoleAssignment] | None = None
        self.ids.app = wanted.service_principal_id or told.service_principal_id

    def carry_out(self, change: Change) -> ChangeState:
        """Make one change; ``ALREADY`` when it was so.

        Raises:
            KnownError: It could not be made, or nobody can say whether it was.
            Cancelled: The person pressed Cancel, before it was sent or after it took effect.
        """
        act: dict[ChangeKind, Callable[[Change], ChangeState]] = {
            ChangeKind.CREATE_APP: self._create_app,
            ChangeKind.CREATE_JOB: self._create_job,
            ChangeKind.WRITE_SECRETS: self._write_secrets,
            ChangeKind.ASSIGN: self._assign,
            ChangeKind.PAUSE: self._pause,
            ChangeKind.START: self._start,
            ChangeKind.RESTART: self._restart,
            ChangeKind.UNASSIGN: self._remove,
            ChangeKind.REMOVE_JOB: self._remove,
            ChangeKind.REMOVE_APP: self._remove,
            ChangeKind.RESTORE_SECRETS: self._restore_secrets,
        }
        return act[change.kind](change)

    # Creating

    def _create_app(self, change: Change) -> ChangeState:
        if self.ids.app:
            return ChangeState.ALREADY
        pending = self._pending(change.key)
        if pending is not None and self._adopt(change, pending):
            return ChangeState.ALREADY
        template_id, name = self._wanted.template_id, self._wanted.app_name
        there = applications.find_service_principals(self._client, template_id, self._work)
        before = {"name": name, "template_id": template_id, "there": [one.id for one in there]}

        def read_ids(answer: GraphAnswer) -> dict[str, Any]:
            made = read(answer, Instantiated)
            return {
                "service_principal_id": made.service_principal.id,
                "application_id": made.application.id,
                "created_at": datetime.now(UTC),
            }

        def find(write: Write) -> dict[str, Any] | None:
            return self._own_app(write)

        ids = self._create(change, before, read_ids, find)
        self.ids.app, self.ids.application = ids["service_principal_id"], ids["application_id"]
        self._born_at = datetime.now(UTC)
        self._wait_for_app()
        return ChangeState.DONE

    def _create_job(self, change: Change) -> ChangeState:
        template = self._template()
        self.ids.template = template.id
        job = look.usual_job(self._jobs(), template.id)
        pending = self._pending(change.key)
        if job is None and pending is not None:
            job = self._look_for_job(template.id, pending)
        if job is not None:
            self._after(change.key, job_id=job.id, already=True)
            self.ids.job = job.id
            return ChangeState.ALREADY

        def find(write: Write) -> dict[str, Any] | None:
            found = self._look_for_job(template.id, write)
            return {"job_id": found.id} if found else None

        ids = self._create(
            change,
            {"service_principal_id": self.ids.app, "template_id": template.id},
            lambda answer: {"job_id": read(answer, SynchronizationJob).id},
            find,
        )
        self.ids.job = ids["job_id"]
        self._born_at = datetime.now(UTC)
        self._say(say("Waiting until Microsoft knows the new job everywhere"))
        self._patiently(lambda: synchronization.get_job(self._client, self.ids.app, self.ids.job, self._work))
        return ChangeState.DONE

    def _assign(self, change: Change) -> ChangeState:
        principal_id = change.key.removeprefix(ledger.assign_key(""))
        there = self._assigned()
        pending = self._pending(change.key)
        found = there.get(principal_id.casefold())
        if found is None and pending is not None:
            found = self._look_for_assignment(principal_id, pending)
        if found is not None:
            self._after(change.key, assignment_id=found.id, already=True)
            return ChangeState.ALREADY

        def find(write: Write) -> dict[str, Any] | None:
            seen = self._look_for_assignment(principal_id, write)
            return {"assignment_id": seen.id} if seen else None

        self._role()
        try:
            self._create(
                change,
                {"service_principal_id": self.ids.app, "principal_id": principal_id},
                lambda answer: {"assignment_id": read(answer, AppRoleAssignment).id},
                find,
            )
        except ServiceRefused as error:
            if not applications.is_already_assigned(error):
                raise
            self._after(change.key, already=True)
            return ChangeState.ALREADY
        return ChangeState.DONE

    def _adopt(self, change: Change, pending: Write) -> bool:
        """Take up the app that an earlier attempt made, if it did; True when there is one now."""
        found = self._own_app(pending)
        if found is None:
            self._journal.write("refused", change.key, looked=True)
            return False
        self._after(change.key, found=True, **found)
        self.ids.app, self.ids.application = found["service_principal_id"], found["application_id"]
        self._born_at = found["created_at"]
        self._wait_for_app()
        return True

    def _own_app(self, write: Write) -> dict[str, Any] | None:
        candidates = look.look_for_app(self._session, write, self._work)
        if not candidates:
            return None
        if len(candidates) == 1 and candidates[0].fits:
            return app_data(candidates[0])
        raise KnownError(
            say("The app {name} was not registered.", name=self._wanted.app_name),
            say(
                "Apps of this name have turned up in the tenant, and it is not certain that this set-up made one."
            ),
            say("Go on with the set-up from the start page, and choose which app belongs to it."),
        )

    # Settings

    def _write_secrets(self, change: Change) -> ChangeState:
        if not self._tested and self._wanted.secret:
            self._test_in_cloud()
        stored = app_settings.stored_settings(self._secrets())
        new = app_settings.settings_of(change.request)
        if change.was is not None and not self._unchanged(dict(change.was), stored, new):
            raise KnownError(
                say("The connection and the settings were not saved."),
                say("They were changed by somebody else after this plan was made."),
                say("Make the plan again and look at the new values."),
            )
        narrowed = same(stored.get(app_settings.SYNC_ALL), "true") and not self._wanted.everyone
        self._put_settings(change, new, was=stored, narrowed=narrowed)
        self._confirm(change, new)
        return ChangeState.DONE

    def _restore_secrets(self, change: Change) -> ChangeState:
        new = app_settings.settings_of(change.request)
        self._put_settings(change, new)
        return ChangeState.DONE

    def _put_settings(self, change: Change, new: Mapping[str, str | Secret], **data: Any) -> None:
        self._journal.write("before", change.key, keys=list(new), **data)
        self._send_repeatable(change)
        self._after(change.key)

    def _confirm(self, change: Change, new: Mapping[str, str | Secret]) -> None:
        """Read back what was written; of a secret, that there is one."""

        def find() -> bool | None:
            stored = {entry.key: entry.value or "" for entry in self._secrets()}
            return (
                all(app_settings.as_written(key, value, stored.get(key, "")) for key, value in new.items())
                or None
            )

        confirmed = look.look_until(
            find,
            since=datetime.now(UTC),
            session=self._session,
            work=self._work,
            sentence=say("Waiting until Microsoft shows the settings as they were written"),
            look_s=look.LOOK_S if self._born_at else READ_BACK_S,
            young=self._born_at is not None,
        )
        if not confirmed:
            raise KnownError(
                say("The settings were written but not confirmed."),
                say("Microsoft still shows other values."),
                say("Apply again. If it stays so, look in the portal under Enterprise apps > Provisioning."),
            )
        self._journal.write("confirmed", change.key, keys=list(new))

    def _test_in_cloud(self) -> None:
        """Microsoft's own credential test, for a set-up whose app did not exist when the connection was tested."""
        self._say(say("Testing the connection from Microsoft's cloud"))

        def test() -> None:
            try:
                synchronization.validate_credentials(
                    self._client,
                    self.ids.app,
                    self.ids.job or None,
                    None if self.ids.job else self._template().id,
                    self._wanted.tenant_url,
                    self._wanted.secret,
                    self._work,
                )
            except ServiceRefused as error:
                verdict = explain_validation(error)
                if "credentialvalidation" not in verdict.code.casefold():
                    raise
                # Not a ServiceRefused any more: the verdict on the credentials must not pass for replication lag.
                raise KnownError(
                    say(
                        "The connection test from Microsoft's cloud failed, so nothing was written after it."
                    ),
                    _why_not(verdict.response_status),
                    say("Check Tenant URL and Secret Token on the Connect page, then apply again."),
                    error.details,
                ) from error

        self._patiently(test)
        self._journal.write("tested")
        self._tested = True

    @staticmethod
    def _unchanged(
        planned: Mapping[str, str], stored: Mapping[str, str], new: Mapping[str, str | Secret]
    ) -> bool:
        """True when the settings are as the plan saw them, or already as it would write them."""

        def alike(key: str) -> bool:
            now = stored.get(key, "")
            written = new.get(key, "")
            return app_settings.same_setting(key, planned.get(key, ""), now) or (
                isinstance(written, str) and app_settings.same_setting(key, written, now)
            )

        return all(
            alike(key)
            for key in (app_settings.BASE_ADDRESS, app_settings.SYNC_ALL, app_settings.NOTIFICATIONS)
        )

    # The job

    def _pause(self, change: Change) -> ChangeState:
        job = self._job()
        if not job.is_scheduled and not job.is_quarantined:
            return ChangeState.ALREADY
        return self._plain(change, was={"scheduled": True})

    def _start(self, change: Change) -> ChangeState:
        job = self._job()
        if job.is_scheduled and not job.is_quarantined:
            return ChangeState.ALREADY  # starting a running job again can stop it from working
        return self._plain(change, was={"scheduled": job.is_scheduled})

    def _restart(self, change: Change) -> ChangeState:
        return self._plain(change, was={"scheduled": self._job().is_scheduled})

    def _plain(self, change: Change, was: Mapping[str, Any] | None = None) -> ChangeState:
        self._journal.write("before", change.key, was=was)
        self._send_repeatable(change)
        self._after(change.key)
        return ChangeState.DONE

    def _job(self) -> SynchronizationJob:
        jobs = self._jobs()
        job = next((one for one in jobs if one.id == self.ids.job), None) or look.usual_job(jobs)
        if job is None and self.ids.job and self._born_at is not None:
            job = self._patiently(
                lambda: synchronization.get_job(self._client, self.ids.app, self.ids.job, self._work)
            )
        if job is None:
            raise KnownError(
                say("Provisioning was not changed."),
                say("The app has no provisioning job any more."),
                say("Set up provisioning for the app again."),
            )
        self.ids.job = job.id
        return job

    # Removing

    def _remove(self, change: Change) -> ChangeState:
        self._journal.write("before", change.key)
        state = ChangeState.DONE
        try:
            self._send(change)
        except (ServiceRefused, SignInNeeded) as error:
            if not applications.is_gone(error):
                self._journal.write("refused", change.key, **error_data(error))
                raise
            state = ChangeState.ALREADY
        self._after(change.key, already=state is ChangeState.ALREADY)
        return state

    # Looking and sending

    def check_app(self) -> None:
        """See that the app that is to be changed is there.

        Raises:
            KnownError: It is gone, or cannot be read.
        """
        if self.ids.app:
            self._patiently(
                lambda: applications.get_service_principal(self._client, self.ids.app, self._work)
            )

    def _wait_for_app(self) -> None:
        """Wait until both halves of a new app have answered once; later calls still excuse a server that lags."""
        self._say(say("Waiting until Microsoft knows the new app everywhere"))
        if self.ids.application:
            self._patiently(
                lambda: applications.get_application(self._client, self.ids.application, self._work)
            )
        self.check_app()

    def _template(self) -> SynchronizationTemplate:
        def find() -> tuple[SynchronizationTemplate, ...] | None:
            return synchronization.list_templates(self._client, self.ids.app, self._work) or None

        if self._born_at is None:
            templates = find()
        else:
            # A server that does not know the new app yet may also say that it offers nothing.
            templates = look.look_until(
                find,
                since=self._born_at,
                session=self._session,
                work=self._work,
                sentence=say("Waiting until Microsoft offers provisioning for the new app"),
            )
        offered = templates or ()
        default = next((one for one in offered if one.default), None)
        chosen = default or (offered[0] if len(offered) == 1 else None)
        if chosen is None:
            raise KnownError(
                say("The provisioning job was not created."),
                say("The app offers no provisioning.")
                if not offered
                else say("The app offers several kinds of provisioning, and none of them is the usual one."),
                say(
                    "Choose another entry of the gallery, or create the job in the portal and reuse the app here."
                ),
            )
        return chosen

    def _look_for_job(self, template_id: str, write: Write) -> SynchronizationJob | None:
        return look.look_for_job(
            self._session, self.ids.app, self._work, template_id=template_id, since=write.before_at
        )

    def _look_for_assignment(self, principal_id: str, write: Write) -> AppRoleAssignment | None:
        return look.look_for_assignment(
            self._session, self.ids.app, self._work, principal_id=principal_id, since=write.before_at
        )

    def _role(self) -> None:
        if not self.ids.role:
            self.ids.role = applications.assignment_role(
                self._patiently(
                    lambda: applications.get_service_principal(self._client, self.ids.app, self._work)
                )
            )

    def _jobs(self) -> tuple[SynchronizationJob, ...]:
        return self._patiently(lambda: synchronization.list_jobs(self._client, self.ids.app, self._work))

    def _secrets(self) -> tuple[SecretEntry, ...]:
        return self._patiently(lambda: synchronization.get_secrets(self._client, self.ids.app, self._work))

    def _assigned(self) -> dict[str, AppRoleAssignment]:
        """Who was assigned when the first assignment of this plan was looked at."""
        if self._assignments is None:
            found = self._patiently(
                lambda: applications.list_assignments(self._client, self.ids.app, self._work)
            )
            self._assignments = {(one.principal_id or "").casefold(): one for one in found}
        return self._assignments


def app_data(candidate: look.Candidate) -> dict[str, Any]:
    """What the journal keeps of an app that was found."""
    return {
        "service_principal_id": candidate.service_principal.id,
        "application_id": candidate.application_id,
        "created_at": candidate.created_at or datetime.now(UTC),
    }


def _why_not(answered: str | None) -> Sentence:
    """The verdict of the credential test in words, from how the SCIM service answered Microsoft's cloud."""
    if answered is None:
        return say("Microsoft's cloud got no usable answer from the Tenant URL.")
    if answered.casefold() in ("unauthorized", "forbidden", "401", "403"):
        return say("The service at the Tenant URL refused the Secret Token ({answer}).", answer=answered)
    return say("The service at the Tenant URL answered Microsoft's cloud with {answer}.", answer=answered)
