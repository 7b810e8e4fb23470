"""A tenant and a client ID are read from whatever a person pastes, or refused in one sentence that says what to enter."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scim_assistant.signin.client import COMMAND_LINE_CLIENT
from scim_assistant.signin.tenant_text import OWN_TENANT, read_client_id, read_tenant

GUID = "1b2c3d4e-0000-4111-8222-abcdefabcdef"


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "organizations", "Organizations", "\u200f", '""'])
def test_nothing_means_the_tenant_of_the_account(text: str) -> None:
    read = read_tenant(text)
    assert (read.tenant, read.problem) == (OWN_TENANT, None)


@pytest.mark.parametrize(
    ("text", "tenant"),
    [
        ("example.com", "example.com"),
        ("  Example.OnMicrosoft.com \r\n", "example.onmicrosoft.com"),
        ("example.com.", "example.com"),
        ("'example.com'", "example.com"),
        (GUID, GUID),
        (GUID.upper(), GUID),
        ("{" + GUID + "}", GUID),
        ("bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_or_an_id_stands_as_it_is(text: str, tenant: str) -> None:
    read = read_tenant(text)
    assert (read.tenant, read.note, read.problem) == (tenant, "", None)


@pytest.mark.parametrize(
    ("text", "tenant"),
    [
        ("ana@example.com", "example.com"),
        ("Ana Admin <ana@example.com>", "example.com"),
        ("<ana@example.com>", "example.com"),
        ("ana_example.org#EXT#@example.onmicrosoft.com", "example.onmicrosoft.com"),
    ],
)
def test_of_a_mail_address_the_domain_is_taken_and_that_is_said(text: str, tenant: str) -> None:
    read = read_tenant(text)
    assert read.tenant == tenant
    assert tenant in read.note


@pytest.mark.parametrize(
    ("text", "tenant"),
    [
        (f"https://login.microsoftonline.com/{GUID}/oauth2/v2.0/authorize?client_id=x", GUID),
        ("https://login.microsoftonline.com/example.com/.well-known/openid-configuration", "example.com"),
        ("login.microsoftonline.us/example.com", "example.com"),
        ("https://sts.windows.net/" + GUID + "/", GUID),
        (
            "https://portal.azure.com/#@example.onmicrosoft.com/resource/subscriptions",
            "example.onmicrosoft.com",
        ),
        ("https://portal.azure.com/#@example.com", "example.com"),
        ("https://portal.azure.com/#%40example.com/blade", "example.com"),
        ("https://portal.azure.com/example.onmicrosoft.com", "example.onmicrosoft.com"),
        (f"https://entra.microsoft.com/?tenantId={GUID}#view/Microsoft_AAD_IAM/Overview", GUID),
        (f"https://entra.microsoft.com/#@{GUID}#view/x", GUID),
        (f"https://myapps.microsoft.com/?tenantId={GUID}", GUID),
        ("HTTPS://PORTAL.AZURE.US/#@EXAMPLE.COM/", "example.com"),
    ],
)
def test_of_a_microsoft_address_the_tenant_is_taken_and_that_is_said(text: str, tenant: str) -> None:
    read = read_tenant(text)
    assert (read.tenant, read.problem) == (tenant, None)
    assert tenant in read.note


def test_the_address_of_every_work_account_means_the_accounts_own_tenant() -> None:
    assert read_tenant("https://login.microsoftonline.com/organizations/oauth2").tenant == OWN_TENANT


@pytest.mark.parametrize(
    "text",
    [
        "https://portal.azure.com/#view/Microsoft_AAD_RegisteredApps/ApplicationsListBlade",
        "https://portal.azure.com",
        "portal.azure.com",
        "login.microsoftonline.com",
        "https://www.example.com/about",
        "https://example.com.evil.example/#@example.com",
        "https://[::1",
        "file:///etc/passwd",
        "https://portal.azure.com:99999/#@example.com",
    ],
)
def test_an_address_without_a_tenant_says_so(text: str) -> None:
    read = read_tenant(text)
    assert read.tenant == ""
    assert read.problem is not None
    assert "names no tenant" in read.problem


@pytest.mark.parametrize(
    "text",
    [
        "consumers",
        "ana@outlook.com",
        "hotmail.com",
        "9188040d-6c67-4c5b-b112-36a304b66dad",
        "https://login.live.com@login.microsoftonline.com/consumers",
        "https://login.microsoftonline.com/consumers/oauth2",
    ],
)
def test_personal_accounts_are_explained(text: str) -> None:
    problem = read_tenant(text).problem
    assert problem is not None
    assert "Personal" in problem
    assert "no provisioning" in problem


@pytest.mark.parametrize("text", ["common", "https://login.microsoftonline.com/common/oauth2"])
def test_common_is_explained(text: str) -> None:
    problem = read_tenant(text).problem
    assert problem is not None
    assert "personal accounts" in problem


@pytest.mark.parametrize(
    "text",
    [
        "example",
        "example com",
        "a.example.com\nb.example.com",
        "-example.com",
        "example..com",
        "exam_ple.com",
        "192.0.2.7",
        "@",
        "ana@",
        "ana@example",
        "00000000-0000-0000-0000-000000000000",
        GUID[:-1],
        "x" * 64 + ".com",
        ("a" * 60 + ".") * 5 + "com",
        "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln",
        "../../example.com",
        "example.com/../x",
        "example.com?x=1",
        "example.com#x",
        "example.com:443",
        "x" * 10_000,
        "example.com " * 2_000,
    ],
)
def test_nonsense_is_one_sentence_that_repeats_nothing(text: str) -> None:
    read = read_tenant(text)
    assert read.tenant == ""
    assert read.problem is not None
    assert "\n" not in read.problem
    assert read.problem.endswith(".")
    assert len(read.problem) < 200
    assert len(text) < 12 or text not in read.problem


def test_invisible_marks_are_left_out_and_that_is_said() -> None:
    read = read_tenant("\u202eexample\u200b.com\u200f")
    assert read.tenant == "example.com"
    assert "Invisible" in read.note


@given(st.text(max_size=300))
@example("https://portal.azure.com/#@\u0130.com")
@example("//")
@example("https://login.microsoftonline.com/%2e%2e%2fexample.com")
def test_whatever_is_typed_either_fits_into_an_address_or_is_refused(text: str) -> None:
    read = read_tenant(text)
    assert bool(read.tenant) != (read.problem is not None)
    assert all(character in "abcdefghijklmnopqrstuvwxyz0123456789.-" for character in read.tenant)
    client = read_client_id(text)
    assert client.client_id == "" or len(client.client_id) == 36


@pytest.mark.parametrize("text", [GUID, GUID.upper(), f" {{{GUID}}}\n", f"'{GUID}'", f"\ufeff{GUID}"])
def test_a_client_id_is_read(text: str) -> None:
    read = read_client_id(text)
    assert (read.client_id, read.problem) == (GUID, None)


def test_no_client_id_is_no_mistake_yet() -> None:
    read = read_client_id("  ")
    assert (read.client_id, read.note, read.problem) == ("", "", None)


@pytest.mark.parametrize(
    "text",
    [
        f"Application (client) ID: {GUID}",
        f"Client ID : {GUID}",
        f"https://portal.azure.com/#view/X/ApplicationMenuBlade/~/Overview/appId/{GUID}/isMSAApp~/false",
    ],
)
def test_a_client_id_is_taken_out_of_what_surrounds_it(text: str) -> None:
    read = read_client_id(text)
    assert read.client_id == GUID
    assert GUID in read.note


@pytest.mark.parametrize(
    "text",
    [
        "x",
        GUID[1:],
        f"{GUID} 2b2c3d4e-0000-4111-8222-abcdefabcdef",
        "Zz~8Q~abcdefghijklmnopqrstuvwxyz0123456789",
        "00000000-0000-0000-0000-000000000000",
        "example.com",
        "y" * 10_000,
        f"api://{'a' * 30}/" + "b" * 50,
    ],
)
def test_what_is_no_client_id_is_refused_without_repeating_it(text: str) -> None:
    read = read_client_id(text)
    assert read.client_id == ""
    assert read.problem is not None
    assert text == "x" or text not in read.problem


def test_the_well_known_client_comes_with_its_caveat() -> None:
    read = read_client_id(COMMAND_LINE_CLIENT)
    assert read.client_id == COMMAND_LINE_CLIENT
    assert "only where the operating system signs in" in read.note
