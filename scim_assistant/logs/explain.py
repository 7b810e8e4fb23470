"""What a code means, and what happened to somebody, in words.

The catalogue lies in ``resources/codes``: one entry for each code that is known, by kind. A code that is not in it is
looked up by what it ends in, since connectors put the app's name in front (``ContosoEntryConflict``), then by the
HTTP status, and at last gets a general text; ``Explanation.exact`` tells which. Codes are compared, prose never.

Skips carry no error code: their reason sits in the details of the last step, and ``NotEffectivelyEntitled``, which
covers four causes, is narrowed down by the answers of the scoping step. Most skips are as they should be.

Source: learn.microsoft.com, Microsoft Entra, "Understand how to troubleshoot application provisioning" (error
codes); Microsoft Graph, provisioningObjectSummary.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from scim_assistant import resources
from scim_assistant.graph.types import ProvisioningEvent, ProvisioningStep, same
from scim_assistant.logs.reason import Reason, parse_reason
from scim_assistant.logs.text import visible
from scim_assistant.sentence import Sentence, say

__all__ = [
    "Catalogue",
    "Explanation",
    "Reason",
    "catalogue",
    "event_code",
    "explain",
    "explain_event",
    "message",
    "parse_reason",
]

_NOT_ENTITLED: Final = "NotEffectivelyEntitled"
_AADSTS: Final = re.compile(r"AADSTS\d{4,8}")
_LONGEST_QUOTE: Final = 160

# How the scoping step names its answers: Graph's way and the portal's.
_ACTIVE: Final = ("isactive", "activeinthesourcesystem", "activeinsourcesystem")
_ASSIGNED: Final = ("assigned", "assignedtotheapplication", "assignedtoapplication")
_IN_SCOPE: Final = ("isinprovisioningscope", "isinprovisioningscopedisplayname", "scopingfilters")


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means and what to do.

    Attributes:
        code: The code that was asked about.
        title: A few words.
        meaning: What happened.
        causes: Usual causes, the likeliest first.
        fixes: What to do, in order.
        side: Who can act: ``entra``, ``vendor`` or ``either``.
        retry: ``automatic`` (repeated by itself), ``after_fix`` or ``restart_needed``.
        severity: ``critical``, ``high``, ``medium``, ``low`` or ``info``.
        exact: The catalogue knows this very code; False when a similar one or the HTTP status had to do.
        kind: ``error``, ``skip``, ``quarantine``, ``http`` or ``signin``.
        short: Completes "Flo Reed was not created: ..." or "... was passed over: ..."; ``{app}`` stands
            for the app. May be empty.
        catch_all: The code covers so many causes that the app's own words say more.
        also: What the HTTP status or error type inside the reason adds to such a code.
    """

    code: str
    title: str
    meaning: str
    causes: tuple[str, ...] = ()
    fixes: tuple[str, ...] = ()
    side: str = "either"
    retry: str = "after_fix"
    severity: str = "medium"
    exact: bool = True
    kind: str = "error"
    short: str = ""
    catch_all: bool = False
    also: Explanation | None = None


_GENERAL: Final = Explanation(
    code="",
    title="No explanation is published for this code",
    meaning="Microsoft adds codes from time to time, and apps have codes of their own. The message says more.",
    causes=("The message and the app's answer name the cause.",),
    fixes=(
        "Read the message below.",
        "Send the code, the change ID and the time to the vendor or to Microsoft's support.",
    ),
    exact=False,
)


