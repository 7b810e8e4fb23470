"""What the two columns of the connection test mean together: whose side, how sure, and what to do. Pure.

From this computer the service is looked at layer by layer; provisioning comes from Microsoft's cloud. Where both tell
of the service, what the cloud was told counts, and the difference between the two names the cause:

=============================  ==========================  =====================================================
from this computer             from Microsoft's cloud      verdict
=============================  ==========================  =====================================================
passes                         accepted                    nobody has to act
warns                          accepted                    the warning; one may go on
was put off with 429           an answer                   what it means by itself
was put off with 429           nothing of the app          busy: nothing is known yet; one may go on
fails, cannot be let pass (1)  anything                    what this computer found
cannot get there (2)           accepted                    network, likely; one may go on
turned away with 403           accepted                    vendor, likely: an allow-list; one may go on
token refused                  accepted                    token, likely: tied to addresses; one may go on
no SCIM at this address        accepted                    network, possible: something else answers here; one may
                                                           go on
fails otherwise                accepted                    as found here, possible; one may go on
passes or warns, and the name  no answer                   network, likely: reachable only from inside; certain where
leads only inside                                          the cloud does not know the name
passes or warns                no answer                   vendor, likely: a firewall or an allow-list; TLS or the
                                                           certificate where both sides saw a fault in them
passes or warns                403                         vendor, likely: an allow-list
passes or warns                token refused               vendor, likely: the token is tied to addresses
passes or warns                429                         vendor, likely: busy
passes, groups missing         any other answer            vendor, likely: Microsoft's test reads a group too
passes or warns                any other answer            vendor, likely: it answers the two differently
passes or warns                says nothing of the app     entra, possible: the test can be wrong
cannot get there (2)           an answer                   what the answer means, since provisioning comes from there
this network is in the way     no answer                   what that means, since the cloud does not pass there
fails                          fails, the same             as found here, and surer
fails                          fails, otherwise            as found here
fails                          nothing of the app          as found here
passes or warns                not asked                   as found here; the cloud tests when applied
cannot ask: stored token (3)   an answer                   what it means by itself, never certain
cannot ask: stored token (3)   no answer                   the same, with what was seen on the way
cannot ask: stored token (3)   not asked                   nobody; what bars the way is told, and one may go on
=============================  ==========================  =====================================================

(1) With status 200 the service certainly does wrong: it does not check tokens, names people whom nobody asked for, or
gives no list at all. Microsoft would take over the wrong accounts, however content its own test is.
(2) The host name, the connection, the encryption, no answer at all, or a sign-in that this network wants first.
(3) The stored token is known to Microsoft's cloud only; what can be seen without it is looked at all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from scim_assistant.check import Check, Outcome, worst
from scim_assistant.errors import Reach
from scim_assistant.scim import layers
from scim_assistant.scim.here.verdict import was_put_off
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness, Verdict
from scim_assistant.sentence import say
from scim_assistant.steps.from_cloud import CloudCheck, Told
from scim_assistant.steps.verdict_cloud import cloud_alone, well

_WAY: Final = frozenset({layers.NAME, layers.TCP, layers.TLS})
"""Layers below any answer."""

_SILENT: Final = frozenset({Told.NOT_ASKED, Told.UNREACHED, Told.UNCLEAR})
"""What the cloud says where no answer of the app is behind it."""

_OF_ENCRYPTION: Final = frozenset({"", Reach.TLS.value, Reach.BROKEN.value})
"""How the cloud got no answer where the encryption may be why; empty where it does not say."""

_GO_ON_CLOUD: Final = say("Go on: provisioning comes from Microsoft's cloud.")


def judge_test(here: Sequence[Check], own: Verdict | None, cloud: Sequence[Check], app: str) -> Verdict:
    """Whose side has to act.

    Args:
        here: The layers as this computer found them.
        own: What they come to by themselves; None where this computer could not ask with the token.
        cloud: The rows of Microsoft's cloud; skipped while the app does not exist.
        app: What to call the app.
    """
    said = _said(cloud)
    failed = next((check for check in here if check.outcome is Outcome.FAIL), None)
    if own is None and (failed is None or said.told not in _SILENT):
        return _stored(here, said, app)
    if failed is None:
        return _from_here_well(here, own, said, app)
    found = _named(failed, own or _as_found(failed), app)
    if own is None and said.told is Told.NOT_ASKED:
        # Nothing was entered, so whatever is in the way stood there before.
        return replace(found, may_go_on=True)
    if _is_dangerous(failed):
        return found
    if said.told is Told.ACCEPTED:
        return _only_here(failed, found, app)
    if not said.is_known:
        return found
    if _is_cut_off(failed) and said.told is not Told.UNREACHED:
        return cloud_alone(said, app)
    if found.side is Side.NETWORK and not (failed.key == layers.TLS and said.reach in _OF_ENCRYPTION):
        # What is in the way here is not in the way of the cloud, which found something else there.
        return cloud_alone(said, app)
    return _both(failed, found, said, app)


def nothing_known(here: Sequence[Check], cloud: Sequence[Check]) -> bool:
    """True when the service was too busy to answer this computer and Microsoft's cloud says nothing of it either."""
    return _was_put_off(here) and not _said(cloud).is_known


