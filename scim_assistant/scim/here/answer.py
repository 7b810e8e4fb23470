"""What the answer to the question means below SCIM: status, redirect, kind, and whether the token counts. Pure."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from scim_assistant.scim.answer import Flaw, Oddity, ScimAnswer
from scim_assistant.scim.here.row import (
    ASK_VENDOR,
    COPY_ADDRESS,
    Rows,
    details_of,
    failed,
    passed,
    rows,
    warned,
)
from scim_assistant.scim.layers import AUTHENTICATION, HTTP
from scim_assistant.scim.spoken import HIDDEN, Masks
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness
from scim_assistant.sentence import Sentence, counted, lasted, say

SLOW_S = 10.0
"""An answer that takes longer is worth a word; how long Microsoft's cloud waits is not documented."""

_LATER = say("Try again later; if it stays so, send the details to the vendor's support.")
_SIGN_IN = re.compile(
    r"(?:^|[/._-])(?:log[-_]?[io]n|sign[-_]?[io]n|sso|saml2?|oauth2?|auth|authorize|adfs)(?:$|[/._-])",
    re.IGNORECASE,
)
_FOR_PEOPLE = frozenset({"basic", "digest", "negotiate", "ntlm", "kerberos"})
"""Kinds of sign-in that take no token, as WWW-Authenticate names them."""
_NEW_TOKEN = say("Copy the token again where the app shows it, or create a new one there.")


def answer_rows(answer: ScimAnswer, question: str, masks: Masks) -> Rows:
    """The facts of an answer, whatever it means."""
    return rows(
        ("Address", masks.text(answer.address, 300)),
        ("Question", question),
        ("Status", answer.status),
        ("Time", lasted(answer.seconds)),
        ("Content type", masks.text(answer.kind, 100) or "none"),
        ("Size", counted(answer.size_bytes, "byte", "bytes")),
        ("Redirects to", shown_location(answer, masks)),
        ("Asks to wait", f"{answer.wait_s:g} seconds" if answer.wait_s is not None else ""),
        ("Server", masks.text(answer.headers.get("server", ""), 100)),
        ("Protocol", answer.http_version),
        (
            "Note",
            "Labelled application/json; SCIM's own label is application/scim+json."
            if Oddity.PLAIN_JSON in answer.oddities and answer.good
            else "",
        ),
    )


def shown_location(answer: ScimAnswer, masks: Masks) -> str:
    """Where a redirect leads: scheme, host and path, without anything that may be secret in its query."""
    place = _location(answer)
    if place is None:
        return "an address that cannot be read" if answer.headers.get("location") else ""
    return masks.text(f"{place.scheme}://{place.netloc.rpartition('@')[2]}{place.path}", 300)


