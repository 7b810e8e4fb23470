"""What the answer of Microsoft's cloud means where this computer has nothing to set against it. Pure."""

from __future__ import annotations

from scim_assistant.check import Outcome
from scim_assistant.scim.verdict import Side, Sureness, Verdict
from scim_assistant.sentence import say
from scim_assistant.steps.from_cloud import CloudCheck, Told


def well(app: str) -> Verdict:
    """Nobody has to act."""
    return Verdict(
        Side.NONE, say("{app} answers and accepts the token.", app=app), say("Go on to see what is sent.")
    )


def cloud_alone(said: CloudCheck, app: str) -> Verdict:
    """What the cloud's answer means where this computer could not ask."""
    match said.told:
        case Told.ACCEPTED:
            return well(app)
        case Told.NOT_ASKED:
            return Verdict(
                Side.NONE,
                say("The stored token was not tested."),
                say("Microsoft's cloud tests it when the changes are applied."),
            )
        case Told.UNCLEAR:
            return Verdict(
                Side.ENTRA,
                said.sentence,
                say("Enter the token on the Connect page, so that this computer can test too."),
                may_go_on=said.outcome is Outcome.WARN,
                sure=Sureness.POSSIBLE,
            )
        case Told.REFUSED:
            return Verdict(
                Side.TOKEN,
                say("{app} refuses the Secret Token.", app=app),
                say(
                    "Copy the token again at {app}, or create a new one there, and paste it on the Connect page.",
                    app=app,
                ),
                sure=Sureness.LIKELY,
            )
        case Told.FORBIDDEN:
            return Verdict(
                Side.VENDOR,
                say("{app} turns Microsoft's cloud away (status 403).", app=app),
                say(
                    "See at {app} whether the token may list people, and whether Microsoft's addresses (service tag "
                    "AzureActiveDirectory) are let in.",
                    app=app,
                ),
                sure=Sureness.POSSIBLE,
            )
        case Told.ODD if said.status is not None and (said.status == 404 or 300 <= said.status < 400):
            return Verdict(
                Side.ADDRESS,
                say("The address is not the SCIM address of {app}.", app=app),
                say("Copy the Tenant URL again at {app} and paste it on the Connect page.", app=app),
                sure=Sureness.LIKELY,
            )
        case Told.UNREACHED:
            return Verdict(
                Side.VENDOR,
                say("Microsoft's cloud gets no answer from {app}.", app=app),
                say(
                    "Check the Tenant URL. If it is right, ask the vendor whether the service is up and lets Microsoft's "
                    "addresses (service tag AzureActiveDirectory) in."
                ),
                sure=Sureness.POSSIBLE,
            )
    return Verdict(
        Side.VENDOR,
        say("{app} does not answer as it should. {cause}", app=app, cause=said.sentence),
        say("Try again later; if it stays so, send the details to the vendor's support."),
        sure=Sureness.LIKELY,
    )
