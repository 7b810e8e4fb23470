"""What the two halves of the connection test mean together: whose side, and what to do. Pure."""

from __future__ import annotations

from scim_assistant.check import Check, Outcome
from scim_assistant.scim.verdict import Side, SidedCheck, Verdict
from scim_assistant.sentence import Sentence, say

_TOKEN_WORDS = frozenset({"401", "403", "unauthorized", "forbidden"})
_ADDRESS_WORDS = frozenset({"404", "notfound", "301", "302", "307", "308", "moved", "found", "redirect"})


def judge_test(here: Check, cloud: Check, app: str) -> Verdict:
    """Whose side has to act.

    Args:
        here: From this computer.
        cloud: From Microsoft's cloud; skipped while the app does not exist.
        app: What to call the app.
    """
    if here.outcome is Outcome.FAIL and cloud.outcome is Outcome.PASS:
        return Verdict(
            _side_here(here),
            say("Microsoft's cloud reaches {app}; only the test from this computer failed.", app=app),
            say("Go on: provisioning comes from Microsoft's cloud."),
            may_go_on=True,
        )
    if here.outcome is Outcome.FAIL:
        return _unreached(here, app) or _both(_side_here(here), here.sentence, app)
    if cloud.outcome is Outcome.FAIL:
        return _cloud_only(here, cloud, app)
    if cloud.outcome is Outcome.WARN or here.outcome is Outcome.WARN:
        doubtful = cloud if cloud.outcome is Outcome.WARN else here
        return Verdict(
            Side.VENDOR if doubtful is here else Side.ENTRA,
            doubtful.sentence,
            say("Go on, and look at the first person that is provisioned."),
            may_go_on=True,
        )
    if cloud.outcome is Outcome.SKIPPED and here.outcome is Outcome.SKIPPED:
        return Verdict(
            Side.NONE,
            say("The stored token was not tested."),
            say("Microsoft's cloud tests it when the changes are applied."),
        )
    if cloud.outcome is Outcome.SKIPPED:
        return Verdict(
            Side.NONE,
            say("{app} answers this computer.", app=app),
            say("Microsoft's cloud tests it too when the changes are applied."),
        )
    return Verdict(
        Side.NONE, say("{app} answers and accepts the token.", app=app), say("Go on to see what is sent.")
    )


def _side_here(here: Check) -> Side:
    return here.side if isinstance(here, SidedCheck) and here.side != Side.NONE else Side.VENDOR


_REACH = {
    "name": say("its name is not known."),
    "refused": say("the connection is refused."),
    "timeout": say("no answer came in time."),
    "broken": say("the connection broke off."),
}


def _unreached(here: Check, app: str) -> Verdict | None:
    """No answer, or a web page: plain cases that deserve a sentence of their own."""
    if not isinstance(here, SidedCheck):
        return None
    if here.reach in _REACH:
        return Verdict(
            here.side,
            say("{app} cannot be reached: {why}", app=app, why=_REACH[here.reach]),
            say("Check the host name in the Tenant URL.")
            if here.reach == "name"
            else say("Check the Tenant URL; if it is right, ask the vendor whether the service is up."),
        )
    if here.side == Side.ADDRESS and "html" in dict(here.evidence).get("Content type", ""):
        return Verdict(
            Side.ADDRESS,
            say("The Tenant URL answers with a web page, not with SCIM."),
            say("Copy the Tenant URL again at {app} and paste it on the Connect page.", app=app),
        )
    return None


def _both(side: Side, cause: Sentence, app: str) -> Verdict:
    if side == Side.TOKEN:
        return Verdict(
            side,
            say("{app} refuses the Secret Token.", app=app),
            say(
                "Copy the token again at {app}, or create a new one there, and paste it on the Connect page.",
                app=app,
            ),
        )
    if side == Side.ADDRESS:
        return Verdict(
            side,
            say("The address is not the SCIM address of {app}.", app=app),
            say("Copy the Tenant URL again at {app} and paste it on the Connect page.", app=app),
        )
    if side == Side.NETWORK:
        return Verdict(
            side,
            say("Something in your network stands between this computer and {app}.", app=app),
            say("Ask your network team about the proxy or certificate, or test from another network."),
        )
    return Verdict(
        Side.VENDOR,
        say("{app} does not answer as it should. {cause}", app=app, cause=cause),
        say("Try again later; if it stays so, send the details to the vendor's support."),
    )


def _cloud_only(here: Check, cloud: Check, app: str) -> Verdict:
    status = dict(cloud.evidence).get("Answer of the app", "").casefold()
    code = dict(cloud.evidence).get("Code", "")
    if here.outcome is Outcome.SKIPPED:
        if status in _TOKEN_WORDS or code.endswith("CredentialValidationFailure"):
            return _both(Side.TOKEN, cloud.sentence, app)
        if status in _ADDRESS_WORDS:
            return _both(Side.ADDRESS, cloud.sentence, app)
        return _both(Side.VENDOR, cloud.sentence, app)
    if status in _TOKEN_WORDS:
        return Verdict(
            Side.VENDOR,
            say("{app} accepts the token from here and refuses it from Microsoft's cloud.", app=app),
            say("Ask the vendor whether the token is limited to certain addresses."),
        )
    return Verdict(
        Side.VENDOR,
        say("{app} answers this computer, but Microsoft's cloud gets no good answer.", app=app),
        say(
            "Let Microsoft's addresses (service tag AzureActiveDirectory) through the firewall in front of {app}. "
            "The test can also be wrong: you may go on and watch the first person.",
            app=app,
        ),
    )
