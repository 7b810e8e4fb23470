"""Hand-made results of the deep check at example.com; what they come to is judged by the program itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from scim_assistant.check import Outcome
from scim_assistant.scim.deep import catalogue as key
from scim_assistant.scim.deep.catalogue import BY_KEY, planned_checks
from scim_assistant.scim.deep.found import DeepCheck, DeepOutcome, Spoken
from scim_assistant.scim.deep.outcome import judge
from scim_assistant.scim.deep.trial import Stop
from scim_assistant.scim.target import Target
from scim_assistant.scim.verdict import Side
from scim_assistant.secret import Secret
from scim_assistant.sentence import say

TARGET = Target("https://scim.example.com/scim/v2", Secret("tok-" + "7f3a9c51" * 8))
USER = "4b1c2d3e-0000-4000-8000-00000000000a"
MARK = "scim-assistant-check-3f9a1c5be207"

PATCH = Spoken(
    f"""PATCH /scim/v2/Users/{USER}
Authorization: Bearer ***
Content-Type: application/scim+json

{{
  "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  "Operations": [
    {{"op": "Replace", "path": "active", "value": "False"}}
  ]
}}""",
    f"""200 OK
Content-Type: application/scim+json

{{"id": "{USER}", "userName": "{MARK}@example.com", "active": true}}""",
    0.084,
)
READ = Spoken(
    f"GET /scim/v2/Users/{USER}\nAuthorization: Bearer ***\nAccept: application/scim+json",
    f"""200 OK
Content-Type: application/scim+json

{{
  "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
  "id": "{USER}",
  "userName": "{MARK}@example.com",
  "active": true
}}""",
    0.061,
)

_GOOD = {
    key.LEFTOVERS: "No earlier run left anything.",
    key.USER_ABSENT: "Nobody is found where nobody is.",
    key.USER_CREATE: "The person was made (201), with an id of their own.",
    key.USER_FIND: "The person is found by the user name.",
    key.USER_DUPLICATE: "A second one is refused (409, uniqueness).",
}


def ended(name: str) -> DeepCheck:
    """One check that passed."""
    planned = BY_KEY[name]
    return replace(
        planned.waiting(),
        outcome=Outcome.PASS,
        sentence=say(_GOOD.get(name, "It did what was asked.")),
        means=planned.good,
        seconds=0.12,
        evidence=(("Status", "200"),),
        spoken=(READ,),
    )


def failed(name: str, sentence: str, outcome: Outcome = Outcome.FAIL) -> DeepCheck:
    """One check that failed, or warned."""
    planned = BY_KEY[name]
    return replace(
        planned.waiting(),
        outcome=outcome,
        sentence=say(sentence),
        means=planned.bad,
        seconds=0.15,
        evidence=(("Status", "200"), ("Asked for", "active: false"), ("Read back", "active: true")),
        spoken=(PATCH, READ),
    )


def checks(changed: Mapping[str, DeepCheck] | None = None) -> tuple[DeepCheck, ...]:
    """All of them, passed but for the changes."""
    return tuple((changed or {}).get(one.key) or ended(one.key) for one in planned_checks())


def _outcome(
    rows: tuple[DeepCheck, ...],
    left: tuple[str, ...] = (),
    stop: Stop | None = None,
    *,
    cancelled: bool = False,
) -> DeepOutcome:
    return judge(rows, TARGET, left, stop, cancelled=cancelled, requests=43, seconds=6.8)


def running(done: int = 9) -> tuple[DeepCheck, ...]:
    """So many done, the next one running."""
    rows = []
    for number, one in enumerate(planned_checks()):
        if number < done:
            rows.append(ended(one.key))
        else:
            rows.append(replace(one, outcome=Outcome.RUNNING) if number == done else one)
    return tuple(rows)


GOOD = _outcome(checks())
FAILED = _outcome(
    checks({
        key.USER_DISABLE_LEGACY: failed(
            key.USER_DISABLE_LEGACY, "It answered 200 and left the person active: the text False was taken for true."
        ),
        key.USER_CHANGE_STANDARD: failed(
            key.USER_CHANGE_STANDARD, "It answered 200 and dropped name.givenName and the department."
        ),
        key.MEMBER_OTHER_LEGACY: failed(
            key.MEMBER_OTHER_LEGACY, "All members were removed, though only one was named who is not in the group."
        ),
        key.USER_FIND_CASE: failed(key.USER_FIND_CASE, "Not found in capital letters.", Outcome.WARN),
        key.USER_DUPLICATE: failed(
            key.USER_DUPLICATE, "It answered 500 where 409 was due; no second person was made.", Outcome.WARN
        ),
    })
)  # fmt: skip
WITH_FLAG = _outcome(
    checks({
        key.USER_DISABLE_LEGACY: failed(
            key.USER_DISABLE_LEGACY, "It answered 200 and left the person active: the text False was taken for true."
        )
    })
)  # fmt: skip
LEFT = _outcome(
    checks({
        key.USER_DELETE: failed(key.USER_DELETE, "Deletion is refused (405).", Outcome.WARN),
        key.USER_GONE: failed(key.USER_GONE, "The person is still found, active.", Outcome.WARN),
    }),
    (f"Person {MARK}@example.com, id {USER}",),
)  # fmt: skip


def _stopped_checks(done: int) -> tuple[DeepCheck, ...]:
    return tuple(
        one
        if one.outcome is Outcome.PASS
        else replace(one, outcome=Outcome.SKIPPED, sentence=say("The check was stopped."))
        for one in running(done)
    )


STOPPED = _outcome(_stopped_checks(9), cancelled=True)
GONE = _outcome(
    (
        *checks()[:12],
        *(
            replace(
                one,
                outcome=Outcome.SKIPPED,
                sentence=say("The service stopped answering before this was tried."),
            )
            for one in planned_checks()[12:]
        ),
    ),
    (f"Person {MARK}@example.com, id {USER}", f"Group {MARK}"),
    Stop(
        say("The service stopped answering before this was tried."),
        Side.VENDOR,
        say("Run the deep check again later: it takes away first what is left."),
    ),
)
