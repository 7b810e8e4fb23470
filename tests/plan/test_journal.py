"""The journal: written before anything else happens, private, readable after any crash, without a secret."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scim_assistant.errors import JournalTrouble
from scim_assistant.plan.journal import Journal, Journals, read_wanted, wanted_data
from scim_assistant.plan.wanted import Mode, Principal, Wanted
from scim_assistant.secret import Secret

TENANT = "11111111-2222-3333-4444-555555555555"
TOKEN = "tok-Zq7-very-secret"
WANTED = Wanted(
    template_id="template-1",
    app_name="ScreenSteps",
    tenant_url="https://example.screenstepslive.com/api/scim/v2",
    secret=Secret(TOKEN),
    mode=Mode.MANUAL,
    everyone=False,
    principals=(
        Principal("user-1", "User", "Ana Ruiz", "ana.ruiz@example.com"),
        Principal("group-1", "Group", "Writers"),
    ),
    notify_email="it@example.com",
    delete_threshold=500,
)


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path / "journals")


def begun(journals: Journals) -> Journal:
    journal = journals.begin(TENANT, "screensteps", WANTED)
    journal.write(
        "planned", wanted=wanted_data(WANTED), changes=[{"key": "create-app"}, {"key": "create-job"}]
    )
    return journal


def test_entries_come_back_in_order(journals: Journals) -> None:
    journal = begun(journals)
    journal.write("before", "create-app", name="ScreenSteps")
    journal.write("after", "create-app", service_principal_id="sp")
    kinds = [(entry.kind, entry.change) for entry in journal.entries()]
    assert kinds == [("begun", ""), ("planned", ""), ("before", "create-app"), ("after", "create-app")]
    assert all(entry.at.utcoffset() is not None for entry in journal.entries())
    assert journal.entries()[2].get("name") == "ScreenSteps"


def test_what_was_wanted_comes_back_without_the_secret(journals: Journals) -> None:
    wanted = begun(journals).wanted()
    assert wanted.secret is None
    assert wanted_data(wanted) | {"secret_given": True} == wanted_data(WANTED)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps rights another way")
def test_only_the_owner_can_read_it(journals: Journals) -> None:
    journals.folder.mkdir(mode=0o755)
    journal = begun(journals)
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(journals.folder.stat().st_mode) == 0o700


def test_every_line_is_on_the_disk_before_write_returns(
    journals: Journals, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = begun(journals)
    seen = []
    real = os.fsync

    def watching(handle: int) -> None:
        real(handle)
        seen.append(journal.path.read_bytes().count(b"\n"))

    monkeypatch.setattr("scim_assistant.disk.sync", watching)
    journal.write("before", "create-app")
    assert seen == [3]


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_line_cut_off_by_a_crash_is_left_out_and_mended(journals: Journals, cut: int) -> None:
    journal = begun(journals)
    journal.write("before", "create-app", name="ScreenSteps")
    path, whole = journal.path, journal.path.read_bytes()
    journal.release()
    path.write_bytes(whole[:-cut])
    (unfinished,) = journals.unfinished()
    assert unfinished.damaged
    again = journals.open(TENANT, path.stem)
    again.write("before", "create-app", name="again")
    kinds = [entry.kind for entry in again.entries()]
    assert kinds == ["begun", "planned", "mended", "before"]
    assert again.entries()[-1].get("name") == "again"


def test_a_hole_left_by_a_power_cut_is_mended_too(journals: Journals) -> None:
    journal = begun(journals)
    path, whole = journal.path, journal.path.read_bytes()
    journal.release()
    for tail in (b"\0" * 50, b'{"kind":"bef\0\0\0\0"}\n', b"\0\0\n"):
        path.write_bytes(whole + tail)
        again = journals.open(TENANT, path.stem)
        assert [entry.kind for entry in again.entries()] == ["begun", "planned", "mended"]
        again.release()


def test_damage_in_the_middle_is_not_papered_over(journals: Journals) -> None:
    journal = begun(journals)
    journal.write("before", "create-app")
    path = journal.path
    lines = path.read_bytes().splitlines(keepends=True)
    journal.release()
    path.write_bytes(lines[0] + b"{garbage}\n" + lines[2])
    with pytest.raises(JournalTrouble, match="Line 2"):
        journals.open(TENANT, path.stem)


def test_a_line_of_endless_depth_is_damage_and_hides_no_other_set_up(journals: Journals) -> None:
    journal, other = begun(journals), begun(journals)
    other.release()
    journal.write("before", "create-app")
    path = journal.path
    lines = path.read_bytes().splitlines(keepends=True)
    journal.release()
    path.write_bytes(lines[0] + b"[" * 100_000 + b"\n" + b"".join(lines[1:]))
    assert [one.damaged for one in journals.unfinished()].count(False) == 1
    with pytest.raises(JournalTrouble, match="Line 2"):
        journals.open(TENANT, path.stem)


def test_a_journal_of_a_newer_version_is_refused_in_words(journals: Journals) -> None:
    journal = begun(journals)
    path = journal.path
    text = path.read_text(encoding="utf-8")
    journal.release()
    path.write_text(text.replace('"version":1', '"version":99'), encoding="utf-8")
    with pytest.raises(JournalTrouble, match="newer version"):
        journals.open(TENANT, path.stem)


def test_a_full_disk_stops_everything_and_leaves_no_half_line(
    journals: Journals, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = begun(journals)
    real = os.write

    def half(handle: int, data: bytes) -> int:
        real(handle, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", half)
        with pytest.raises(JournalTrouble, match="No space left"):
            journal.write("before", "create-app")
    journal.write("before", "create-job")
    assert [entry.change for entry in journal.entries()][-1] == "create-job"


def test_two_programs_never_work_on_one_set_up(journals: Journals) -> None:
    journal = begun(journals)
    program = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        from scim_assistant.errors import JournalTrouble
        from scim_assistant.plan.journal import Journals
        try:
            Journals(Path(sys.argv[1])).open(sys.argv[2], sys.argv[3])
        except JournalTrouble as trouble:
            print(trouble.why)
        else:
            print("opened")
        """
    )

    def other_program() -> str:
        return subprocess.run(
            [sys.executable, "-c", program, str(journals.folder), TENANT, journal.setup_id],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()

    assert "Another window" in other_program()
    journal.release()
    assert other_program() == "opened"


def test_one_program_may_open_its_set_up_twice(journals: Journals) -> None:
    journal = begun(journals)
    assert journals.open(TENANT, journal.setup_id) is journal


def test_the_lock_goes_with_the_last_holder(journals: Journals) -> None:
    setup_id = begun(journals).setup_id
    assert Journals(journals.folder).open(TENANT, setup_id).setup_id == setup_id


def test_unfinished_set_ups_are_told_newest_first(journals: Journals) -> None:
    first, second = begun(journals), begun(journals)
    first.write("before", "create-app")
    first.write("after", "create-app", service_principal_id="sp")
    told = journals.unfinished(TENANT)
    assert [one.setup_id for one in told] == [first.setup_id, second.setup_id]
    assert (told[0].done, told[0].total, told[0].app_name) == (1, 2, "ScreenSteps")
    assert told[0].needs_secret
    assert not told[0].damaged
    journals.close(first, "finished")
    assert [one.setup_id for one in journals.unfinished()] == [second.setup_id]
    assert journals.unfinished("another-tenant") == ()


def test_a_set_up_in_which_nothing_was_planned_is_not_offered(journals: Journals) -> None:
    journal = journals.begin(TENANT, "screensteps", WANTED)
    assert journals.unfinished() == ()
    journal.release()
    journal.path.write_bytes(b"")
    assert journals.unfinished() == ()


def test_no_folder_means_no_unfinished_set_up(journals: Journals) -> None:
    assert journals.unfinished() == ()
    assert not journals.folder.exists()


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "a\\b", "c:x"])
def test_a_name_never_leads_out_of_the_folder(journals: Journals, name: str) -> None:
    with pytest.raises(ValueError, match="not the id"):
        journals.open(TENANT, name)
    with pytest.raises(ValueError, match="not the id"):
        journals.begin(name, "screensteps", WANTED)


