"""App profiles: what each vendor wants as Tenant URL and Secret Token, as data in ``resources/profiles/*.toml``.

A profile holds only what a public source settles; what is doubtful is left out, or worded as a possibility.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scim_assistant.resources import names, read_toml
from scim_assistant.sentence import Sentence, say

FOLDER = "profiles"
CUSTOM = "generic"
"""The profile for an app that is not in the gallery."""


@dataclass(frozen=True, slots=True)
class TenantUrlForm:
    """What the vendor's SCIM address looks like.

    Attributes:
        pattern: For people, with ``{parts}`` to fill in; empty where every customer's differs.
        regex: What a usual address matches as a whole; empty for no rule. A mismatch is a hint, not proof.
        example: One that could be real.
        alternatives: Other patterns.
        bad_endings: Endings of addresses that people paste by mistake.
        note: What else to know; may be empty.
    """

    pattern: str = ""
    regex: str = ""
    example: str = ""
    alternatives: tuple[str, ...] = ()
    bad_endings: tuple[str, ...] = ()
    note: Sentence = Sentence("")

    def fits(self, address: str) -> bool:
        """True when an address looks as usual, or when there is no rule."""
        return not self.regex or re.fullmatch(self.regex, address, re.IGNORECASE) is not None


@dataclass(frozen=True, slots=True)
class Where:
    """Where to find something in the vendor's product.

    Attributes:
        sentence: How to get there.
        menu: The same as menu names, outermost first; empty where it is no menu.
        link: A help page; empty where there is none.
    """

    sentence: Sentence
    menu: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """What is known of the vendor's token.

    Attributes:
        belongs_to: Whose it is: the whole account, one person, and so on.
        life: How long it works; empty where the vendor does not say.
        note: What else to know: how it is replaced, how secret it is.
    """

    belongs_to: Sentence = Sentence("")
    life: Sentence = Sentence("")
    note: Sentence = Sentence("")


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many requests the vendor takes, and where it says how long to wait.

    Attributes:
        per_minute: Requests a minute.
        body_field: Member of the error body that holds the seconds to wait; empty for none.
    """

    per_minute: int
    body_field: str = ""


@dataclass(frozen=True, slots=True)
class Advice:
    """Something to know before it goes wrong.

    Attributes:
        key: Stable name.
        step: File name of the wizard's step where it belongs (``connect``, ``scope``, ``mappings``...).
        sentence: The advice.
    """

    key: str
    step: str
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """Something that has to be so at the vendor's before provisioning works.

    Attributes:
        title: What it is about, a noun phrase; no two of a profile are alike.
        sentence: What has to be so.
        link: A page that tells more; empty where there is none.
    """

    title: Sentence
    sentence: Sentence
    link: str = ""


@dataclass(frozen=True, slots=True)
class AppProfile:
    """One vendor's app.

    Attributes:
        id: File name without ending.
        display_name: What to call the app.
        gallery_name: What the gallery calls it; None for an app that is set up as a custom one.
        auth: ``bearer`` where a token can be written through Graph; ``portal`` where the portal's consent window is
            needed.
        tenant_url: What the address looks like.
        where_url, where_token: Where the vendor shows them.
        token: What is known of the token.
        plan: Plan of the vendor that is needed; empty where none is named.
        prerequisites: What has to be done at the vendor's before.
        one_app_for_sign_in: The vendor's gallery app serves single sign-on and provisioning, so that one which is
            used for sign-in already should be reused.
        groups: The app takes groups.
        matching_user, matching_group: SCIM attributes that people and groups are recognised by.
        required_attributes: SCIM attributes without which people fail.
        scope_recommended: ``assigned`` or ``everyone``.
        advice: What to know at which step.
        rate_limit: The vendor's limit, where known.
        help_link: The tutorial for this app; empty for none.
        sources: Pages that the profile was written from.
    """

    id: str
    display_name: str
    gallery_name: str | None
    auth: str
    tenant_url: TenantUrlForm
    where_url: Where
    where_token: Where
    token: TokenFacts
    plan: str
    prerequisites: tuple[Prerequisite, ...]
    groups: bool
    matching_user: str
    matching_group: str
    required_attributes: tuple[str, ...]
    scope_recommended: str
    advice: tuple[Advice, ...]
    rate_limit: RateLimit | None
    help_link: str
    sources: tuple[str, ...]
    one_app_for_sign_in: bool = False

    @property
    def can_be_set_up(self) -> bool:
        """True when this program can do the whole set-up, without the portal's consent window."""
        return self.auth == "bearer"

    def advice_for(self, step: str) -> tuple[Sentence, ...]:
        """The advice that belongs to a step."""
        return tuple(advice.sentence for advice in self.advice if advice.step == step)