class Catalogue:
    """Every explanation, ready to be looked up. Immutable.

    Args:
        entries: Code to explanation.
        aliases: Other spellings of a code, and the code.
        suffixes: Endings that count whatever stands in front, and their code.
    """

    def __init__(
        self, entries: Mapping[str, Explanation], aliases: Mapping[str, str], suffixes: Mapping[str, str]
    ) -> None:
        self._entries = dict(entries)
        self._by_folded = {code.casefold(): code for code in (*entries, *aliases)}
        self._aliases = dict(aliases)
        # The longest ending first, so that the most particular one wins.
        self._suffixes = sorted(suffixes.items(), key=lambda pair: -len(pair[0]))

    @classmethod
    def load(cls) -> Catalogue:
        """Read the catalogue from the resources.

        Raises:
            FileNotFoundError: The installation is incomplete.
        """
        raw: dict[str, dict[str, Any]] = {}
        shared: dict[str, dict[str, Any]] = {}
        for name in resources.names("codes", ".toml"):
            document = resources.read_toml(f"codes/{name}.toml")
            own = {code: entry for code, entry in document.items() if isinstance(entry, dict)}
            raw |= own
            for_all = {key: value for key, value in document.items() if key not in own}
            shared.update((code, for_all) for code in own)
        aliases: dict[str, str] = {}
        suffixes: dict[str, str] = {}
        for code, entry in raw.items():
            for other in entry.get("aliases", ()):
                aliases[other] = code
            if entry.get("suffix"):
                suffixes |= dict.fromkeys((code, *entry.get("aliases", ())), code)
        return cls({code: _read(code, raw, shared) for code in raw}, aliases, suffixes)

    @property
    def codes(self) -> frozenset[str]:
        """Every code that has an entry of its own."""
        return frozenset(self._entries)

    def explain(self, code: str | None, http_status: int | None = None, text: str = "") -> Explanation:
        """Explain a code.

        Args:
            code: Of an event, a quarantine, a refused request or a sign-in; may be empty.
            http_status: Status of the answer, where it is known.
            text: The reason as the service wrote it; used when the code alone does not say enough.

        Returns:
            Always an explanation; ``exact`` is False when a similar code, the HTTP status or the general text had to do.
        """
        asked = (code or "").strip()
        reason = parse_reason(text)
        status = http_status or reason.http_status
        found = self._known(asked) or self._by_ending(asked)
        if found is None and (match := _AADSTS.search(f"{asked} {text}")):
            found = self._known(match[0])
        inside = self._inside(reason.scim_type, status)
        if found is None:
            found = replace(inside or _GENERAL, exact=False)
        elif found.catch_all and inside is not None:
            found = replace(found, also=inside)
        return replace(found, code=asked or found.code)

    def explain_event(self, view: ProvisioningEvent) -> Explanation | None:
        """Explain a row of the log: why it failed or was skipped; None when there is nothing to explain."""
        code = event_code(view)
        info = view.provisioning_status_info
        if not code and not same(info.status if info else None, "failure"):
            return None
        if same(code, _NOT_ENTITLED):
            narrowed = self._entries.get(f"{_NOT_ENTITLED}/{_first_false(view)}")
            if narrowed is not None:
                return replace(narrowed, code=code)
        reason = (info.error_information.reason if info and info.error_information else None) or ""
        return self.explain(code, text=reason)

    def message(self, view: ProvisioningEvent) -> Sentence:
        """What happened, as one sentence without a full stop, for the log table."""
        info = view.provisioning_status_info
        status = ((info.status if info else None) or "").casefold()
        name = _quoted(_name(view))
        action = (view.provisioning_action or "").casefold()
        if action == "stageddelete":
            return say("The removal of {name} is held back by the accidental-deletion guard", name=name)
        if status == "failure":
            return self._failed(view, name, action)
        if status == "skipped":
            return self._skipped(view, name)
        if status in ("success", "warning"):
            done = _done(view, name, action)
            code = event_code(view)
            if status == "warning" and code:
                return say("{what}, with a warning: {why}", what=done, why=self._clause(view, code))
            return done
        return say("{name}: Microsoft reports “{status}”", name=name, status=_quoted(status or "nothing"))

    def _failed(self, view: ProvisioningEvent, name: str, action: str) -> Sentence:
        code = event_code(view)
        template = {
            "create": "{name} was not created: {why}",
            "update": "{name} was not updated: {why}",
            "disable": "{name} was not disabled: {why}",
            "delete": "{name} was not deleted: {why}",
        }.get(action, "{name} was not provisioned: {why}")
        return say(template, name=name, why=self._clause(view, code))

    def _skipped(self, view: ProvisioningEvent, name: str) -> Sentence:
        code = event_code(view)
        if same(code, "RedundantExport"):
            return say("Nothing to change for {name}", name=name)
        if same(code, _NOT_ENTITLED):
            match _first_false(view):
                case "IsActive":
                    return say("{name} is disabled in Entra", name=name)
                case "Assigned":
                    return say("{name} is not assigned to the app", name=name)
                case "IsInProvisioningScope":
                    return say("{name} is left out by a scoping filter", name=name)
        if not code:
            return say("{name} was passed over", name=name)
        return say("{name} was passed over: {why}", name=name, why=self._clause(view, code))

    def _clause(self, view: ProvisioningEvent, code: str) -> str:
        """Why, completing a sentence; the app's own words where the code covers too much."""
        info = view.provisioning_status_info
        text = (info.error_information.reason if info and info.error_information else None) or ""
        app = _app_name(view)
        reason = parse_reason(text)
        explanation = self.explain(code, text=text)
        if _is_conflict(explanation, reason) and (taken := _taken(view, reason, app)):
            return taken
        if (explanation.catch_all or not explanation.short) and reason.detail:
            return say("{app} says “{detail}”", app=app, detail=_quoted(reason.detail))
        if explanation.catch_all and explanation.also is not None and explanation.also.short:
            explanation = explanation.also
        if explanation.short:
            return say(explanation.short, app=app) if "{app}" in explanation.short else say(explanation.short)
        if code:
            return say("the reason is given as “{code}”", code=_quoted(code))
        return say("no reason is given")

    def _known(self, code: str) -> Explanation | None:
        name = self._by_folded.get(code.casefold())
        return self._entries[self._aliases.get(name, name)] if name else None

    def _by_ending(self, code: str) -> Explanation | None:
        for ending, name in self._suffixes:
            if len(code) > len(ending) and code.endswith(ending):
                return replace(self._entries[name], exact=False)
        return None

    def _inside(self, scim_type: str, status: int | None) -> Explanation | None:
        by_type = self._entries.get(f"scimType:{scim_type}") if scim_type else None
        return by_type or (self._entries.get(f"HTTP_{status}") if status else None)