def test_no_door_lets_a_secret_in(journals: Journals) -> None:
    journal = begun(journals)
    secret = Secret(TOKEN)
    journal.write("planned", wanted=wanted_data(WANTED))
    journal.write("before", "write-secrets", secret=secret, nested=[{"value": (secret,)}], empty=Secret(""))
    journal.write("refused", "write-secrets", said=f"Bearer {TOKEN}{TOKEN} is not known")
    journal.write("after", "write-secrets", **{TOKEN: "as a name", "inside": {f"x{TOKEN}y": [TOKEN]}})
    with pytest.raises(TypeError):
        journal.write("before", "x", something=object())
    raw = journal.path.read_bytes()
    assert TOKEN.encode() not in raw
    assert journal.entries()[3].get("secret") == {"secret": "given"}
    assert journal.entries()[3].get("empty") == {"secret": "none"}
    assert "is not known" in journal.entries()[4].get("said")


def test_a_secret_that_json_would_escape_is_hidden_too(journals: Journals) -> None:
    secret = Secret('quote"slash\\tab\té')
    journal = journals.begin(TENANT, "screensteps", WANTED)
    journal.hide(secret)
    journal.write("refused", said=f"no: {secret.reveal()}")
    assert "slash" not in journal.path.read_text(encoding="utf-8")


