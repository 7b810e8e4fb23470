"""App profiles: what each vendor wants as Tenant URL and Secret Token, as data in ``resources/profiles/*.toml``.

A profile holds only what a public source settles; what is doubtful is left out, or worded as a possibility. A person's
own profiles lie in a folder of theirs; one with the id of a built-in one takes its place. How a file is written is in
``resources/profiles/README.md``, and ``profile_file.py`` reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from scim_assistant.resources import names, resource
from scim_assistant.scim.layers import TITLES
from scim_assistant.secret import Secret
from scim_assistant.sentence import Sentence

if TYPE_CHECKING:
    from scim_assistant.scim.profile_file import Mistake
    from scim_assistant.scim.target import Target

FOLDER = "profiles"
"""Where profiles lie: below ``resources/``, and below the folder of the settings."""
ENDING = ".toml"
CUSTOM = "generic"
"""The profile for an app that is set up with Microsoft's template for apps outside the gallery."""
ANY = "any"
"""The profile for a service of which nothing is known: for testing it, never for a set-up."""
DEEP = "deep"
"""Stands among the checks not to run for the whole deep check."""
MOST_OWN = 200
"""Files that are read of a person's folder; more are no profiles."""


class TokenForm(StrEnum):
    """What the vendor's tokens are."""

    UNKNOWN = ""
    """Nobody says."""
    JWT = "jwt"
    """They can be read."""
    OPAQUE = "opaque"
    """They say nothing to anybody but the vendor."""


@dataclass(frozen=True, slots=True)
class TenantUrlForm:
    """What the vendor's SCIM address looks like.

    Attributes:
        pattern: For people, with ``{parts}`` to fill in; empty where every customer's differs.
        regex: What a usual address matches as a whole; empty for no rule. A mismatch is a hint, not proof.
        examples: Some that could be real.
        examples_bad: Some that people paste by mistake.
        alternatives: Other patterns.
        bad_endings: Endings of addresses that people paste by mistake.
        note: What else to know; may be empty.
    """

    pattern: str = ""
    regex: str = ""
    examples: tuple[str, ...] = ()
    examples_bad: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    bad_endings: tuple[str, ...] = ()
    note: Sentence = Sentence("")

    def fits(self, address: str) -> bool:
        """True when an address looks as usual, or when there is no rule."""
        return not self.regex or re.fullmatch(self.regex, address, re.IGNORECASE) is not None

    def refuses(self, address: str) -> bool:
        """True when an address breaks the rule, or ends as no address of this vendor should."""
        path = address.casefold().rstrip("/")
        return not self.fits(address) or any(
            path.endswith(ending.casefold().rstrip("/")) for ending in self.bad_endings
        )


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
        life: How long it works, in words; empty where the vendor does not say.
        life_days: The same in days, no more than the vendor promises; None where it has no end or none is known.
        shown_once: It cannot be looked up later; None where the vendor does not say.
        max_active: How many can exist at a time; None for no limit, or where none is known.
        rotation: How a token is replaced by another.
        form: What it is.
        shape: What an opaque one matches as a whole; empty for no rule. A mismatch is a hint, not proof.
        shape_note: The same for people, as the end of *those ...*: ``begin with ghp_``.
        note: What else to know, such as how secret it is.
    """

    belongs_to: Sentence = Sentence("")
    life: Sentence = Sentence("")
    life_days: int | None = None
    shown_once: bool | None = None
    max_active: int | None = None
    rotation: Sentence = Sentence("")
    form: TokenForm = TokenForm.UNKNOWN
    shape: str = ""
    shape_note: Sentence = Sentence("")
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
class Quirk:
    """How a vendor's service differs from others, so that a test's outcome is not misread.

    Attributes:
        key: Stable name.
        sentence: What it does.
        explains: Key of the layer or check that it explains; empty for all.
        status: HTTP status that it explains; 0 for any.
    """

    key: str
    sentence: Sentence
    explains: str = ""
    status: int = 0


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
        gallery_names: What the gallery calls it, the usual name first; empty for an app that is set up as a custom one.
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
        quirks: How the service differs from others.
        skip_checks: Which checks not to run, by their key (``deep`` for the whole deep check), each with the reason.
        deep_note: What to know before the deep check makes a throw-away person and group; empty where nothing is known.
        rate_limit: The vendor's limit, where known.
        help_link: The tutorial for this app; empty for none.
        sources: Pages that the profile was written from.
        only_check: For testing a service; nothing can be set up with it.
        yours: It comes from the person's own folder.
    """

    id: str
    display_name: str
    gallery_names: tuple[str, ...]
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
    quirks: tuple[Quirk, ...] = ()
    skip_checks: Mapping[str, Sentence] = field(default_factory=lambda: MappingProxyType({}))
    deep_note: Sentence = Sentence("")
    one_app_for_sign_in: bool = False
    only_check: bool = False
    yours: bool = False

    @property
    def gallery_name(self) -> str | None:
        """What the gallery usually calls it; None for an app that is set up as a custom one."""
        return self.gallery_names[0] if self.gallery_names else None

    @property
    def name_in_text(self) -> str:
        """What to call the app within a sentence: a profile for whatever app it may be has a title and no name."""
        return "the app" if self.id in {ANY, CUSTOM} else self.display_name

    @property
    def can_be_set_up(self) -> bool:
        """True when this program can do the whole set-up, without the portal's consent window."""
        return self.auth == "bearer" and not self.only_check

    def advice_for(self, step: str) -> tuple[Sentence, ...]:
        """The advice that belongs to a step."""
        return tuple(advice.sentence for advice in self.advice if advice.step == step)

    def quirks_for(self, check: str, status: int | None = None) -> tuple[Sentence, ...]:
        """What the vendor's quirks say to how a layer or check came out.

        Args:
            check: Its key; what explains ``deep`` belongs to every check that is no layer.
            status: HTTP status of the answer; None where there was none.
        """
        around = "" if check in TITLES else DEEP
        return tuple(
            quirk.sentence
            for quirk in self.quirks
            if quirk.explains in ("", check, around) and quirk.status in (0, status)
        )

    def target(self, tenant_url: str, secret: Secret, *, allow_loopback: bool) -> Target:
        """The service to test, with what this profile knows of it.

        Args:
            tenant_url: Cleaned.
            secret: Bearer token, cleaned.
            allow_loopback: Also ask this computer itself, by plain http too.
        """
        from scim_assistant.scim.target import Target

        return Target(
            tenant_url=tenant_url.rstrip("/"),
            secret=secret,
            matching_user=self.matching_user,
            matching_group=self.matching_group,
            groups=self.groups,
            allow_loopback=allow_loopback,
            skip=frozenset(self.skip_checks),
            requests_per_minute=self.rate_limit.per_minute if self.rate_limit else 0,
            wait_field=self.rate_limit.body_field if self.rate_limit else "",
        )


