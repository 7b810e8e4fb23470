"""Step 4: Tenant URL and Secret Token, as the vendor shows them."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from dataclasses import replace

from scim_assistant.scim.address import TOKEN_IN_HOST, holds_token
from scim_assistant.scim.token import TokenReading, read_token
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence, say
from scim_assistant.steps.answers import Answers, AppChoice
from scim_assistant.steps.clean import clean_secret, clean_tenant_url
from scim_assistant.steps.found import Found
from scim_assistant.steps.profile import profile_of
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey


class ConnectStep(Step):
    """Asks for the address and token of the SCIM service."""

    key = StepKey.CONNECT
    group = StepGroup.CONNECT
    title = say("Connect to the app")
    short_title = say("Connect")
    purpose = say("Paste the address and the token that the app shows to administrators.")

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """What cleaning could not put right stops; what it did put right is said."""
        profile = profile_of(answers, found)
        if profile is None:
            return (Problem("", say("Choose the app on the first page.")),)
        problems: list[Problem] = []
        address = clean_tenant_url(answers.tenant_url, profile, is_practice=_is_practice(found))
        if address.problem is not None:
            problems.append(Problem("tenant_url", address.problem))
        elif holds_token(answers.tenant_url, clean_secret(answers.secret).value):
            problems.append(Problem("tenant_url", TOKEN_IN_HOST))
        problems += [Problem("tenant_url", note, blocks=False) for note in address.notes]
        if keeps_stored_secret(answers, found):
            if address.problem is None and address.value != stored_address(found):
                problems.append(
                    Problem(
                        "secret",
                        say("Enter the token too: Microsoft replaces address and token together."),
                    )
                )
            else:
                problems.append(
                    Problem(
                        "secret",
                        say("Left empty, the token stored in Microsoft's cloud stays."),
                        blocks=False,
                    )
                )
            return tuple(problems)
        token = clean_secret(answers.secret)
        if token.problem is not None:
            problems.append(Problem("secret", token.problem))
        problems += [Problem("secret", note, blocks=False) for note in token.notes]
        refusal = _keyring_refusal(token.value) if answers.keep_secret else ""
        if refusal:
            problems.append(
                Problem(
                    "keep_secret",
                    say("The keyring cannot keep this token: {why} Clear this box to go on.", why=refusal),
                )
            )
        if token.problem is None:
            # None of it stops anybody: what a token says of itself is not proven, and this clock may be wrong.
            seen = token_reading(answers, found)
            told = (seen.problem, *seen.warnings) if seen.problem is not None else seen.warnings
            problems += [
                Problem("secret", sentence, blocks=False) for sentence in told if sentence is not None
            ]
        return tuple(problems)

    def suggest(self, answers: Answers, found: Found) -> Answers:
        """Takes over the address that an existing app has stored."""
        if answers.tenant_url or answers.app_choice is not AppChoice.REUSE:
            return answers
        return replace(answers, tenant_url=stored_address(found))

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """Nothing to look up."""
        return None


def _keyring_refusal(secret: Secret) -> Sentence:
    """Why this platform's keyring can never hold the token, known before anything is written; empty when it can."""
    from scim_assistant.vault import Vault

    return Vault(platform=sys.platform).refusal(secret)


def _is_practice(found: Found) -> bool:
    return found.session is not None and found.session.is_practice


def can_replace(answers: Answers, found: Found) -> bool:
    """True when a stored token could be replaced by the guided way, which leaves all else as it is. Pure."""
    return keeps_stored_secret(answers, found) and found.app is not None and found.app.job is not None


def stored_address(found: Found) -> str:
    """The Tenant URL that the app has stored, empty when it has none."""
    return (found.app.secret("BaseAddress") if found.app else None) or ""


def keeps_stored_secret(answers: Answers, found: Found) -> bool:
    """True when the token field is empty and the app has a token stored that can stay."""
    return (
        not clean_secret(answers.secret).value
        and found.app is not None
        and bool(found.app.secret("SecretToken"))
        and not (found.resumption is not None and found.resumption.needs_secret)
    )


def token_reading(answers: Answers, found: Found) -> TokenReading:
    """What is to be seen of the token that was entered, beside its field and under its details. Pure."""
    return read_token(clean_secret(answers.secret).value, profile_of(answers, found))
