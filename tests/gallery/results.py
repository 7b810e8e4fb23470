"""Hand-made results of the connection test and of the deep check, at example.com, for pictures and page tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from scim_assistant.check import Check, Outcome
from scim_assistant.errors import Details
from scim_assistant.scim import layers
from scim_assistant.scim.verdict import Side, SidedCheck, Sureness, Verdict
from scim_assistant.sentence import Sentence, say

APP = "ScreenSteps"
HOST = "scim.example.com"
TENANT_URL = f"https://{HOST}/scim/v2"
CLOUD = "cloud-credentials"


def row(
    key: str,
    outcome: Outcome,
    sentence: str = "",
    *,
    title: str = "",
    seconds: float | None = None,
    evidence: tuple[tuple[str, str], ...] = (),
    **more: Any,
) -> SidedCheck:
    """One row with short arguments; a layer brings its own title."""
    return SidedCheck(
        key,
        say(title) if title else layers.TITLES[key],
        outcome,
        say(sentence) if sentence else Sentence(""),
        evidence,
        seconds=seconds,
        **more,
    )


def cloud(outcome: Outcome, sentence: str = "", **more: Any) -> SidedCheck:
    """The row of the cloud's column."""
    return row(CLOUD, outcome, sentence, title="Address and token as entered", **more)


_GOOD = (
    row(
        layers.ADDRESS,
        Outcome.PASS,
        "The address is complete and leads to a public host by https.",
        seconds=0.0,
        evidence=(("Tenant URL", TENANT_URL),),
    ),
    row(
        layers.NAME,
        Outcome.PASS,
        f"{HOST} has 2 addresses.",
        seconds=0.021,
        evidence=(("A", "203.0.113.10"), ("AAAA", "2001:db8::10")),
    ),
    row(
        layers.TCP,
        Outcome.PASS,
        "Port 443 takes connections.",
        seconds=0.034,
        evidence=(("Connected to", "203.0.113.10, port 443"),),
    ),
    row(
        layers.TLS,
        Outcome.PASS,
        "TLS 1.3; the certificate is good for another 214 days.",
        seconds=0.061,
        evidence=(
            ("Version", "TLSv1.3, TLS_AES_256_GCM_SHA384"),
            ("Issued by", "Example Trust, Example TLS CA 1"),
            ("Valid until", "2027-06-26"),
            ("Key", "RSA 2048"),
            ("As Microsoft asks", "TLSv1.2, ECDHE-RSA-AES256-GCM-SHA384"),
        ),
    ),
    row(
        layers.HTTP,
        Outcome.PASS,
        "It answers with SCIM after 212 ms.",
        seconds=0.212,
        evidence=(("Status", "200"), ("Content type", "application/scim+json")),
    ),
    row(
        layers.AUTHENTICATION,
        Outcome.PASS,
        "The token is accepted, and a spoilt one is refused.",
        seconds=0.198,
        evidence=(("With the token", "200"), ("With a spoilt token", "401")),
    ),
    row(
        layers.SCIM,
        Outcome.PASS,
        "Nobody is found where nobody is.",
        seconds=0.0,
        evidence=(("Asked", 'userName eq "3f2c1b7e-…"'), ("Total", "0")),
    ),
    row(
        layers.GROUPS,
        Outcome.PASS,
        "No group is found where none is.",
        seconds=0.187,
        evidence=(("Asked", 'displayName eq "3f2c1b7e-…"'), ("Total", "0")),
    ),
    row(
        layers.DISCOVERY,
        Outcome.PASS,
        "It says that it takes changes (PATCH) and filters.",
        seconds=0.144,
        evidence=(("PATCH", "supported"), ("Filters", "supported")),
    ),
    row(
        layers.LIMITS,
        Outcome.PASS,
        "Pages are counted well; no limit was announced.",
        seconds=0.171,
        evidence=(("Page of 1", "1 of 412"),),
    ),
)


