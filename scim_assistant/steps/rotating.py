"""Carries out the replacement of a Secret Token: what ``rotation`` says in values is read, tested and written here."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import Cancelled, KnownError
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.clean import clean_secret
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import explained, session_of
from scim_assistant.steps.profile import app_word, profile_of
from scim_assistant.steps.rotation import (
    DOING,
    PROVED,
    REVOKE,
    SAVED,
    STORED,
    TESTED,
    TITLES,
    OnRotated,
    Order,
    Rotated,
    is_held_back,
    revoke_sentence,
)
from scim_assistant.steps.rotation_start import (
    NOT_REPLACED,
    close_left_open,
    in_doubt,
    left_open,
    not_replaced,
    read_app,
)
from scim_assistant.steps.services import Services
from scim_assistant.steps.token_days import remember_saved
from scim_assistant.work import Work

if TYPE_CHECKING:
    from datetime import datetime

    from scim_assistant.steps.from_cloud import CloudCheck
    from scim_assistant.tenant.snapshot import AppSnapshot

_SETTLING_S: Final = 120.0
"""How long Microsoft may go on testing with the token before, in the service's seconds."""
_AGAIN_S: Final = 10.0
_LEAST_LOOKS: Final = 3
"""Servers take turns, so one look at one of them says little."""


def rotate(  # noqa: PLR0917 - work and listener last, as everywhere here
    services: Services,
    answers: Answers,
    found: Found,
    order: Order,
    so_far: Rotated,
    work: Work,
    tell: OnRotated = lambda rotated: None,
) -> Rotated:
    """Replace the token, or go on with that where it stopped.

    Args:
        order: The new token, and on whom to prove it.
        so_far: How far an earlier call came; what is done is not done again.
        tell: Told each change of a row, from the job's thread.

    Returns:
        How far it came. Cancel is no error: what was done until then is a fact.

    Raises:
        SignInNeeded: The permissions for changes have to be allowed first; nothing was sent then.
        KnownError: The session is for looking only.
    """
    session = session_of(found)
    session.require_write(NOT_REPLACED)
    return _Run(services, answers, found, order, so_far, work, tell).go()


def lift(services: Services, answers: Answers, found: Found, work: Work) -> None:
    """Let provisioning go on that Microsoft has paused because of the old token; nobody is evaluated anew.

    Raises:
        SignInNeeded: The permissions for changes have to be allowed first.
        KnownError: It was refused.
        Cancelled: The person pressed Cancel.
    """
    from scim_assistant.plan.apply import apply_alone
    from scim_assistant.plan.make import plan_lift

    session = session_of(found)
    session.require_write(say("Provisioning does not go on yet."))
    app = read_app(session, found, work)
    if app.job is not None and not app.job.is_quarantined:
        return  # it went on by itself, and starting a running job again can stop it from working
    applied = apply_alone(
        plan_lift(app), session, services.journals, work, _nobody, profile_id=answers.profile_id
    )
    if applied.trouble is not None:
        raise applied.trouble