@dataclass(frozen=True, slots=True)
class BrokenProfile:
    """A file of a person's folder that is not used.

    Attributes:
        file: Its whole path.
        mistakes: What is wrong, in the order of the lines.
    """

    file: Path
    mistakes: tuple[Mistake, ...]

    def lines(self) -> tuple[str, ...]:
        """Every mistake with file and line, one a line: ``mine.toml, line 3: ...``."""
        return tuple(mistake.in_file(self.file.name) for mistake in self.mistakes)


@dataclass(frozen=True, slots=True)
class Profiles:
    """Every profile there is.

    Attributes:
        all: ScreenSteps first, then by name; last the one for custom apps, then the one for any service.
        broken: Files of the person's folder that are not used.
        folder: That folder, whether it is there or not; None where nobody has one.
    """

    all: tuple[AppProfile, ...]
    broken: tuple[BrokenProfile, ...] = ()
    folder: Path | None = None

    @property
    def offered(self) -> tuple[AppProfile, ...]:
        """Those of apps that can be set up or watched."""
        return tuple(profile for profile in self.all if not profile.only_check)


def profiles() -> tuple[AppProfile, ...]:
    """Every built-in profile."""
    return _sorted(load_profile(name) for name in names(FOLDER, ENDING))


def all_profiles(own: Path | None = None) -> Profiles:
    """The built-in profiles and a person's own. A broken one of theirs stops nothing.

    Args:
        own: The person's folder; it need not be there.
    """
    from scim_assistant.scim.profile_file import Mistakes, read_profile_file

    found = {profile.id: profile for profile in profiles()}
    broken = []
    for file in _files(own) if own is not None else ():
        try:
            mine = replace(read_profile_file(file), yours=True)
        except Mistakes as error:
            broken.append(BrokenProfile(file, error.mistakes))
        else:
            found[mine.id] = mine
    return Profiles(_sorted(found.values()), tuple(broken), own)


def _files(folder: Path) -> tuple[Path, ...]:
    try:
        found = sorted(
            one for one in folder.iterdir() if one.suffix == ENDING and not one.name.startswith(".")
        )
    except OSError:
        return ()
    return tuple(found[:MOST_OWN])


def load_profile(profile_id: str) -> AppProfile:
    """One built-in profile.

    Raises:
        KeyError: There is none with this id.
        Mistakes: Its file is not a profile.
    """
    from scim_assistant.scim.profile_file import read_profile

    if profile_id not in names(FOLDER, ENDING):
        raise KeyError(profile_id)
    text = resource(f"{FOLDER}/{profile_id}{ENDING}").read_text(encoding="utf-8")
    return read_profile(profile_id, text)


def _sorted(found: Iterable[AppProfile]) -> tuple[AppProfile, ...]:
    return tuple(
        sorted(
            found,
            key=lambda profile: (
                profile.id != "screensteps",
                profile.id == ANY,
                profile.id == CUSTOM,
                profile.display_name.casefold(),
            ),
        )
    )