principals = st.builds(Principal, st.text(), st.sampled_from(["User", "Group"]), st.text(), st.text())


@given(
    st.builds(
        Wanted,
        template_id=st.text(),
        app_name=st.text(),
        service_principal_id=st.none() | st.text(min_size=1),
        tenant_url=st.text(),
        mode=st.sampled_from(Mode),
        everyone=st.booleans(),
        principals=st.lists(principals, max_size=3).map(tuple),
        notify_email=st.text(),
        delete_threshold=st.none() | st.integers(0, 10**6),
        cloud_tested=st.booleans(),
    )
)
def test_any_target_survives_the_disk(wanted: Wanted) -> None:
    assert read_wanted(json.loads(json.dumps(wanted_data(wanted)))) == wanted


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2000))
def test_a_crash_at_any_byte_leaves_a_journal_that_can_be_told(
    tmp_path_factory: pytest.TempPathFactory, kept: int
) -> None:
    journals = Journals(tmp_path_factory.mktemp("journals"))
    journal = begun(journals)
    journal.write("before", "create-app")
    path, whole = journal.path, journal.path.read_bytes()
    journal.release()
    path.write_bytes(whole[:kept])
    lines = whole[:kept].count(b"\n")
    told = journals.unfinished()
    assert len(told) == (1 if lines >= 2 else 0)
    if lines >= 1:
        again = journals.open(TENANT, path.stem)
        assert [entry.kind for entry in again.entries() if entry.kind != "mended"] == [
            "begun",
            "planned",
            "before",
        ][:lines]
        again.release()
    else:
        with pytest.raises(JournalTrouble):
            journals.open(TENANT, path.stem)


def test_half_a_surrogate_pair_in_a_name_survives_the_disk(journals: Journals) -> None:
    """JSON can hold one, so the directory can; no file can, as it is."""
    journal = journals.begin(TENANT, "screensteps", WANTED)
    journal.write("stopped", "x", name="Ana\ud83d")
    assert journal.entries()[-1].get("name") == "Ana\ud83d"
    assert journal.path.read_text(encoding="utf-8")