def _said(cloud: Sequence[Check]) -> CloudCheck:
    """The row that tells most of the app: one that knows something, else the first."""
    rows = [check for check in cloud if isinstance(check, CloudCheck)]
    known = next((check for check in rows if check.is_known), None)
    return known or next(iter(rows), CloudCheck("", say("")))


def _as_found(failed: Check) -> Verdict:
    side = failed.side if isinstance(failed, SidedCheck) else Side.VENDOR
    sure = failed.sure if isinstance(failed, SidedCheck) else Sureness.LIKELY
    step = failed.next_step if isinstance(failed, SidedCheck) else say("")
    return Verdict(side, failed.sentence, step or say("Send the details to the vendor's support."), sure=sure)


_REACH: Final = {
    Reach.NAME.value: say("its name is not known."),
    Reach.REFUSED.value: say("the connection is refused."),
    Reach.TIMEOUT.value: say("no answer came in time."),
    Reach.BROKEN.value: say("the connection broke off."),
}


def _named(failed: Check, found: Verdict, app: str) -> Verdict:
    """The plain cases in a sentence that names the app; the row of the layer says the rest."""
    reach = failed.reach if isinstance(failed, SidedCheck) else ""
    if reach in _REACH:
        return replace(found, sentence=say("{app} cannot be reached: {why}", app=app, why=_REACH[reach]))
    if (
        failed.key == layers.AUTHENTICATION
        and found.side is Side.TOKEN
        and found.sure is not Sureness.CERTAIN
    ):
        if _status(failed) == 401:
            return replace(found, sentence=say("{app} refuses the Secret Token.", app=app))
        return found
    if found.side is Side.ADDRESS and "html" in dict(failed.evidence).get("Content type", ""):
        return replace(found, sentence=say("The Tenant URL answers with a web page, not with SCIM."))
    return found


def _status(failed: Check) -> int | None:
    return failed.details.status if failed.details is not None else None


def _is_dangerous(failed: Check) -> bool:
    """True where a real sync would reach the wrong person, or anybody could write."""
    return (
        isinstance(failed, SidedCheck)
        and failed.key in (layers.AUTHENTICATION, layers.SCIM, layers.GROUPS)
        and failed.side is Side.VENDOR
        and failed.sure is Sureness.CERTAIN
        and _status(failed) == 200
    )


def _is_cut_off(failed: Check) -> bool:
    """True where no answer of the service came here, or one of something in this network."""
    return failed.key in _WAY or (
        failed.key == layers.HTTP
        and isinstance(failed, SidedCheck)
        and (bool(failed.reach) or failed.side is Side.NETWORK)
    )


# ------------------------------------------------------------------------------------------ one side only


