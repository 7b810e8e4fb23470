"""Order, branches and state of the steps. Pure: the window and the walk ask the same questions here."""

from __future__ import annotations

from enum import Enum

from scim_assistant.sentence import Sentence
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.connect import ConnectStep
from scim_assistant.steps.done import DoneStep
from scim_assistant.steps.found import Found
from scim_assistant.steps.mappings import MappingsStep
from scim_assistant.steps.prove import ProveStep
from scim_assistant.steps.register import RegisterStep
from scim_assistant.steps.review import ReviewStep
from scim_assistant.steps.scope import ScopeStep
from scim_assistant.steps.sign_in import SignInStep
from scim_assistant.steps.start import StartStep
from scim_assistant.steps.step import Step, StepKey
from scim_assistant.steps.test_connection import TestConnectionStep

STEPS: tuple[Step, ...] = (
    StartStep(),
    SignInStep(),
    RegisterStep(),
    ConnectStep(),
    TestConnectionStep(),
    MappingsStep(),
    ScopeStep(),
    ReviewStep(),
    ProveStep(),
    DoneStep(),
)
"""The steps in the order of the rail. Steps hold nothing, so one object each serves everybody."""

ORDER: tuple[StepKey, ...] = tuple(step.key for step in STEPS)

LOOKING: tuple[StepKey, ...] = (StepKey.START, StepKey.SIGN_IN, StepKey.REGISTER, StepKey.DONE)
"""The steps of somebody who changes nothing: find the app, then watch it."""


class StepState(Enum):
    """How a step shows in the rail."""

    DONE = "done"
    CURRENT = "current"
    ATTENTION = "attention"
    WAITING = "waiting"


def step_of(key: StepKey) -> Step:
    """The step with this key."""
    return STEPS[ORDER.index(key)]


def path(answers: Answers, found: Found) -> tuple[StepKey, ...]:
    """The steps that this set-up goes through, in order; who only looks goes from the app straight to the end.

    A set-up that was left half done skips what was decided before: after signing in it goes to the review, by way of
    the connection when the token has to be entered again.
    """
    if answers.read_only:
        return LOOKING
    stands = found.resumption
    if not answers.resume or (stands is not None and not stands.wanted.tenant_url):
        # One that broke off while the app was registered has decided nothing else yet.
        return ORDER
    if stands is not None and not stands.needs_secret and not stands.choices:
        skipped = {
            StepKey.REGISTER,
            StepKey.CONNECT,
            StepKey.TEST_CONNECTION,
            StepKey.MAPPINGS,
            StepKey.SCOPE,
        }
    else:
        skipped = {StepKey.REGISTER, StepKey.MAPPINGS, StepKey.SCOPE}
    return tuple(key for key in ORDER if key not in skipped)


def next_step(key: StepKey, answers: Answers, found: Found) -> StepKey | None:
    """The step after this one, None at the end."""
    later = [step for step in path(answers, found) if ORDER.index(step) > ORDER.index(key)]
    return later[0] if later else None


def why_not_next(key: StepKey, answers: Answers, found: Found) -> Sentence:
    """Why one cannot go on from here, in one sentence; empty when one can."""
    for problem in step_of(key).problems(answers, found):
        if problem.blocks:
            return problem.sentence
    return Sentence("")


def state_of(key: StepKey, current: StepKey, answers: Answers, found: Found) -> StepState:
    """How a step shows in the rail while another, or it itself, is open."""
    if key is current:
        return StepState.CURRENT
    if ORDER.index(key) > ORDER.index(current):
        return StepState.WAITING
    if key not in path(answers, found):
        return StepState.DONE
    return StepState.ATTENTION if why_not_next(key, answers, found) else StepState.DONE