def here(changes: Mapping[str, Check] | None = None, *, until: str = "") -> tuple[Check, ...]:
    """The column of this computer, all green but for the changes.

    Args:
        changes: Rows by key.
        until: Layers after this one were not reached.
    """
    found: list[Check] = []
    reached = True
    for one in _GOOD:
        found.append(
            (changes or {}).get(one.key, one) if reached else row(one.key, Outcome.SKIPPED, "Not reached.")
        )
        reached = reached and one.key != until
    return tuple(found)


CLOUD_GOOD = cloud(
    Outcome.PASS, "Microsoft's cloud reached the app, and the token was accepted.", seconds=1.4
)
CLOUD_RUNNING = (cloud(Outcome.RUNNING),)
GOOD = Verdict(
    Side.NONE,
    say("{app} answers as it should, from here and from Microsoft's cloud.", app=APP),
    say("Go on to the mappings."),
)

TOKEN_HERE = here(
    {
        layers.AUTHENTICATION: row(
            layers.AUTHENTICATION,
            Outcome.FAIL,
            "The token is refused (401).",
            seconds=0.121,
            evidence=(
                ("Status", "401"),
                ("WWW-Authenticate", 'Bearer error="invalid_token"'),
                ("Token", "JWT, ended on 1 November 2026"),
            ),
            side=Side.TOKEN,
            next_step=say("Copy the token again, or create a new one."),
        )
    },
    until=layers.AUTHENTICATION,
)
TOKEN_CLOUD = cloud(
    Outcome.FAIL,
    "The app refused the token when Microsoft's cloud asked.",
    seconds=1.2,
    evidence=(
        ("Code", "SystemForCrossDomainIdentityManagementCredentialValidationFailure"),
        ("Answer of the app", "Unauthorized"),
    ),
    side=Side.TOKEN,
)
TOKEN = Verdict(
    Side.TOKEN,
    say("{app} refuses the Secret Token.", app=APP),
    say(
        "Copy the token again at {app}, or create a new one there, and paste it on the Connect page.", app=APP
    ),
)

ADDRESS_HERE = here(
    {
        layers.HTTP: row(
            layers.HTTP,
            Outcome.FAIL,
            "A web page came back where a SCIM answer was due.",
            seconds=0.305,
            evidence=(
                ("Status", "200"),
                ("Content type", "text/html; charset=utf-8"),
                ("Begins with", "<!doctype html><html><head><title>Sign in to ScreenSteps</title>"),
            ),
            side=Side.ADDRESS,
            next_step=say("Copy the SCIM address again."),
        )
    },
    until=layers.HTTP,
)
ADDRESS_CLOUD = cloud(
    Outcome.FAIL,
    "Microsoft's cloud did not get the answer that it needs from the app.",
    seconds=1.1,
    evidence=(("Code", "SystemForCrossDomainIdentityManagementBadResponse"),),
)
ADDRESS = Verdict(
    Side.ADDRESS,
    say("The Tenant URL answers with a web page, not with SCIM."),
    say("Copy the Tenant URL again at {app} and paste it on the Connect page.", app=APP),
)

NETWORK_HERE = here(
    {
        layers.TLS: row(
            layers.TLS,
            Outcome.FAIL,
            "The certificate was signed by somebody whom this computer does not trust.",
            seconds=0.048,
            evidence=(
                ("Issued by", "Example Web Filter, Inspection CA"),
                ("System said", "unable to get local issuer"),
            ),
            side=Side.NETWORK,
            sure=Sureness.LIKELY,
        )
    },
    until=layers.TLS,
)
NETWORK = Verdict(
    Side.NETWORK,
    say("Something in your network stands between this computer and {app}.", app=APP),
    say(
        "Ask your network team about the web filter, or test from another network. Microsoft's cloud gets through."
    ),
    may_go_on=True,
    sure=Sureness.LIKELY,
)

VENDOR_HERE = here(
    {
        layers.SCIM: row(
            layers.SCIM,
            Outcome.FAIL,
            "412 people came back for a name that nobody has. Microsoft would take over the wrong account.",
            seconds=0.0,
            evidence=(("Asked", 'userName eq "3f2c1b7e-…"'), ("Status", "200"), ("Total", "412")),
            side=Side.VENDOR,
            next_step=say("The service has to obey filters before anybody is provisioned."),
        )
    }
)
VENDOR = Verdict(
    Side.VENDOR,
    say("{app} ignores the filter of a search and answers with everybody.", app=APP),
    say("Do not start provisioning. Write to the vendor: the message says what was asked and what came."),
)