def _read(
    code: str, raw: Mapping[str, Mapping[str, Any]], shared: Mapping[str, Mapping[str, Any]]
) -> Explanation:
    """One entry: what its file says for all, what the entry it is ``like`` says, and what it says itself."""
    model = raw[code].get("like")
    taken_over: dict[str, Any] = {**shared[model], **raw[model]} if model else {}
    passed_on = ("causes", "fixes", "side", "retry", "severity")
    entry: dict[str, Any] = {
        **shared[code],
        **{key: taken_over[key] for key in passed_on if key in taken_over},
    }
    entry.update(raw[code])
    return Explanation(
        code=code,
        title=entry["title"],
        meaning=entry["meaning"],
        causes=tuple(entry["causes"]),
        fixes=tuple(entry["fixes"]),
        side=entry["side"],
        retry=entry["retry"],
        severity=entry["severity"],
        kind=entry["kind"],
        short=entry.get("short", ""),
        catch_all=bool(entry.get("catch_all", False)),
    )


@functools.lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """The catalogue, read once; it never changes.

    Raises:
        FileNotFoundError: The installation is incomplete.
    """
    return Catalogue.load()


def explain(code: str | None, http_status: int | None = None, text: str = "") -> Explanation:
    """``Catalogue.explain`` with the catalogue that comes with the program."""
    return catalogue().explain(code, http_status, text)


def explain_event(view: ProvisioningEvent) -> Explanation | None:
    """``Catalogue.explain_event`` with the catalogue that comes with the program."""
    return catalogue().explain_event(view)


def message(view: ProvisioningEvent) -> Sentence:
    """``Catalogue.message`` with the catalogue that comes with the program."""
    return catalogue().message(view)