def judge_http(answer: ScimAnswer, question: str, masks: Masks, *, found_anyway: bool = False) -> SidedCheck:
    """Whether what came is an answer of a SCIM service at all. A refused token is an answer too.

    Args:
        question: What was asked, in words.
        found_anyway: The answer was 404, but the same address lists people when it is asked without a filter.
    """
    evidence = answer_rows(answer, question, masks)

    def fail(side: Side, sure: Sureness, sentence: Sentence, next_step: Sentence) -> SidedCheck:
        details = details_of(answer, masks)
        return failed(
            HTTP, side, sure, sentence, next_step, evidence=evidence, seconds=answer.seconds, details=details
        )

    def warn(side: Side, sure: Sureness, sentence: Sentence, next_step: Sentence) -> SidedCheck:
        details = details_of(answer, masks)
        return warned(
            HTTP, side, sure, sentence, next_step, evidence=evidence, seconds=answer.seconds, details=details
        )

    status = answer.status
    if 300 <= status < 400:
        return fail(*_redirected(answer, masks))
    if status in (407, 511):
        return fail(
            Side.NETWORK,
            Sureness.LIKELY,
            say("Something on the way wants a sign-in before it lets this computer through."),
            say("Open any web page in a browser, sign in to the network there, then test again."),
        )
    if status == 429:
        return warn(
            Side.VENDOR,
            Sureness.CERTAIN,
            say(
                "The service is busy and asks to wait {wait}.",
                wait=counted(max(1, round(answer.wait_s)), "second", "seconds"),
            )
            if answer.wait_s is not None
            else say("The service is busy: it takes only so many requests in a stretch of time."),
            say("Test again after that while."),
        )  # fmt: skip
    if status >= 500:
        gateway = status in (502, 503, 504)
        return fail(
            Side.VENDOR,
            Sureness.LIKELY,
            say("The service is not up behind its entrance (status {status}).", status=status)
            if gateway
            else say("The service has a fault of its own (status {status}).", status=status),
            _LATER,
        )
    if answer.flaw is Flaw.PAGE and status not in (401, 404):
        return fail(*_page(answer))
    if status == 404 and not answer.is_error and not found_anyway:
        return fail(
            Side.ADDRESS,
            Sureness.LIKELY,
            say("There is no SCIM service at this address, only a web server that knows nothing of it."),
            say("Check the path of the Tenant URL, letter by letter and its case too."),
        )
    if status in (402, 410, 413, 414, 421, 423, 426, 431, 451) or status < 200:
        return fail(
            Side.VENDOR, Sureness.LIKELY, say("The service answers with status {status}.", status=status), ASK_VENDOR
        )  # fmt: skip
    if answer.good and answer.document is not None and _mislabelled(answer):
        return warn(
            Side.VENDOR,
            Sureness.POSSIBLE,
            say("The answer is labelled as {kind}, not as SCIM.", kind=masks.text(answer.kind, 100))
            if answer.kind
            else say("The answer does not say what kind of data it is."),
            say("Ask the vendor to label answers application/scim+json."),
        )
    if answer.good and answer.document is None and _mislabelled(answer):
        return fail(
            Side.ADDRESS,
            Sureness.LIKELY,
            say("Something else than SCIM came back, labelled as {kind}.", kind=masks.text(answer.kind, 100))
            if answer.kind
            else say("Something else than SCIM came back."),
            COPY_ADDRESS,
        )
    if answer.seconds > SLOW_S:
        return warn(
            Side.VENDOR,
            Sureness.POSSIBLE,
            say("The answer took {seconds:.0f} seconds.", seconds=answer.seconds),
            say("If provisioning is slow or breaks off, tell the vendor."),
        )
    return passed(
        HTTP,
        say("An answer came after {time}.", time=lasted(answer.seconds)),
        evidence,
        seconds=answer.seconds,
        details=details_of(answer, masks) if not answer.good else None,
    )


def _mislabelled(answer: ScimAnswer) -> bool:
    if answer.flaw in (Flaw.EMPTY, Flaw.PAGE):
        return False
    return answer.kind not in ("application/scim+json", "application/json")


def _page(answer: ScimAnswer) -> tuple[Side, Sureness, Sentence, Sentence]:
    if answer.status == 403:
        return (
            Side.VENDOR,
            Sureness.POSSIBLE,
            say("A web page refuses the question: a firewall in front of the service, or a page for people."),
            say("Ask the vendor whether the service takes requests from certain addresses only."),
        )
    if answer.status == 200:
        return (
            Side.ADDRESS,
            Sureness.LIKELY,
            say("A web page came back: this is not the SCIM address but a page for people."),
            say("Copy the Tenant URL again. On a guest network, sign in to it in a browser first."),
        )
    return (
        Side.ADDRESS,
        Sureness.LIKELY,
        say("A web page came back, with status {status}.", status=answer.status),
        COPY_ADDRESS,
    )


def _location(answer: ScimAnswer) -> SplitResult | None:
    text = answer.headers.get("location", "")
    if not text or any(ord(one) < 33 for one in text):
        return None
    try:
        place = urlsplit(urljoin(answer.address, text))
        _ = place.port
    except ValueError:
        return None
    return place if place.scheme in ("http", "https") and place.hostname else None


