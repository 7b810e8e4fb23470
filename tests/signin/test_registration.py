"""An organisation can make a registration of its own: by hand, with either script, and an administrator can consent."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from scim_assistant.signin.client import COMMAND_LINE_CLIENT, Client, Origin
from scim_assistant.signin.clouds import CLOUDS, GLOBAL, Cloud, cloud_named
from scim_assistant.signin.offer import Way
from scim_assistant.signin.permissions import CHANGE, LOOK
from scim_assistant.signin.registration import (
    WHY,
    admin_consent_link,
    azure_cli,
    entries,
    graph_powershell,
    permissions_to_add,
    redirects,
    registrations_page,
    shared_client,
)

CLIENT_ID = "11111111-1111-4111-8111-111111111111"
CREATED = "99999999-9999-4999-8999-999999999999"
TENANT = "77777777-7777-4777-8777-777777777777"
NASTY = 'O\'Brien’s "app" $(touch x) `y` @file\n<<wanted>> ; & | %PATH% 100 % été'

by_cloud = pytest.mark.parametrize("cloud", CLOUDS, ids=lambda cloud: cloud.name)


def test_three_sentences_say_why() -> None:
    assert len(WHY) == 3
    assert all(sentence.endswith(".") and sentence.count(". ") == 0 for sentence in WHY)


@by_cloud
def test_the_redirect_addresses_of_every_platform_fit_the_cloud(cloud: Cloud) -> None:
    addresses = [one.address for one in redirects(cloud, CLIENT_ID)]
    assert addresses == [
        "http://localhost",
        f"ms-appx-web://Microsoft.AAD.BrokerPlugin/{CLIENT_ID}",
        "msauth.com.msauth.unsignedapp://auth",
        f"{cloud.authority}/common/oauth2/nativeclient",
    ]
    assert all(one.purpose for one in redirects(cloud))
    assert [one.needs_client_id for one in redirects(cloud)] == [False, True, False, False]


def test_by_hand_everything_is_told_that_sign_in_needs() -> None:
    told = {str(entry.label): entry.value for entry in entries("Ours")}
    assert told["Name"] == "Ours"
    assert told["Platform"].startswith("Mobile and desktop")
    assert told["Allow public client flows"] == "Yes"
    assert "only" in told["Supported account types"]
    assert [one.name for one in permissions_to_add()] == [one.name for one in (*LOOK, *CHANGE)]


@by_cloud
def test_the_consent_link_asks_for_everything_with_the_clouds_prefix(cloud: Cloud) -> None:
    link = admin_consent_link(Client(CLIENT_ID, "example.com", cloud))
    parts = urlsplit(link)
    query = parse_qs(parts.query)
    assert link.startswith(f"{cloud.authority}/example.com/v2.0/adminconsent?")
    assert query["client_id"] == [CLIENT_ID]
    assert query["redirect_uri"] == ["http://localhost"]
    assert query["scope"][0].split(" ") == [f"{cloud.graph}/{one.name}" for one in (*LOOK, *CHANGE)]
    assert "+" not in parts.query


def test_the_helpdesks_link_asks_for_looking_only() -> None:
    link = admin_consent_link(Client(CLIENT_ID), wanted=(one.name for one in LOOK))
    assert "ReadWrite" not in link
    assert link.count("graph.microsoft.com") == len(LOOK)


def test_without_a_client_id_there_is_no_link() -> None:
    assert admin_consent_link(Client("")) == ""


@by_cloud
def test_links_lead_into_the_portal_of_the_cloud(cloud: Cloud) -> None:
    assert registrations_page(cloud).startswith(cloud.portal + "/#")


def test_the_shared_client_is_offered_only_where_the_broker_works_and_with_its_caveat() -> None:
    assert shared_client((Way.BROWSER, Way.CODE)) is None
    offer = shared_client((Way.BROKER, Way.BROWSER), tenant="example.com")
    assert offer is not None
    assert offer.client == Client(COMMAND_LINE_CLIENT, "example.com", client_id_from=Origin.BUILT_IN)
    assert "blocks" in " ".join(offer.caveats) or "block" in " ".join(offer.caveats)
    china = shared_client((Way.BROKER,), cloud_named("china"))
    assert china is not None
    assert "not known" in china.caveats[-1]
    assert china.client.tenant == "organizations"


# PowerShell: no such shell here, so its text is read by the rules of its grammar that matter


def _blanked(script: str) -> str:
    """The script with comments and the insides of strings blanked; fails on a string that does not end."""
    out: list[str] = []
    place = 0
    while place < len(script):
        character = script[place]
        if character == "#":
            place = script.index("\n", place)
        elif character in "'‘’‚‛":
            end = place + 1
            while True:
                assert end < len(script), "a string does not end"
                if script[end] in "'‘’‚‛":
                    if end + 1 < len(script) and script[end + 1] in "'‘’‚‛":
                        end += 2
                        continue
                    break
                assert script[end] != "\n", "a string goes on over the end of its line"
                end += 1
            out.append("''")
            place = end + 1
        elif character == '"':
            end = script.index('"', place + 1)
            assert "\n" not in script[place:end]
            inside = script[place + 1 : end]
            assert inside.count("(") == inside.count(")")
            assert "`" not in inside
            out.append('""')
            place = end + 1
        else:
            out.append(character)
            place += 1
    return "".join(out)


def _literals(script: str, name: str) -> list[str]:
    found = re.search(rf"\${name} = @\(\n(.*?)\n    \)", script, re.DOTALL)
    assert found is not None
    return [line.strip().rstrip(",").strip("'") for line in found[1].split("\n")]


@by_cloud
@pytest.mark.parametrize("name", ["SCIM Assistant", NASTY], ids=["plain", "nasty"])
def test_the_powershell_script_reads_in_windows_powershell_5(cloud: Cloud, name: str) -> None:
    script = graph_powershell(name, cloud)
    blanked = _blanked(script)
    closing = {")": "(", "}": "{", "]": "["}
    waiting: list[str] = []
    for character in blanked:
        if character in closing.values():
            waiting.append(character)
        elif character in closing:
            assert waiting.pop() == closing[character]
    assert waiting == []
    for newer in ("&&", "||", "??", "?.", " ? ", "`"):
        assert newer not in blanked
    assert "\n\n" not in script.rstrip("\n")
    assert "<<" not in blanked
    assert max(map(len, blanked.split("\n"))) < 130


@by_cloud
def test_the_powershell_script_asks_for_what_is_shown_by_hand(cloud: Cloud) -> None:
    script = graph_powershell("Ours", cloud)
    assert _literals(script, "wanted") == [one.name for one in permissions_to_add()]
    assert _literals(script, "redirects") == [
        one.address for one in redirects(cloud) if not one.needs_client_id
    ]
    environments = {"global": "Global", "usgov": "USGov", "usgov-dod": "USGovDoD", "china": "China"}
    assert f"-Environment {environments[cloud.name]} " in script
    assert "IsFallbackPublicClient = $true" in script
    assert "ms-appx-web://Microsoft.AAD.BrokerPlugin/$($app.AppId)" in script
    assert "'AzureADMyOrg'" in script


def test_every_call_of_the_powershell_script_stops_at_an_error() -> None:
    for line in graph_powershell().split("\n"):
        if re.search(r"\b(Connect|New|Update|Get)-Mg(?!Context)", line):
            assert "-ErrorAction Stop" in line


def test_a_name_with_quotes_stays_one_literal_in_powershell() -> None:
    script = graph_powershell("O'Brien’s app")
    assert "$name = 'O''Brien’’s app'" in script
    assert "-Filter 'displayName eq ''O''''Brien’’s app''' " in script


# Azure CLI: a pretend az writes down what it is asked and answers as the real one does

AZ = """\
#!{python}
import json, os, sys
folder = os.environ["AZ_FOLDER"]
asked = sys.argv[1:]
with open(os.path.join(folder, "asked.jsonl"), "a") as log:
    log.write(json.dumps(asked) + "\\n")
