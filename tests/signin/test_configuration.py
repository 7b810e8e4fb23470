"""Client ID, tenant and cloud come from the environment, the settings, or the organisation's file, each by itself."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from scim_assistant.settings import Settings
from scim_assistant.signin.client import Client, Origin
from scim_assistant.signin.clouds import CLOUDS, GLOBAL, cloud_named
from scim_assistant.signin.configuration import (
    ENVIRONMENT,
    FILE_NAME,
    find_client,
    machine_folder,
    who_configured,
)
from scim_assistant.signin.permissions import CHANGE, LOOK, names

ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"
THREE = "33333333-3333-4333-8333-333333333333"


def _file(folder: Path, text: str | bytes) -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / FILE_NAME
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_without_any_there_is_no_client_and_nothing_to_say(tmp_path: Path) -> None:
    client, note = find_client(Settings(), {}, tmp_path / "missing")
    assert client == Client("")
    assert note == ""
    assert client.authority == "https://login.microsoftonline.com/organizations"


def test_the_environment_wins_then_the_settings_then_the_file(tmp_path: Path) -> None:
    _file(tmp_path, f'client_id = "{THREE}"\ntenant = "file.example.com"\ncloud = "china"\n')
    settings = Settings(client_id=TWO, tenant="settings.example.com", cloud="usgov")
    environ = {
        "SCIM_ASSISTANT_CLIENT_ID": ONE,
        "SCIM_ASSISTANT_TENANT": "environment.example.com",
        "SCIM_ASSISTANT_CLOUD": "usgov-dod",
    }
    by_all, _ = find_client(settings, environ, tmp_path)
    assert (by_all.client_id, by_all.tenant, by_all.cloud.name) == (
        ONE,
        "environment.example.com",
        "usgov-dod",
    )
    by_two, _ = find_client(settings, {}, tmp_path)
    assert (by_two.client_id, by_two.tenant, by_two.cloud.name) == (TWO, "settings.example.com", "usgov")
    by_file, note = find_client(Settings(), {}, tmp_path)
    assert (by_file.client_id, by_file.tenant, by_file.cloud.name) == (THREE, "file.example.com", "china")
    assert note == ""
    assert [by_all.client_id_from, by_two.tenant_from, by_file.cloud_from] == [
        Origin.ENVIRONMENT,
        Origin.SETTINGS,
        Origin.MACHINE,
    ]


def test_each_value_comes_from_where_it_is_said(tmp_path: Path) -> None:
    _file(tmp_path, 'cloud = "usgov"\n')
    client, note = find_client(
        Settings(tenant="example.com"), {"SCIM_ASSISTANT_CLIENT_ID": ONE.upper()}, tmp_path
    )
    assert client == Client(
        ONE, "example.com", cloud_named("usgov"), Origin.ENVIRONMENT, Origin.SETTINGS, Origin.MACHINE
    )
    assert note == ""


def test_a_bad_value_is_passed_over_told_by_its_place_and_not_repeated(tmp_path: Path) -> None:
    _file(tmp_path, f'client_id = "{THREE}"\ntenant = "no tenant at all"\n')
    client, note = find_client(
        Settings(), {"SCIM_ASSISTANT_CLIENT_ID": "my-secret-paste", "SCIM_ASSISTANT_CLOUD": "mars"}, tmp_path
    )
    assert client.client_id == THREE
    assert client.tenant == "organizations"
    assert client.cloud is GLOBAL
    assert "SCIM_ASSISTANT_CLIENT_ID" in note
    assert "'tenant' in" in note
    assert FILE_NAME in note
    assert "usgov-dod" in note
    assert "my-secret-paste" not in note
    assert "mars" not in note


@pytest.mark.parametrize(
    "raw",
    [
        b'\xef\xbb\xbfclient_id = "' + ONE.encode() + b'"\r\n',
        f'client_id = "{ONE}"\r\n'.encode("utf-16"),
        f'# Contoso\nclient_id = "{{{ONE}}}"\n'.encode(),
    ],
    ids=["utf-8 with a mark", "utf-16", "braces"],
)
def test_a_file_from_any_editor_is_read(tmp_path: Path, raw: bytes) -> None:
    _file(tmp_path, raw)
    client, note = find_client(Settings(), {}, tmp_path)
    assert (client.client_id, note) == (ONE, "")


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b'tenant = "example.com"\nclient_id = nothing\n', "line 2"),
        (b'tenant = "example.com\n', "line 1"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"\xe4\xf6 = 1", "UTF-8"),
        (b"#" * 20_000, "16 KiB"),
        (b"a=" + b"[" * 5_000, "not valid TOML"),
        (b'tenant = "a"\ntenant = "b"', "not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line_and_the_rest_counts(
    tmp_path: Path, raw: bytes, told: str
) -> None:
    file = _file(tmp_path, raw)
    client, note = find_client(Settings(client_id=TWO), {}, tmp_path)
    assert (client.client_id, client.tenant) == (TWO, "organizations")
    assert str(file) in note
    assert told in note


def test_a_value_of_another_kind_and_a_key_that_is_not_known_are_named(tmp_path: Path) -> None:
    _file(
        tmp_path,
        f'client_id = "{ONE}"\ntenant = 7\nauthority = "https://evil.example/x"\n"\\u202etnanet" = 1\n',
    )
    client, note = find_client(Settings(), {}, tmp_path)
    assert client.client_id == ONE
    assert client.authority == "https://login.microsoftonline.com/organizations"
    assert "'tenant'" in note
    assert "authority" in note
    assert "client_id, tenant, cloud" in note
    assert "evil" not in note
    assert "\u202e" not in note


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()
    _, note = find_client(Settings(), {}, tmp_path)
    assert FILE_NAME in note


@pytest.mark.skipif(sys.platform == "win32", reason="no named pipes in the file system there")
def test_a_pipe_in_place_of_the_file_makes_nobody_wait(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE_NAME)
    _, note = find_client(Settings(), {}, tmp_path)
    assert "not a file" in note


def test_nothing_that_can_be_configured_leads_outside_the_four_clouds(tmp_path: Path) -> None:
    hosts = {cloud.authority for cloud in CLOUDS} | {cloud.graph for cloud in CLOUDS}
    for text in (
        "https://evil.example",
        "evil.example/..",
        "global.evil.example",
        "//evil.example",
        "a@evil.example",
    ):
        _file(tmp_path, f'cloud = "{text}"\ntenant = "{text}"\nclient_id = "{text}"\n')
        client, _ = find_client(
            Settings(cloud=text, tenant=text, client_id=text),
            dict.fromkeys(
                ("SCIM_ASSISTANT_CLIENT_ID", "SCIM_ASSISTANT_TENANT", "SCIM_ASSISTANT_CLOUD"), text
            ),
            tmp_path,
        )
        assert client.cloud.graph in hosts
        assert client.authority.rpartition("/")[0] in hosts


def test_the_settings_page_sees_what_would_count_without_the_persons_own_values(tmp_path: Path) -> None:
    _file(tmp_path, f'client_id = "{THREE}"\n')
    told = who_configured(Settings(client_id=TWO), {"SCIM_ASSISTANT_TENANT": "example.com"}, tmp_path)
    assert (told.used.client_id, told.without.client_id) == (TWO, THREE)
    assert told.used.tenant == told.without.tenant == "example.com"
    assert told.file == str(tmp_path / FILE_NAME)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the documented path of Linux")
def test_the_documented_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CONFIG_DIRS", raising=False)
    assert machine_folder() == Path("/etc/xdg/SCIM Assistant")


def test_the_file_in_the_readme_is_read_without_a_note(tmp_path: Path) -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    block = readme.partition("<!-- machine-file -->\n```toml\n")[2].partition("```")[0]
    _file(tmp_path, block)
    client, note = find_client(Settings(), {}, tmp_path)
    assert note == ""
    assert (client.client_id, client.tenant, client.cloud) == (
        "11111111-2222-3333-4444-555555555555",
        "example.onmicrosoft.com",
        GLOBAL,
    )
    for cloud in CLOUDS:
        assert f"`{cloud.name}`" in readme
    for variable in ENVIRONMENT.values():
        assert f"`{variable}`" in readme


def test_the_readme_names_every_permission_that_is_asked_for() -> None:
    readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| asked for | permission |")[2].partition("\n\n")[0]
    assert re.findall(r"`([A-Za-z.]+)`", table) == list(names(LOOK, CHANGE))