def event_code(view: ProvisioningEvent) -> str:
    """The code of an event: its error code, else the skip reason of its last step, else an empty text."""
    info = view.provisioning_status_info
    if info and info.error_information and info.error_information.error_code:
        return info.error_information.error_code
    for step in reversed(view.provisioning_steps or ()):
        for key, value in (step.details or {}).items():
            if same(key, "SkipReason") and value:
                return str(value)
    return ""


# What an event says about the person, the app and the scoping step


def _first_false(view: ProvisioningEvent) -> str:
    """Which answer of the scoping step is false first, by Graph's name; an empty text when none is."""
    answers = {
        _folded(key): str(value).strip().casefold()
        for step in view.provisioning_steps or ()
        if _is_scoping(step)
        for key, value in (step.details or {}).items()
    }
    for name, keys in (("IsActive", _ACTIVE), ("Assigned", _ASSIGNED), ("IsInProvisioningScope", _IN_SCOPE)):
        if any(answers.get(key) == "false" for key in keys):
            return name
    return ""


def _is_scoping(step: ProvisioningStep) -> bool:
    return same(step.provisioning_step_type, "scoping") or same(step.name, "EntrySynchronizationScoping")


def _folded(key: str) -> str:
    return "".join(character for character in key.casefold() if character.isalnum())


def _name(view: ProvisioningEvent) -> str:
    for identity in (view.source_identity, view.target_identity):
        if identity is None:
            continue
        details = {_folded(key): value for key, value in (identity.details or {}).items()}
        for name in (identity.display_name, details.get("displayname"), details.get("userprincipalname")):
            if isinstance(name, str) and name.strip():
                return name
    changed = {changed.display_name: changed.new_value for changed in view.modified_properties or ()}
    for key in ("displayName", "userPrincipalName", "userName"):
        if changed.get(key):
            return str(changed[key])
    for identity in (view.source_identity, view.target_identity):
        if identity is not None and identity.id:
            return say("the object {id}", id=identity.id)
    return say("an object without a name")


def _app_name(view: ProvisioningEvent) -> str:
    system = view.target_system
    details = (system.details or {}) if system else {}
    for name in (details.get("ServicePrincipalDisplayName"), system.display_name if system else None):
        if isinstance(name, str) and name.strip() and not same(name, "customappsso"):
            return _quoted(name)
    return say("the app")


def _quoted(text: str) -> str:
    """Text by strangers, on one line and not too long."""
    return visible(text.strip().rstrip("."), _LONGEST_QUOTE)


def _done(view: ProvisioningEvent, name: str, action: str) -> Sentence:
    match action:
        case "create":
            return say("{name} was created", name=name)
        case "update":
            return say("{name} was updated", name=name)
        case "disable":
            return say("{name} was disabled", name=name)
        case "delete":
            return say("{name} was deleted", name=name)
    if view.modified_properties:
        return say("{name} was processed", name=name)
    return say("Nothing to change for {name}", name=name)


def _is_conflict(explanation: Explanation, reason: Reason) -> bool:
    conflicts = ("EntryConflict", "HTTP_409", "scimType:uniqueness")
    return (
        explanation.code.endswith(("Conflict", *conflicts))
        or reason.scim_type == "uniqueness"
        or (reason.http_status == 409 and not explanation.exact)
    )


def _taken(view: ProvisioningEvent, reason: Reason, app: str) -> Sentence | None:
    """Which value is in use, where the app's answer names it; names are compared, never sentences."""
    text = _folded(f"{reason.detail} {reason.body}")
    is_group = view.source_identity is not None and same(view.source_identity.identity_type, "Group")
    if is_group:
        return say("{app} already has a group of this name", app=app)
    if "username" in text:
        return say("the user name is already taken at {app}", app=app)
    if "email" in text:
        return say("the e-mail address is already taken at {app}", app=app)
    if "externalid" in text:
        return say("the external ID is already taken at {app}", app=app)
    return None