class _Run:
    """One call of ``rotate``: the rows as they stand, and the steps behind them."""

    def __init__(  # noqa: PLR0917 - as rotate
        self,
        services: Services,
        answers: Answers,
        found: Found,
        order: Order,
        so_far: Rotated,
        work: Work,
        tell: OnRotated,
    ) -> None:
        self._services = services
        self._found = found
        self._session = session_of(found)
        self._secret = clean_secret(order.secret).value
        self._order = order
        self._work = work
        self._tell = tell
        self._profile = profile_of(answers, found)
        self._name = app_word(answers, found)
        self._app: AppSnapshot | None = None
        # Until the token is saved another may be typed, so all begins anew; then only what is not done yet.
        rows = tuple(
            row if so_far.saved and _is_done(row) else Check(row.key, row.title) for row in so_far.rows
        )
        self._now = Rotated(rows=rows, saved=so_far.saved, doubtful=so_far.doubtful)
        self._answers = replace(answers, secret=order.secret, pilot=order.pilot)

    def go(self) -> Rotated:
        """Do what is left."""
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            (TESTED, self._test),
            (SAVED, self._save),
            (STORED, self._test_stored),
            (PROVED, self._prove),
            (REVOKE, self._revoke),
        )
        for place, (key, step) in enumerate(steps):
            if _is_done(self._now.row(key)) and key != REVOKE:
                continue
            try:
                self._work.check()
                self._work.progress(place, len(steps), TITLES[key])
                self._show(key, outcome=Outcome.RUNNING, sentence=DOING[key], evidence=(), details=None)
                step()
            except Cancelled:
                if self._now.row(key).outcome is Outcome.RUNNING:
                    self._show(
                        key,
                        outcome=Outcome.WAITING,
                        sentence=say("Stopped here. Whether it was saved is not known.")
                        if key == SAVED and self._now.doubtful
                        else say("Stopped here."),
                    )
                return replace(self._now, stopped=True)
            except KnownError as error:
                self._show(
                    key,
                    outcome=Outcome.FAIL,
                    sentence=_line(error),
                    details=error.details,
                )
                return replace(self._now, trouble=error)
            if self._now.failed is not None:
                return self._now
        self._work.progress(len(steps), len(steps), say("The token was replaced"))
        self._now = replace(self._now, complete=True)
        self._tell(self._now)
        return self._now

    def _show(self, key: str, **changes: object) -> None:
        self._now = self._now.with_row(key, **changes)
        self._tell(self._now)

    def _timed(self, key: str, began: float, **changes: object) -> None:
        self._show(key, seconds=time.monotonic() - began, **changes)

    def _read_app(self) -> AppSnapshot:
        self._app = read_app(self._session, self._found, self._work)
        self._found = replace(self._found, app=self._app)
        address = self._app.secret("BaseAddress") or ""
        self._answers = replace(
            self._answers,
            tenant_url=address,
            everyone=(self._app.secret("SyncAll") or "").casefold() == "true",
        )
        return self._app

    # -- the rows

    def _test(self) -> None:
        from scim_assistant.scim.known import run_known
        from scim_assistant.steps.asked import target_of
        from scim_assistant.steps.from_cloud import Told, ask_cloud
        from scim_assistant.steps.rotation_account import look_for_people
        from scim_assistant.steps.verdict import judge_test

        began = time.monotonic()
        app = self._read_app()
        refusal = self._refusal(app)
        if refusal is not None:
            self._timed(TESTED, began, outcome=Outcome.FAIL, sentence=refusal)
            return
        target = target_of(self._answers, self._found)
        here = run_known(self._session.scim, target, self._profile, self._work)
        self._work.check()
        with explained(self._session, self._work):
            cloud = ask_cloud(self._session, app, target.tenant_url, target.secret, self._work)
        verdict = judge_test(here.layers, here.verdict, cloud, self._name)
        rows = [*here.layers, *cloud]
        evidence = tuple(
            (str(row.title), str(row.sentence))
            for row in rows
            if row.outcome is not Outcome.SKIPPED and row.sentence
        )
        outcome, sentence, next_step = verdict.outcome, verdict.sentence, verdict.next_step
        if outcome is not Outcome.FAIL and app.job is not None:
            account = look_for_people(self._session, app.job.id, target, self._name, self._work)
            evidence += account.evidence
            if account.doubt:
                outcome, sentence = Outcome.FAIL, account.doubt
                next_step = say("Make it in the account whose people Microsoft provisions.")
        if outcome is Outcome.FAIL:
            told = _told(cloud)
            # Where the app refused it for Microsoft, no mistake of the test explains that.
            anyway = told is not Told.REFUSED
            if anyway and self._order.save_anyway:
                outcome = Outcome.WARN
                sentence = say("{why} You chose to save it all the same.", why=sentence)
            elif self._now.doubtful:
                sentence = say("{why} {next_step}", why=sentence, next_step=next_step)
                self._now = replace(self._now, may_save_anyway=anyway)
            else:
                sentence = say("{why} Nothing was saved. {next_step}", why=sentence, next_step=next_step)
                self._now = replace(self._now, may_save_anyway=anyway)
        details = next((row.details for row in rows if row.outcome is Outcome.FAIL and row.details), None)
        self._timed(TESTED, began, outcome=outcome, sentence=sentence, evidence=evidence, details=details)

    def _refusal(self, app: AppSnapshot) -> Sentence | None:
        """Why the new token is not even tried: it has ended, or it is the one that is stored."""
        from scim_assistant.scim.token import read_token

        if not app.secret("BaseAddress"):
            return say("The app has no Tenant URL any more. Set up provisioning for it again.")
        token = clean_secret(self._order.secret)
        if token.problem is not None:
            return token.problem
        reading = read_token(token.value, self._profile)
        if reading.problem is not None:
            return reading.problem
        if self._order.save_anyway or is_held_back(app):
            return None
        if left_open(self._services, self._session, app) is not None:
            return None  # one that broke off asks for the same token again
        if self._is_kept(app):
            why = say("the system keyring holds the same one")
        elif self._ends_with_stored(app, reading.expires_at):
            why = say("it ends at the very same moment")
        else:
            return None
        # Some vendors let all tokens of a day end together, and a copy in the keyring may be newer than what is
        # stored, so whoever knows better is not kept from it.
        self._now = replace(self._now, may_save_anyway=True)
        return say(
            "This seems to be the token that is in use already: {why}. Make a new one at {app}.",
            why=why,
            app=self._name,
        )

    def _ends_with_stored(self, app: AppSnapshot, ends_at: datetime | None) -> bool:
        """True when the token ends when the one does that was saved from here."""
        days = self._services.token_days
        told = days.of(self._session.tenant_id, app.service_principal.id) if days is not None else None
        return told is not None and not told.entered and ends_at is not None and told.ends_at == ends_at

    def _is_kept(self, app: AppSnapshot) -> bool:
        """True when the keyring holds this very token; one that does not answer says nothing."""
        tenant_id, app_id = self._session.tenant_id, app.service_principal.id
        with suppress(KnownError):
            if _has_copy(self._services, tenant_id, app_id, self._work):
                return self._services.secrets.load(tenant_id, app_id, self._work) == self._secret
        return False

    def _save(self) -> None:
        from scim_assistant.plan.app_settings import BASE_ADDRESS, same_setting
        from scim_assistant.plan.apply import apply_alone
        from scim_assistant.plan.ledger import WRITE_SECRETS, Fate
        from scim_assistant.plan.make import plan_token

        began, tested = time.monotonic(), self._answers.tenant_url
        app = self._read_app()  # the test took its time, and what somebody has changed since must not be lost
        if not same_setting(BASE_ADDRESS, tested, self._answers.tenant_url):
            raise not_replaced(
                say("Somebody has changed the Tenant URL of the app since the new token was tested."),
                say("See that the Tenant URL is right, then try again: the token is tested there first."),
            )
        plan = plan_token(app, self._secret)
        close_left_open(self._services, self._session, app)
        applied = apply_alone(
            plan,
            self._session,
            self._services.journals,
            self._work,
            _nobody,
            profile_id=self._answers.profile_id,
            leave_open=True,  # until the last row, so that what is left to do is not forgotten
        )
        fate = applied.fates.get(WRITE_SECRETS)
        if fate is not Fate.DONE:
            trouble = applied.trouble or not_replaced(say("Nothing was sent."), say("Try again."))
            if fate is Fate.OPEN:
                self._now = replace(self._now, doubtful=True)
                trouble = in_doubt(trouble)
            raise Cancelled if applied.stopped else trouble
        self._now = replace(self._now, saved=True, doubtful=False)
        notes = self._after_saving(app)
        if applied.trouble is not None:
            # It is saved, and must not be written again: the test of what is stored comes next, and says more.
            notes.insert(0, say("What is stored could not be read back: {why}", why=applied.trouble.why))
        sentence = say("Saved. Every other setting was left as it was.")
        self._timed(
            SAVED,
            began,
            outcome=Outcome.WARN if notes else Outcome.PASS,
            sentence=say("{saved} {notes}", saved=sentence, notes=" ".join(notes)) if notes else sentence,
            evidence=(("Journal", applied.setup_id),),
        )
        if applied.stopped:
            raise Cancelled

    def _after_saving(self, app: AppSnapshot) -> list[Sentence]:
        """Remember the day, and put the new token in place of a copy in the keyring; what failed of it, in words."""
        notes: list[Sentence] = []
        tenant_id, app_id = self._session.tenant_id, app.service_principal.id
        try:
            remember_saved(self._services, tenant_id, app_id, self._profile, self._secret)
        except KnownError as error:
            notes.append(say("The day was not noted: {why}", why=error.why))
        try:
            if _has_copy(self._services, tenant_id, app_id, self._work):
                self._services.secrets.save(tenant_id, app_id, self._secret, self._work)
        except Cancelled:
            notes.append(say("A copy in the system keyring may still be the old token."))
        except KnownError as error:
            notes.append(say("A copy in the system keyring may still be the old token: {why}", why=error.why))
        return notes

    def _test_stored(self) -> None:
        from scim_assistant.steps.from_cloud import Told, ask_cloud

        began = time.monotonic()
        app = self._app or self._read_app()
        pace, looks = self._session.pace, 0
        while True:
            with explained(self._session, self._work):
                cloud = ask_cloud(self._session, app, self._answers.tenant_url, None, self._work)
            told = _told(cloud)
            waited_s = pace.service_s(time.monotonic() - began)
            looks += 1
            if told is not Told.REFUSED or (waited_s >= _SETTLING_S and looks >= _LEAST_LOOKS):
                break
            self._work.progress(
                2, 5, say("Microsoft may still test with the old token; asking again in a while")
            )
            self._work.wait(pace.real_s(_AGAIN_S))
        row = next((one for one in cloud if one.is_known), cloud[0])
        evidence = tuple((str(one.title), str(one.sentence)) for one in cloud if one.sentence)
        if told is Told.ACCEPTED:
            outcome = Outcome.PASS
            sentence = say("Microsoft's cloud reached the app with the token that it has stored.")
        elif told in (Told.UNCLEAR, Told.NOT_ASKED) or (self._order.save_anyway and told is not Told.REFUSED):
            outcome = Outcome.WARN
            sentence = say("{what} The next row shows whether it works.", what=row.sentence)
        else:
            outcome = Outcome.FAIL
            sentence = say(
                "{what} The new token is stored. Leave the old one alone, and try again in a few minutes.",
                what=row.sentence,
            )
        self._timed(
            STORED,
            began,
            outcome=outcome,
            sentence=sentence,
            evidence=(*evidence, *row.evidence),
            details=row.details,
        )

    def _prove(self) -> None:
        from scim_assistant.steps import prove

        pilot = self._order.pilot
        if pilot is None:
            self._show(PROVED, outcome=Outcome.SKIPPED, sentence=say("Left out, as you chose."))
            return
        if self._app is None:
            self._read_app()
        began = time.monotonic()

        def on_checks(checks: tuple[Check, ...]) -> None:
            done = [check for check in checks if check.sentence]
            self._show(PROVED, evidence=tuple((str(check.title), str(check.sentence)) for check in done))

        proof = prove.provision_one(
            self._services, self._answers, replace(self._found, setup_id=""), self._work, on_checks
        ).proof
        outcome = proof[-1]
        evidence = tuple((str(check.title), str(check.sentence)) for check in proof[:-1] if check.sentence)
        passed = outcome.outcome is Outcome.PASS
        self._timed(
            PROVED,
            began,
            outcome=Outcome.PASS if passed else Outcome.FAIL,
            sentence=outcome.sentence
            if passed
            else say(
                "{what} The new token stays stored. Choose somebody else, or nobody, and go on.",
                what=outcome.sentence,
            ),
            evidence=(*evidence, *outcome.evidence),
            details=outcome.details,
        )

    def _revoke(self) -> None:
        app = self._app or self._read_app()
        self._now = replace(self._now, may_lift=is_held_back(app))
        proved = self._now.row(PROVED).outcome is Outcome.PASS
        self._show(
            REVOKE,
            outcome=Outcome.PASS if proved else Outcome.WARN,
            sentence=revoke_sentence(self._profile, self._name, proved=proved),
        )
        with suppress(KnownError):  # what is left is one reminder too many
            close_left_open(self._services, self._session, app, "finished")


# Smaller things


def _has_copy(services: Services, tenant_id: str, app_id: str, work: Work) -> bool:
    """True when the keyring holds a token of this app. One that knows by itself what it holds is asked for nothing
    where it holds nothing, since it may have to be unlocked by a person."""
    from scim_assistant.steps.stored import ListedSecrets

    if isinstance(services.secrets, ListedSecrets):
        return any((one.tenant_id, one.app_id) == (tenant_id, app_id) for one in services.secrets.kept(work))
    return services.secrets.load(tenant_id, app_id, work) is not None


def _is_done(row: Check) -> bool:
    return row.outcome in (Outcome.PASS, Outcome.WARN)


def _told(cloud: tuple[CloudCheck, ...]) -> object:
    """What the cloud's rows tell of the app: the one that knows something, else the first."""
    return next((row for row in cloud if row.is_known), cloud[0]).told


def _line(error: KnownError) -> Sentence:
    return Sentence(" ".join(part for part in (error.what, error.why, error.next_step) if part))


def _nobody(change: object, state: object, trouble: object) -> None:
    """Nobody watches the changes."""