state = json.load(open(os.path.join(folder, "state.json")))
words = " ".join(asked)
for start, how in state["fail"].items():
    if words.startswith(start) and how["times"]:
        how["times"] -= 1
        json.dump(state, open(os.path.join(folder, "state.json"), "w"))
        sys.exit("ERROR: " + how["said"])
for start, said in state["answers"].items():
    if words.startswith(start):
        sys.stdout.write(said)
        break
else:
    sys.exit("ERROR: unexpected: " + words)
"""


class Azure:
    """A pretend Azure CLI in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        for name, text in (("az", AZ.format(python=sys.executable)), ("sleep", "#!/bin/sh\n")):
            program = folder / "bin" / name
            program.write_text(text)
            program.chmod(0o755)
        ids = {
            one.name: f"{number:08d}-0000-4000-8000-000000000000"
            for number, one in enumerate(permissions_to_add())
        }
        self.ids = ids
        self.answers = {
            "cloud show": "AzureCloud\r\n",
            "cloud set": "",
            "account show --query tenantId": f"{TENANT}\r\n",
            "account show": "",
            "login": "",
            "ad app list": "",
            "ad sp show": "".join(f"{name}\t{id_}\r\n" for name, id_ in ids.items())
            + "Mail.Read\t00000000-0000-4000-8000-00000000000f\r\n",
            "ad app create": f"{CREATED}\r\n",
            "ad app update": "",
            "ad sp create": "",
        }
        self.fail: dict[str, dict[str, object]] = {}

    def run(self, script: str, shell: str = "sh") -> subprocess.CompletedProcess[str]:
        """Run the script with the pretend az in front."""
        (self.folder / "state.json").write_text(json.dumps({"answers": self.answers, "fail": self.fail}))
        return subprocess.run(
            [shell],
            input=script,
            cwd=self.folder,
            env={
                "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
                "AZ_FOLDER": str(self.folder),
            },
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def asked(self) -> list[list[str]]:
        """Every call so far."""
        log = self.folder / "asked.jsonl"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def call(self, *start: str) -> list[str]:
        """The one call that starts so."""
        found = [asked for asked in self.asked if asked[: len(start)] == list(start)]
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def azure(tmp_path: Path) -> Azure:
    """A pretend Azure CLI."""
    if shutil.which("sh") is None:
        pytest.skip("no POSIX shell here")
    return Azure(tmp_path)


def _values(asked: list[str], option: str) -> list[str]:
    """What stands behind an option, up to the next one."""
    rest = asked[asked.index(option) + 1 :]
    end = next((place for place, word in enumerate(rest) if word.startswith("--")), len(rest))
    return rest[:end]


@pytest.mark.parametrize("shell", [one for one in ("sh", "bash", "dash", "zsh") if shutil.which(one)])
def test_the_azure_script_creates_the_registration_and_prints_both_ids(azure: Azure, shell: str) -> None:
    run = azure.run(azure_cli(), shell)
    assert run.returncode == 0, run.stderr
    assert f"Client ID: {CREATED}\nTenant ID: {TENANT}\n" in run.stdout
    assert run.stderr == ""
    create = azure.call("ad", "app", "create")
    assert _values(create, "--display-name") == ["SCIM Assistant"]
    assert _values(create, "--sign-in-audience") == ["AzureADMyOrg"]
    assert _values(create, "--is-fallback-public-client") == ["true"]
    fixed = [one.address for one in redirects(GLOBAL) if not one.needs_client_id]
    assert _values(create, "--public-client-redirect-uris") == fixed
    (access,) = json.loads(_values(create, "--required-resource-accesses")[0])
    assert access["resourceAppId"] == "00000003-0000-0000-c000-000000000000"
    assert access["resourceAccess"] == [{"id": id_, "type": "Scope"} for id_ in azure.ids.values()]
    update = azure.call("ad", "app", "update")
    assert _values(update, "--id") == [CREATED]
    assert sorted(_values(update, "--public-client-redirect-uris")) == sorted(
        one.address for one in redirects(GLOBAL, CREATED)
    )
    assert _values(azure.call("ad", "sp", "create"), "--id") == [CREATED]
    assert not any(asked[:2] == ["cloud", "set"] or asked[0] == "login" for asked in azure.asked)


@pytest.mark.parametrize(("name", "theirs"), [("usgov", "AzureUSGovernment"), ("china", "AzureChinaCloud")])
def test_the_azure_script_goes_to_the_cloud_and_back(azure: Azure, name: str, theirs: str) -> None:
    run = azure.run(azure_cli(cloud=cloud_named(name)))
    assert run.returncode == 0, run.stderr
    sets = [asked for asked in azure.asked if asked[:2] == ["cloud", "set"]]
    assert sets == [["cloud", "set", "--name", theirs], ["cloud", "set", "--name", "AzureCloud"]]
    redirect = _values(azure.call("ad", "app", "create"), "--public-client-redirect-uris")[-1]
    assert redirect.startswith(cloud_named(name).authority)


def test_azure_cli_has_no_cloud_for_l5() -> None:
    assert azure_cli(cloud=cloud_named("usgov-dod")) == ""


def test_the_azure_script_creates_nothing_twice(azure: Azure) -> None:
    azure.answers["ad app list"] = f"{CREATED}\n"
    run = azure.run(azure_cli(cloud=cloud_named("usgov")))
    assert run.returncode != 0
    assert CREATED in run.stderr
    assert not any(asked[:3] == ["ad", "app", "create"] for asked in azure.asked)
    assert azure.asked[-1] == ["cloud", "set", "--name", "AzureCloud"]


def test_the_azure_script_signs_in_where_nobody_is(azure: Azure) -> None:
    azure.fail["account show --output"] = {"times": 1, "said": "Run az login."}
    assert azure.run(azure_cli()).returncode == 0
    assert azure.call("login")


@pytest.mark.parametrize("call", ["cloud show", "login", "ad app list", "ad sp show", "ad app create"])
def test_the_azure_script_stops_where_a_call_fails(azure: Azure, call: str) -> None:
    azure.fail[call] = {"times": 99, "said": "Insufficient privileges."}
    azure.fail["account show --output"] = {"times": 1, "said": "Run az login."}
    run = azure.run(azure_cli())
    assert run.returncode != 0
    assert "Client ID" not in run.stdout
    assert " ".join(azure.asked[-1]).startswith(call)


def test_the_azure_script_waits_for_what_was_just_made(azure: Azure) -> None:
    azure.fail["ad app update"] = {"times": 3, "said": "Resource does not exist."}
    azure.fail["ad sp create"] = {"times": 2, "said": "Resource does not exist."}
    run = azure.run(azure_cli())
    assert run.returncode == 0
    assert sum(asked[:3] == ["ad", "app", "update"] for asked in azure.asked) == 4
    azure.fail["ad app update"] = {"times": 99, "said": "Resource does not exist."}
    assert azure.run(azure_cli()).returncode != 0


def test_the_azure_script_names_a_permission_that_the_cloud_lacks(azure: Azure) -> None:
    lines = azure.answers["ad sp show"].splitlines(keepends=True)
    azure.answers["ad sp show"] = "".join(line for line in lines if "LicenseAssignment" not in line)
    run = azure.run(azure_cli())
    assert run.returncode == 0
    assert "LicenseAssignment.Read.All" in run.stderr
    (access,) = json.loads(_values(azure.call("ad", "app", "create"), "--required-resource-accesses")[0])
    assert len(access["resourceAccess"]) == len(permissions_to_add()) - 1


def test_the_azure_script_creates_nothing_without_any_permission(azure: Azure) -> None:
    azure.answers["ad sp show"] = ""
    run = azure.run(azure_cli())
    assert run.returncode != 0
    assert not any(asked[:3] == ["ad", "app", "create"] for asked in azure.asked)


def test_a_nasty_name_reaches_azure_as_it_is_and_runs_nothing(azure: Azure) -> None:
    run = azure.run(azure_cli(NASTY))
    assert run.returncode == 0, run.stderr
    name = NASTY.replace("\n", " ")
    assert _values(azure.call("ad", "app", "create"), "--display-name") == [name]
    doubled = name.replace("'", "''")
    assert _values(azure.call("ad", "app", "list"), "--filter") == [f"displayName eq '{doubled}'"]
    assert not (azure.folder / "x").exists()


@pytest.mark.parametrize("name", ["@/etc/passwd", "--help", "", "\n\t"])
def test_a_name_is_never_taken_for_an_option_or_a_file(azure: Azure, name: str) -> None:
    assert azure.run(azure_cli(name)).returncode == 0
    assert _values(azure.call("ad", "app", "create"), "--display-name")[0][:1] not in ("", "@", "-")