def _only_here(failed: Check, found: Verdict, app: str) -> Verdict:
    """Microsoft's cloud is content, and this computer is not."""
    if _is_cut_off(failed) and not (failed.key == layers.TLS and found.side is Side.VENDOR):
        certain = isinstance(failed, SidedCheck) and failed.reach == Reach.PROXY.value
        return Verdict(
            Side.NETWORK,
            say("Microsoft's cloud reaches {app}; this computer does not: the proxy is in the way.", app=app)
            if certain
            else say(
                "Microsoft's cloud reaches {app}; this computer does not. Your network is in the way, or {app} lets in "
                "only certain addresses.",
                app=app,
            ),
            _GO_ON_CLOUD,
            may_go_on=True,
            sure=Sureness.CERTAIN if certain else Sureness.LIKELY,
        )
    if _status(failed) == 403 and failed.key in (layers.HTTP, layers.AUTHENTICATION):
        return Verdict(
            Side.VENDOR,
            say(
                "{app} lets Microsoft's cloud in and turns this computer away: it seems to answer some addresses only.",
                app=app,
            ),
            _GO_ON_CLOUD,
            may_go_on=True,
            sure=Sureness.LIKELY,
        )
    if failed.key == layers.AUTHENTICATION and found.side is Side.TOKEN:
        return Verdict(
            Side.TOKEN,
            say("{app} accepts the token from Microsoft's cloud and refuses it from this computer.", app=app),
            say("Go on: the token seems to be tied to certain addresses, and Microsoft's are among them."),
            may_go_on=True,
            sure=Sureness.LIKELY,
        )
    if failed.key == layers.HTTP and found.side is Side.ADDRESS:
        # The cloud was given the same address and found what it looks for, so nobody has to enter another one.
        return Verdict(
            Side.NETWORK,
            say(
                "Microsoft's cloud is content with {app}; here something else answers at its address, perhaps in your "
                "network.",
                app=app,
            ),
            say("Go on, and look at the first person that is provisioned."),
            may_go_on=True,
            sure=Sureness.POSSIBLE,
        )
    return Verdict(
        found.side,
        say("Microsoft's cloud is content with {app}; only the test from this computer failed.", app=app),
        say("Go on, and look at the first person that is provisioned."),
        may_go_on=True,
        sure=Sureness.POSSIBLE,
    )


def _from_here_well(here: Sequence[Check], own: Verdict | None, said: CloudCheck, app: str) -> Verdict:
    """This computer found no fault, or only something to mind."""
    inside = _is_inside_only(here) and said.reach != Reach.TLS.value
    if own is not None and _was_put_off(here):
        # It said nothing of the token yet, nor anything that the cloud's answer differs from.
        if said.told is Told.ACCEPTED:
            return Verdict(
                own.side,
                say(
                    "Microsoft's cloud is content with {app}, which was too busy to answer this computer.",
                    app=app,
                ),
                say("Go on, or test again in a moment."),
                may_go_on=True,
                sure=own.sure,
            )
        return cloud_alone(said, app) if said.is_known else own
    match said.told:
        case Told.ACCEPTED if worst(tuple(here)) is Outcome.WARN and not _warns_only_of_name(here):
            if own is not None and own.side is Side.NETWORK and _warned_tls(here) is not None:
                return _own_authority(app)
            return (
                replace(own, may_go_on=True) if own is not None and own.side is not Side.NONE else well(app)
            )
        case Told.ACCEPTED:
            return well(app)
        case Told.NOT_ASKED if own is not None and own.side is not Side.NONE:
            return own
        case Told.NOT_ASKED:
            return Verdict(
                Side.NONE,
                say("{app} answers this computer.", app=app),
                say("Microsoft's cloud tests it too when the changes are applied."),
            )
        case Told.UNCLEAR if said.outcome is Outcome.WARN:
            return Verdict(
                Side.ENTRA,
                said.sentence,
                say("Go on, and look at the first person that is provisioned."),
                may_go_on=True,
                sure=Sureness.POSSIBLE,
            )
        case Told.UNCLEAR | Told.UNREACHED if inside:
            return _inside(app, said)
        case Told.UNCLEAR if _lacks_groups(here, said):
            return _answered(here, said, app)
        case Told.UNCLEAR:
            return _unclear(app, _tls_cause(here, said))
        case Told.UNREACHED:
            return _unreached(here, said, app)
    return _answered(here, said, app)