def _redirected(answer: ScimAnswer, masks: Masks) -> tuple[Side, Sureness, Sentence, Sentence]:
    """Where a redirect leads tells what is wrong. Nobody goes there with the token."""
    place, asked = _location(answer), urlsplit(answer.address)
    if answer.status == 304 or place is None:
        return (
            Side.ADDRESS,
            Sureness.LIKELY,
            say(
                "The service answers with status {status}, which leads somewhere else, without a usable address.",
                status=answer.status,
            ),
            COPY_ADDRESS,
        )
    # Without a pattern: one that looks for slashes takes ages over a hundred thousand of them.
    path = place.path.rstrip("/").removesuffix("/Users").rstrip("/")
    base = masks.text(f"{place.scheme}://{place.netloc.rpartition('@')[2]}{path}", 300)
    same_host = (place.hostname, place.port) == (asked.hostname, asked.port)
    same_origin = same_host and place.scheme == asked.scheme
    if same_origin and "//" in asked.path and place.path == re.sub(r"/{2,}", "/", asked.path):
        return (
            Side.ADDRESS,
            Sureness.CERTAIN,
            say("The address has a double slash, and the service redirects to the one without it."),
            say("Enter {address} as the Tenant URL.", address=base),
        )
    if same_origin and place.path.rstrip("/") == asked.path.rstrip("/"):
        return (
            Side.VENDOR,
            Sureness.LIKELY,
            say("The service redirects the question to the same address with another slash at its end."),
            say(
                "Ask the vendor to answer at {path} itself; redirects are not followed with a token.",
                path="/Users",
            ),
        )
    if _SIGN_IN.search(unquote(place.path)) or _SIGN_IN.search((place.hostname or "").partition(".")[0]):
        return (
            Side.ADDRESS,
            Sureness.LIKELY,
            say(
                "The service redirects to what looks like a sign-in page for people, at {host}.",
                host=place.hostname,
            ),
            say("Copy the Tenant URL again: this address is for browsers, or does not know the token."),
        )
    if place.hostname == asked.hostname and asked.scheme == "http" and place.scheme == "https":
        return (
            Side.ADDRESS,
            Sureness.CERTAIN,
            say("The service redirects from http to https."),
            say("Enter {address} as the Tenant URL.", address=base),
        )
    return (
        Side.ADDRESS,
        Sureness.LIKELY,
        say(
            "The service redirects to {place}, where the token was not sent.",
            place=place.hostname if not same_host else place.path[:100] or HIDDEN,
        ),
        say("If that is the vendor's address, enter {address} as the Tenant URL.", address=base),
    )


def refusal_rows(answer: ScimAnswer, masks: Masks) -> Rows:
    """How a token was refused."""
    return rows(
        ("Status", answer.status),
        ("WWW-Authenticate", masks.text(answer.headers.get("www-authenticate", ""), 300) or "none"),
        ("Body", _kind_of_body(answer)),
        ("Time", lasted(answer.seconds)),
        ("Service said", masks.text(answer.detail, 300)),
    )


def _kind_of_body(answer: ScimAnswer) -> str:
    if answer.flaw is Flaw.EMPTY:
        return "none"
    if answer.is_error:
        return "a SCIM error"
    if answer.flaw is Flaw.PAGE:
        return "a web page"
    return "JSON" if answer.flaw is None else "other text"


