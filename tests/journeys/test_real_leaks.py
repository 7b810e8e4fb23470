"""After a whole set-up on a real tenant nothing that was written anywhere holds a token, a code or the vendor's secret.

The journey is as bad as it gets: a claims challenge, a refused sign-in, a revoked one, a code on another device. Tokens
and the vendor's secret rest in a real keyring, are found again after a restart, and are gone after signing out.
"""

from __future__ import annotations

import base64
import io
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from scim_assistant.errors import KnownError
from scim_assistant.signin.offer import Rest, Way
from scim_assistant.steps import sign_in
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.sign_in import SignInStep
from scim_assistant.steps.step import StepKey
from scim_assistant.work import Work
from tests.authority.browser import Browser, HttpBrowser
from tests.authority.chromium import chromium
from tests.authority.state import CLIENT
from tests.journeys.leaks import files_below, leaks
from tests.journeys.outside import assert_as_expected
from tests.journeys.real import RealTenant, RealWalker, program

if TYPE_CHECKING:
    from tests.secret_service.daemon import SecretService

SECOND_FACTOR = {"access_token": {"acrs": {"essential": True, "value": "c1"}}}


@contextmanager
def heard() -> Iterator[io.StringIO]:
    """Everything that any logger says, however little it matters."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


def spoken(trouble: KnownError) -> str:
    """All that a person, a log or a report of a crash could show of what went wrong."""
    details = "\n".join(f"{label}: {value}" for label, value in trouble.details.lines())
    crash = "".join(traceback.format_exception(trouble))
    return "\n".join((trouble.what, trouble.why, trouble.next_step, details, repr(trouble), crash))


class Evidence:
    """All that was written by and around a journey.

    Args:
        folders: Where it may write.
    """

    def __init__(self, *folders: Path) -> None:
        self._folders = folders
        self._taken: list[tuple[str, bytes]] = []

    def take(self, when: str) -> None:
        """Keep what the folders hold now, since some of it is gone later."""
        for folder in self._folders:
            self._taken += [(f"{name} {when}", content) for name, content in files_below(folder)]

    def add(self, name: str, text: str) -> None:
        """Something that is no file."""
        self._taken.append((name, text.encode()))

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        yield from self._taken
        for folder in self._folders:
            yield from files_below(folder)


def stormy(tenant: RealTenant, walker: RealWalker) -> None:
    """Have everything happen that touches a token."""

    def factor() -> None:
        tenant.authority.demand_claims(tenant.upn, SECOND_FACTOR, needs_person=True)

    def end_of_sign_in() -> None:
        tenant.authority.revoke(tenant.upn)
        tenant.authority.expire_now()
        tenant.authority.fail_next("invalid_grant", 70008)

    tenant.at_write(1, lambda: tenant.authority.fail_next("temporarily_unavailable", 90033, status=503))
    tenant.at_write(2, tenant.authority.expire_now)
    tenant.at_write(4, factor)
    tenant.at_write(6, end_of_sign_in)
    end = walker.finish()
    assert (end.state, end.step) == ("live", StepKey.DONE), walker.said
    assert len(walker.needed) >= 3
    assert_as_expected(tenant.outside, tenant.facts)


def kept_in(service: SecretService) -> bytes:
    """All secrets of the keyring, decrypted, as any program of this person could read them."""
    import secretstorage

    with service.connection() as connection:
        items = list(secretstorage.get_default_collection(connection).get_all_items())
        return b"\n".join(item.get_secret() for item in items)


def the_whole_of_it(
    service: SecretService,
    browser: Browser,
    tmp_path: Path,
    own_home: Path,
    capfd: pytest.CaptureFixture[str],
    *,
    way: Way = Way.BROWSER,
) -> tuple[Evidence, dict[str, str]]:
    """A stormy set-up, a restart and signing out; what was written, and the secrets that may not be in it."""
    evidence = Evidence(tmp_path, own_home, service.folder)
    vault = service.vault(tmp_path / "data" / "kept")
    tenant = RealTenant(browser=browser)
    try:
        with heard() as log:
            with program(tenant, tmp_path, vault=vault) as services:
                walker = RealWalker(
                    tenant, services, way=way, keep_secret=True, on_trouble=lambda trouble: True
                )
                stormy(tenant, walker)
                offer = walker.found.offer
                assert offer is not None
                assert offer.place is not None
                assert offer.place.rest is Rest.SECRET_SERVICE
                evidence.take("while it ran")
            evidence.take("after it ended")
            held = kept_in(service)
            assert tenant.authority.issued["refresh token"][-1].encode() in held, "this is where they rest"
            assert str(tenant.world.line["scim_token"]).encode() in held
            restart(tenant, tmp_path, service)
        evidence.add("what was said", walker.said)
        evidence.add("the log", log.getvalue())
        for number, trouble in enumerate((*walker.needed, *walker.troubles)):
            evidence.add(f"trouble {number}", spoken(trouble))
        evidence.add("findings", repr((walker.answers, walker.found, walker.sessions, services, offer)))
        evidence.add("the answers' log", repr(walker.answers.for_log()))
        out, err = capfd.readouterr()
        evidence.add("the terminal", out + err)
        return evidence, tenant.secrets()
    finally:
        tenant.close()


def restart(tenant: RealTenant, home: Path, service: SecretService) -> None:
    """The next start finds the account and renews silently; signing out leaves nothing of it."""
    pages = len(tenant.visitor.opened)
    answers = Answers(client_id=CLIENT, tenant="example.com")
    tenant.authority.expire_now()
    with program(tenant, home, vault=service.vault(home / "data" / "kept")) as services:
        found = SignInStep().lookup(services, answers, Found(profiles=profiles(services)), Work())
        assert found.session is not None, "it goes on without a person"
        assert found.session.account.casefold() == tenant.upn
        assert found.readiness
        account_id = found.session.signed_in.account.id if found.session.signed_in else ""
        found = sign_in.sign_out(services, answers, found, account_id, Work())
        assert found.session is None
    assert len(tenant.visitor.opened) == pages
    held = kept_in(service)
    tokens = tenant.authority.issued["refresh token"] + tenant.authority.issued["access token"]
    assert not [token for token in tokens if token.encode() in held], "signing out forgets"
    with program(tenant, home, vault=service.vault(home / "data" / "kept")) as services:
        found = SignInStep().lookup(services, answers, Found(profiles=profiles(services)), Work())
        assert found.session is None
        assert found.offer is not None
        assert found.offer.accounts == ()


def profiles(services: object) -> tuple[object, ...]:
    """The app profiles, as the first page has read them."""
    from scim_assistant.steps.start import StartStep

    return StartStep().lookup(services, Answers(), Found(), Work()).profiles  # type: ignore[arg-type]


def test_nothing_written_holds_a_secret(
    secret_service: SecretService, tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    evidence, secrets = the_whole_of_it(secret_service, HttpBrowser(), tmp_path, own_home, capfd)
    assert {name.rpartition(" ")[0] for name in secrets} >= {"access token", "refresh token", "code"}
    assert list(leaks(evidence, secrets)) == []


def test_the_same_with_a_code_on_another_device(
    secret_service: SecretService, tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    evidence, secrets = the_whole_of_it(
        secret_service, HttpBrowser(), tmp_path, own_home, capfd, way=Way.CODE
    )
    assert any(name.startswith("device code") for name in secrets)
    assert list(leaks(evidence, secrets)) == []


def test_the_same_in_a_real_browser(
    secret_service: SecretService, tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with chromium() as browser:
        evidence, secrets = the_whole_of_it(secret_service, browser, tmp_path, own_home, capfd)
    assert list(leaks(evidence, secrets)) == []


def test_the_search_would_find_them(
    secret_service: SecretService, tmp_path: Path, own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    evidence, secrets = the_whole_of_it(secret_service, HttpBrowser(), tmp_path, own_home, capfd)
    journal = next(path for path in tmp_path.rglob("*") if path.is_file() and "journal" in str(path))
    settings = next(path for path in tmp_path.rglob("*") if path.is_file() and "config" in str(path))
    planted = {
        "access token 1": (journal, f'{{"note": "{secrets["access token 1"]}"}}'),
        "refresh token 1": (settings, base64.b64encode(f"x{secrets['refresh token 1']}".encode()).decode()),
        "code 1": (own_home / "crash.txt", quote(secrets["code 1"], safe="")),
        "vendor's token": (secret_service.folder / "cache.bin", secrets["vendor's token"].encode().hex()),
    }
    for path, text in planted.values():
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    found = list(leaks(evidence, secrets))
    assert {each.partition(" in ")[0] for each in found} == set(planted)