def _is_inside_only(here: Sequence[Check]) -> bool:
    """True when the host name leads to addresses that exist in a company's own network only."""
    return any(
        check.key == layers.NAME
        and check.outcome is Outcome.WARN
        and isinstance(check, SidedCheck)
        and check.side is Side.NETWORK
        and check.sure is not Sureness.POSSIBLE  # it leads to other addresses too
        for check in here
    )


def _warns_only_of_name(here: Sequence[Check]) -> bool:
    """True when all there is to mind is that the name leads inside, which the cloud does not."""
    return all(
        check.outcome is not Outcome.WARN
        or (check.key == layers.NAME and isinstance(check, SidedCheck) and check.side is Side.NETWORK)
        for check in here
    )


def _was_put_off(here: Sequence[Check]) -> bool:
    """True when the service was too busy to answer the question, so that nothing was learned of the token."""
    return any(was_put_off(check) for check in here)


def _own_authority(app: str) -> Verdict:
    return Verdict(
        Side.NONE,
        say(
            "{app} answers and accepts the token. The certificate that this computer sees is of no public authority, "
            "which does not keep Microsoft's cloud out.",
            app=app,
        ),
        _GO_ON_CLOUD,
        may_go_on=True,
        sure=Sureness.LIKELY,
    )


def _inside(app: str, said: CloudCheck) -> Verdict:
    return Verdict(
        Side.NETWORK,
        say(
            "{app} can be reached only from inside your network, and provisioning comes from Microsoft's cloud.",
            app=app,
        ),
        say(
            "Give {app} a public address that lets Microsoft in, or provision it with Microsoft's provisioning agent.",
            app=app,
        ),
        # Otherwise the cloud may know another address by the same name, and be kept out there.
        sure=Sureness.CERTAIN if said.reach == Reach.NAME.value else Sureness.LIKELY,
    )


def _unclear(app: str, tls: Check | None) -> Verdict:
    if tls is not None:
        return Verdict(
            Side.VENDOR,
            say(
                "{app} answers this computer; Microsoft's test fails and does not say why. This may be it: {cause}",
                app=app,
                cause=tls.sentence,
            ),
            _BETTER_TLS,
            sure=Sureness.POSSIBLE,
        )
    return Verdict(
        Side.ENTRA,
        say(
            "{app} answers this computer as it should; Microsoft's test fails and does not say why.", app=app
        ),
        say("The test can be wrong: you may go on and watch the first person. Otherwise test again later."),
        sure=Sureness.POSSIBLE,
    )


_BETTER_TLS: Final = say(
    "Ask the vendor for TLS 1.2 with a suite that Microsoft takes and a publicly trusted certificate, sent "
    "with its whole chain."
)


def _warned_tls(here: Sequence[Check]) -> SidedCheck | None:
    """What is to mind of the encryption."""
    return next(
        (
            check
            for check in here
            if check.key == layers.TLS and check.outcome is Outcome.WARN and isinstance(check, SidedCheck)
        ),
        None,
    )


def _tls_cause(here: Sequence[Check], said: CloudCheck) -> SidedCheck | None:
    """What this computer has to mind of the encryption, where that may keep Microsoft's cloud out."""
    tls = _warned_tls(here)
    if tls is None or tls.sure is Sureness.CERTAIN:
        return (
            None  # the one thing that is certain there is that the certificate will end, which it has not yet
        )
    if tls.side is Side.NETWORK:  # perhaps only of a filter in this network
        return tls if said.reach in ("", Reach.TLS.value) else None
    return tls if said.reach in _OF_ENCRYPTION else None


def _unreached(here: Sequence[Check], said: CloudCheck, app: str) -> Verdict:
    """The service answers here, and Microsoft gets no answer."""
    tls = _tls_cause(here, said)
    if tls is not None:
        return Verdict(
            Side.VENDOR,
            say("Microsoft's cloud gets no answer from {app}. {cause}", app=app, cause=tls.sentence),
            _BETTER_TLS,
            sure=Sureness.LIKELY,
        )
    return Verdict(
        Side.VENDOR,
        say("{app} answers this computer; Microsoft's cloud gets no answer.", app=app),
        say(
            "Let Microsoft's addresses (service tag AzureActiveDirectory) through the firewall in front of {app}. "
            "If it is meant to be reached from inside your network only, it needs Microsoft's provisioning agent.",
            app=app,
        ),
        sure=Sureness.LIKELY,
    )