def judge_refusal(answer: ScimAnswer, masks: Masks) -> SidedCheck | None:
    """The finding where the real token was refused; None where it was not."""
    if answer.status not in (401, 403):
        return None
    evidence = refusal_rows(answer, masks)
    details, seconds = details_of(answer, masks), answer.seconds
    challenge = answer.headers.get("www-authenticate", "")
    kinds = tuple(dict.fromkeys(re.findall(r"(?:^|,\s*)([A-Za-z][A-Za-z0-9-]*)(?=\s|$)", challenge)))
    if answer.status == 401 and kinds and {kind.casefold() for kind in kinds} <= _FOR_PEOPLE:
        return failed(
            AUTHENTICATION,
            Side.ADDRESS,
            Sureness.POSSIBLE,
            say(
                "The service asks for a sign-in of the kind {kinds}, not for a token: the address may lead to "
                "something else, or the token may be refused.",
                kinds=masks.text(", ".join(kinds[:3]), 60),
            ),
            say("Check the Tenant URL first, then the token."),
            evidence=evidence,
            seconds=seconds,
            details=details,
        )
    if answer.status == 401:
        return failed(
            AUTHENTICATION,
            Side.TOKEN,
            Sureness.LIKELY,
            say("The service refuses the token. Some say the same where the Tenant URL is another customer's."),
            _NEW_TOKEN,
            evidence=evidence,
            seconds=seconds,
            details=details,
        )  # fmt: skip
    return failed(
        AUTHENTICATION,
        Side.TOKEN,
        Sureness.LIKELY,
        say("The service does not allow this token, or this computer's address, to list people."),
        say("Check which rights the token was given, and whether the service takes certain addresses only."),
        evidence=evidence,
        seconds=seconds,
        details=details,
    )


def judge_spoilt(real: ScimAnswer, wrong: ScimAnswer, masks: Masks) -> SidedCheck:
    """Whether tokens are checked: what the same question got with a token that nobody was given."""
    evidence = (
        *rows(("Status with the token", real.status), ("Status with a spoilt token", wrong.status)),
        *rows(
            ("WWW-Authenticate", masks.text(wrong.headers.get("www-authenticate", ""), 300) or "none"),
            ("Body", _kind_of_body(wrong)),
        ),
    )
    seconds = wrong.seconds

    def warn(sure: Sureness, sentence: Sentence, next_step: Sentence) -> SidedCheck:
        return warned(
            AUTHENTICATION, Side.VENDOR, sure, sentence, next_step, evidence=evidence, seconds=seconds
        )

    if wrong.status == 401:
        return passed(
            AUTHENTICATION,
            say("The token is accepted, and a spoilt one is refused."),
            evidence,
            seconds=seconds,
        )
    if _is_same(real, wrong):
        return failed(
            AUTHENTICATION,
            Side.VENDOR,
            Sureness.CERTAIN,
            say("The service does not check tokens: a spoilt one got the same answer as the real one."),
            say("Do not provision people before the vendor has closed this: anybody could read and change them."),
            evidence=evidence,
            seconds=seconds,
            details=details_of(wrong, masks),
        )  # fmt: skip
    if wrong.status == 403:
        return warn(
            Sureness.CERTAIN,
            say("A spoilt token is refused, but with status 403 where 401 says that a token is wrong."),
            say("Go on; a token that has ended may be reported as missing rights."),
        )
    if wrong.status == 429:
        return warn(
            Sureness.POSSIBLE,
            say("Whether the service checks tokens is not known: it is busy."),
            say("Test again later."),
        )
    if wrong.status == real.status and not wrong.good:
        return warn(
            Sureness.POSSIBLE,
            say(
                "Whether the service checks tokens is not known: it answers {status} to the real one and to a spoilt "
                "one.",
                status=wrong.status,
            ),
            say("Look at the rows below first."),
        )
    if wrong.good or 300 <= wrong.status < 400:
        return warn(
            Sureness.LIKELY,
            say(
                "A spoilt token gets something else than a list, with status {status}, where 401 was expected.",
                status=wrong.status,
            ),
            say("Go on; a token that has ended may be reported as a wrong address."),
        )
    return warn(
        Sureness.LIKELY,
        say("A spoilt token gets status {status}, where 401 was expected.", status=wrong.status),
        say("Go on; a token that has ended may be reported as something else."),
    )


def _is_same(real: ScimAnswer, wrong: ScimAnswer) -> bool:
    """The spoilt token got what the real one got; what differs between two answers to one question is no matter."""
    if not (real.good and wrong.good) or real.flaw is not wrong.flaw:
        return False
    if real.total is not None and wrong.total is not None:
        return True  # two lists, whatever else stands beside them
    return real.document is None or set(real.document) == set(wrong.document or ())