def profiles() -> tuple[AppProfile, ...]:
    """Every profile: ScreenSteps first, the custom one last, the others by name."""
    found = [load_profile(name) for name in names(FOLDER, ".toml")]
    return tuple(
        sorted(
            found,
            key=lambda profile: (
                profile.id != "screensteps",
                profile.id == CUSTOM,
                profile.display_name.casefold(),
            ),
        )
    )


def load_profile(profile_id: str) -> AppProfile:
    """One profile.

    Raises:
        KeyError: There is none with this id.
        ValueError: Its file is not a profile.
    """
    if profile_id not in names(FOLDER, ".toml"):
        raise KeyError(profile_id)
    data = read_toml(f"{FOLDER}/{profile_id}.toml")
    try:
        return _profile(profile_id, data)
    except (KeyError, TypeError) as fault:
        raise ValueError(f"profile {profile_id}: {fault!r}") from fault


_KNOWN = frozenset({
    "display_name", "gallery_name", "auth", "plan", "prerequisites", "groups", "matching_user", "matching_group",
    "required_attributes", "scope_recommended", "help_link", "sources", "tenant_url", "where_url", "where_token",
    "token", "advice", "rate_limit", "one_app_for_sign_in",
})  # fmt: skip


def _profile(profile_id: str, data: Mapping[str, Any]) -> AppProfile:
    unknown = data.keys() - _KNOWN
    if unknown:
        raise KeyError(f"unknown members {sorted(unknown)}")
    if data["auth"] not in ("bearer", "portal") or data["scope_recommended"] not in ("assigned", "everyone"):
        raise KeyError("auth or scope_recommended")
    limit = data.get("rate_limit")
    return AppProfile(
        id=profile_id,
        display_name=data["display_name"],
        gallery_name=data.get("gallery_name"),
        auth=data["auth"],
        tenant_url=_tenant_url(data.get("tenant_url", {})),
        where_url=_where(data["where_url"]),
        where_token=_where(data["where_token"]),
        token=TokenFacts(**{key: say(text) for key, text in data.get("token", {}).items()}),
        plan=data.get("plan", ""),
        prerequisites=tuple(
            Prerequisite(say(item["title"]), say(item["sentence"]), item.get("link", ""))
            for item in data.get("prerequisites", ())
        ),
        groups=data["groups"],
        matching_user=data.get("matching_user", "userName"),
        matching_group=data.get("matching_group", "displayName"),
        required_attributes=tuple(data.get("required_attributes", ())),
        scope_recommended=data["scope_recommended"],
        advice=tuple(
            Advice(item["key"], item["step"], say(item["sentence"])) for item in data.get("advice", ())
        ),
        rate_limit=RateLimit(**limit) if limit else None,
        help_link=data.get("help_link", ""),
        sources=tuple(data.get("sources", ())),
        one_app_for_sign_in=data.get("one_app_for_sign_in", False),
    )


def _tenant_url(data: Mapping[str, Any]) -> TenantUrlForm:
    return TenantUrlForm(
        pattern=data.get("pattern", ""),
        regex=data.get("regex", ""),
        example=data.get("example", ""),
        alternatives=tuple(data.get("alternatives", ())),
        bad_endings=tuple(data.get("bad_endings", ())),
        note=say(data.get("note", "")),
    )


def _where(data: Mapping[str, Any]) -> Where:
    return Where(say(data["sentence"]), tuple(data.get("menu", ())), data.get("link", ""))