ENTRA_CLOUD = cloud(
    Outcome.FAIL,
    "Microsoft's own test failed without naming an answer of the app.",
    seconds=6.3,
    evidence=(
        ("Code", "SystemForCrossDomainIdentityManagementServiceUnavailable"),
        ("Request id", "8c2f6c1e-7d1b-4f55-9a63-1d2e3f4a5b6c"),
    ),
    side=Side.ENTRA,
    sure=Sureness.POSSIBLE,
)
ENTRA = Verdict(
    Side.ENTRA,
    say("All is well from here, and Microsoft's own test fails without a reason."),
    say("Test again in some minutes. The test can be wrong: you may go on and watch the first person."),
    sure=Sureness.POSSIBLE,
)

ALLOW_LIST_CLOUD = cloud(
    Outcome.FAIL,
    "The app refused Microsoft's cloud (403).",
    seconds=1.0,
    evidence=(("Answer of the app", "Forbidden"),),
    side=Side.VENDOR,
)
ALLOW_LIST = Verdict(
    Side.VENDOR,
    say("{app} lets this computer in and keeps Microsoft's cloud out.", app=APP),
    say(
        "An allow-list of addresses is likely in front of it. Let Microsoft's addresses through "
        "(service tag AzureActiveDirectory)."
    ),
    sure=Sureness.LIKELY,
)

WARNED_HERE = here(
    {
        layers.TLS: row(
            layers.TLS,
            Outcome.WARN,
            "The certificate ends in 12 days, on 10 December 2026.",
            seconds=0.066,
            evidence=(("Valid until", "2026-12-10"),),
            side=Side.VENDOR,
            next_step=say("Ask the vendor whether it is renewed in time."),
        ),
        layers.DISCOVERY: row(
            layers.DISCOVERY,
            Outcome.WARN,
            "It says that it takes no changes (PATCH).",
            seconds=0.15,
            side=Side.VENDOR,
            sure=Sureness.POSSIBLE,
            next_step=say("Run the deep check: what a service says of itself is often out of date."),
        ),
        layers.LIMITS: row(layers.LIMITS, Outcome.SKIPPED, "The profile says not to ask for this."),
    }
)
WARNED = Verdict(
    Side.VENDOR,
    say("{app} answers; its certificate ends in 12 days.", app=APP),
    say("Go on, and tell the vendor. When the certificate ends, Microsoft stops provisioning."),
    may_go_on=True,
)


BUSY_HERE = here(
    {
        "http": row(
            "http",
            Outcome.WARN,
            "The service is busy and asks to wait 30 seconds.",
            seconds=0.09,
            evidence=(("Status", "429"), ("Asks to wait", "30 seconds")),
            side=Side.VENDOR,
            details=Details(status=429),
            next_step=say("Test again after that while."),
        )
    },
    until="http",
)
BUSY = Verdict(
    Side.VENDOR,
    say("The service is busy and asks to wait 30 seconds. Nothing is known of it yet."),
    say("Test again in a moment."),
    may_go_on=True,
)


def running(done: int = 5) -> tuple[Check, ...]:
    """The column of this computer with so many layers done, the next one running."""
    rows = []
    for number, one in enumerate(_GOOD):
        if number < done:
            rows.append(one)
        else:
            rows.append(row(one.key, Outcome.RUNNING if number == done else Outcome.WAITING))
    return tuple(rows)


def long_rows(words: str, word: str) -> tuple[Check, ...]:
    """Very long texts in every kind of row."""
    changed = row(
        layers.SCIM,
        Outcome.FAIL,
        words + word,
        seconds=29.94,
        evidence=(("Begins with", words * 3), (word, word)),
        side=Side.VENDOR,
        next_step=say(words),
    )
    name = replace(_GOOD[1], sentence=say(f"{word}.example.com has 2 addresses."), title=say(word))
    return here({layers.SCIM: changed, layers.NAME: name})