def _answered(here: Sequence[Check], said: CloudCheck, app: str) -> Verdict:
    """The service gave Microsoft another answer than this computer."""
    match said.told:
        case Told.REFUSED:
            sentence = say(
                "{app} accepts the token from here and refuses it from Microsoft's cloud.", app=app
            )
            step = say(
                "Ask the vendor whether the token is tied to certain addresses; Microsoft's have the service tag "
                "AzureActiveDirectory."
            )
        case Told.FORBIDDEN:
            sentence = say("{app} lets this computer in and turns Microsoft's cloud away.", app=app)
            step = say(
                "Add Microsoft's addresses (service tag AzureActiveDirectory) to the addresses that {app} lets in.",
                app=app,
            )
        case Told.BUSY:
            sentence = say("{app} was too busy to answer Microsoft's cloud.", app=app)
            step = say("Test again in a few minutes. If it stays so, ask the vendor about the limit.")
        case _ if _lacks_groups(here, said):
            sentence = say(
                "{app} finds people and not groups, and Microsoft's test looks for a group too.", app=app
            )
            step = say(
                "Ask the vendor to answer a search for groups with an empty list. The test can be wrong: you may go on "
                "and watch the first person."
            )
        case _:
            sentence = say(
                "{app} answers this computer as it should, and Microsoft's cloud otherwise. {said}",
                app=app,
                said=said.sentence,
            )
            step = say(
                "Send the vendor both answers. The test can be wrong: you may go on and watch the first person."
            )
    return Verdict(Side.VENDOR, sentence, step, sure=Sureness.LIKELY)


def _lacks_groups(here: Sequence[Check], said: CloudCheck) -> bool:
    """True when groups are missing as seen from here, or as the cloud names what it asked for."""
    groups = next((check for check in here if check.key == layers.GROUPS), None)
    missing = groups is not None and groups.outcome is Outcome.WARN and _status(groups) in (404, 405, 501)
    return missing or "/groups" in said.asked_for.casefold()


# ------------------------------------------------------------------------------------------ both fail


def _both(failed: Check, found: Verdict, said: CloudCheck, app: str) -> Verdict:
    """Both sides tell of a fault."""
    if found.side is Side.NETWORK and failed.key == layers.TLS:
        # A filter in this network cannot stand before Microsoft's cloud too.
        return replace(
            found,
            side=Side.VENDOR,
            sentence=say(
                "Neither this computer nor Microsoft's cloud gets through to {app}. {cause}",
                app=app,
                cause=failed.sentence,
            ),
            next_step=say("Send the details of the certificate to the vendor's support."),
            sure=Sureness.LIKELY,
        )
    if said.status is not None and said.status == _status(failed) and said.status not in (401, 403):
        # Both saw the same answer. A refused token stays likely: another directory's address gets the same refusal.
        return replace(found, sure=Sureness.CERTAIN if found.sure is Sureness.LIKELY else found.sure)
    if said.told is Told.UNREACHED and not _is_cut_off(failed) and failed.key != layers.ADDRESS:
        return replace(
            found,
            next_step=say(
                "{step} Microsoft's cloud gets no answer from {app}, so a firewall may be in its way too.",
                step=found.next_step,
                app=app,
            ),
        )
    return found


def _stored(here: Sequence[Check], said: CloudCheck, app: str) -> Verdict:
    """What both mean where only Microsoft's cloud knows the token, and this computer saw the way alone."""
    if (
        said.told in (Told.UNREACHED, Told.UNCLEAR)
        and _is_inside_only(here)
        and said.reach != Reach.TLS.value
    ):
        return _inside(app, said)
    if said.told is Told.UNREACHED and _tls_cause(here, said) is not None:
        return _unreached(here, said, app)
    return cloud_alone(said, app)
