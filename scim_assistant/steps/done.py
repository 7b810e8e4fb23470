"""Step 10: what now happens by itself, and when."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from scim_assistant.plan.wanted import Mode
from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.clean import clean_email, clean_threshold
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import app_word
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work


class DoneStep(Step):
    """Says what happens from now on."""

    key = StepKey.DONE
    group = StepGroup.GO_LIVE
    title = say("Done")
    short_title = say("Done")
    purpose = say("What happens from now on without you, and where to see it.")

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """Whose token it is; it may have been saved just before."""
        if found.session is None or found.app is None:
            return None
        return (found.session.tenant_id, found.app.service_principal.id, found.setup_id, found.started)

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Look how long the token works that was saved."""
        from scim_assistant.steps.rotation_acts import read_life

        return replace(found, token=read_life(services, answers, found))

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """Nothing is asked here."""
        return ()


def summary(answers: Answers, found: Found) -> tuple[Sentence, ...]:
    """What now happens by itself and when, one sentence each. Pure."""
    app = app_word(answers, found)
    if answers.read_only:
        return (*_to_watch(app), *_token(found))
    lines: list[Sentence] = []
    if answers.mode is Mode.MANUAL:
        lines.append(
            say("Nobody is provisioned by itself: each person is provisioned when you do it on demand.")
        )
        lines.append(say("To let it run by itself later, press Start provisioning in the monitor."))
    elif found.started and _ran_before(found):
        lines.append(
            say(
                "Provisioning runs. What was changed takes effect in the next cycle, within about 40 minutes."
            )
        )
    elif found.started:
        lines.append(
            say(
                "The first cycle has begun. It takes from 20 minutes to several hours, by how many people and groups "
                "are in scope."
            )
        )
        lines.append(say("After that, changes in Entra ID arrive at {app} about every 40 minutes.", app=app))
    else:
        lines.append(say("Provisioning is not started, so nobody arrives yet. Start it in the monitor."))
    lines.append(who(answers))
    email = clean_email(answers.notify_email).value
    if email:
        lines.append(say("If Microsoft pauses provisioning, it writes to {email}.", email=email))
    else:
        lines.append(say("No address was given for failure mail, so look into the monitor now and then."))
    guard = clean_threshold(answers.delete_threshold).value if answers.delete_guard else None
    if guard is not None:
        lines.append(
            say(
                "More than {n} in one cycle are held back until you allow them.",
                n=counted(guard, "removal", "removals"),
            )
        )
    lines += _token(found)
    lines.append(
        say(
            "In the portal all this is under Enterprise apps > {app} > Provisioning.",
            app=app,
        )
    )
    return tuple(lines)


def _token(found: Found) -> tuple[Sentence, ...]:
    """When the token ends, or that nobody knows; nothing where it was not saved from here."""
    life = found.token
    if life is None or not life.noted:
        return ()
    if life.ends_on is not None:
        return (say("{what} The monitor warns ahead of that; a new token is entered there.", what=life.what),)
    return (
        say(
            "When the token ends is not known. Once the vendor shows it, note the day in the monitor to be warned ahead."
        ),
    )


def _to_watch(app: str) -> tuple[Sentence, ...]:
    """What somebody can see who only looks."""
    return (
        say("Nothing was changed, and nothing can be changed in this session."),
        say(
            "The monitor shows how provisioning of {app} goes: its state, when it runs next, and every event of its log.",
            app=app,
        ),
        say("Search there for a person to see what happened to them, and why."),
        say("In the portal all this is under Enterprise apps > {app} > Provisioning.", app=app),
    )


def _ran_before(found: Found) -> bool:
    job = found.app.job if found.app else None
    return job is not None and job.status is not None and job.status.last_execution is not None


def who(answers: Answers) -> Sentence:
    """Who is in scope, in words."""
    if answers.everyone:
        return say("Everyone in the directory is in scope.")
    parts = [
        text
        for text, n in (
            (counted(len(answers.people), "person", "people"), len(answers.people)),
            (counted(len(answers.groups), "group", "groups"), len(answers.groups)),
        )
        if n
    ]
    if not parts:
        return say("Only those who are assigned to the app are in scope.")
    return say("In scope: {who} and whoever is assigned later.", who=" and ".join(parts))
