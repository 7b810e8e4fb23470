"""A profile that somebody writes: read as documented, or every mistake named with its file and line."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scim_assistant.resources import resource
from scim_assistant.scim import toml_lines
from scim_assistant.scim.profile_file import LARGEST_BYTES, Mistakes, read_profile, read_profile_file
from scim_assistant.scim.profile_keys import KEYS, STEPS, Key, Kind, dotted
from scim_assistant.scim.profiles import AppProfile, Profiles, all_profiles
from scim_assistant.steps.step import StepKey

SMALL = """\
display_name = "Shelf"
auth = "bearer"
groups = true
scope_recommended = "assigned"

[where_url]
sentence = "Under Settings."

[where_token]
sentence = "Under Settings too."
"""


def mistakes(text: str, name: str = "shelf") -> list[str]:
    """What is said to a file, each mistake as the person sees it."""
    with pytest.raises(Mistakes) as caught:
        read_profile(name, text)
    return [mistake.in_file(f"{name}.toml") for mistake in caught.value.mistakes]


class TestMistakes:
    """Each with the file and the line, all of a file at once."""

    def test_the_smallest_profile_is_enough(self) -> None:
        profile = read_profile("shelf", SMALL)
        assert (profile.id, profile.display_name, profile.gallery_name) == ("shelf", "Shelf", None)
        assert profile.can_be_set_up
        assert read_profile("shelf", SMALL.replace("\n", "\r\n")) == profile

    @pytest.mark.parametrize(
        ("before", "after", "line", "said"),
        [
            ("groups = true", "groups = true\ncolour = 1", 4, "no key colour"),
            ("groups = true", 'groups = true\nplann = "Gold"', 4, "plan is near it"),
            ("groups = true", 'groups = "yes"', 3, "groups has to be true or false"),
            ("groups = true\n", "", 0, "groups is missing"),
            ('"bearer"', '"magic"', 2, "auth has to be bearer or portal"),
            ('"Shelf"', '""', 1, "display_name is empty"),
            ('"Shelf"', '"She\\nlf"', 1, "one line"),
            ('"Shelf"', f'"{"x" * 700}"', 1, "longer than 600"),
            ('"Under Settings."', '"Under Settings"', 7, "end with a full stop"),
            ('sentence = "Under Settings."', 'link = "x"', 6, "where_url.sentence is missing"),
            ('"Under Settings."', '"Under Settings."\nlink = "file:///etc/passwd"', 8, "begins with https://"),
            ('"Under Settings."', '"Under Settings."\nlink = "step:review"', 8, "begins with https://"),
            ("groups = true", "groups = yes", 3, "not valid TOML"),
            ("groups = true", 'groups = true\ngroups = false', 4, "a second time; the first is in line 3"),
            ("[where_token]", "[where_url]", 9, "a second time; the first is in line 6"),
            ('"Under Settings too."', '"Under Settings too.', 10, "not valid TOML"),
            ("groups = true", "groups = true\nwhere_url = 5", 7, "where_url stands here a second time"),
            ("groups = true", "groups = true\ngallery_names = [\n  'a',\n  5,\n]", 6, "gallery_names has to be text"),
        ],
    )  # fmt: skip
    def test_a_mistake_is_named_with_its_line(self, before: str, after: str, line: int, said: str) -> None:
        assert before in SMALL
        told = mistakes(SMALL.replace(before, after, 1))
        where = f"shelf.toml, line {line}: " if line else "shelf.toml: "
        assert any(one.startswith(where) and said in one for one in told), told

    @pytest.mark.parametrize(
        ("more", "line", "said"),
        [
            ("[tenant_url]\nregex = '['", 13, "not a regular expression"),
            ("[tenant_url]\nregex = 'https://a'\nexamples = [\n  'https://a',\n  'https://b',\n]", 16, "does not fit"),
            ("[tenant_url]\nregex = 'https://a'\nexamples_bad = ['https://a']", 14, "this example is bad"),
            ("[tenant_url]\nexamples = ['http://a']", 13, "begins with https://"),
            ("[token]\nlife_days = 0", 13, "from 1 to 36,500"),
            ("[token]\nlife_days = true", 13, "a whole number"),
            ("[token]\nlife_days = 1.5", 13, "a whole number"),
            ("[token]\nform = 'paper'", 13, "jwt or opaque"),
            ("[token]\nshape = 'x'", 13, "shape_note"),
            ("[token]\nform = 'jwt'\nshape = 'x'\nshape_note = 'begin with x'", 14, "of the form opaque"),
            ("[skip_checks]\nmagic = 'Because.'", 13, "no layer or check called magic"),
            ("[[quirk]]\nkey = 'a'\nsentence = 'B.'\nexplains = 'magic'", 15, "no layer or check called magic"),
            ("[skip_checks]\nuser-magic = 'Because.'\nuser-create = 'Because.'", 13, "called user-magic"),
            ("[[advice]]\nkey = 'a'\nstep = 'lunch'\nsentence = 'B.'", 14, "advice.step has to be start"),
            (
                "[[advice]]\nkey = 'a'\nstep = 'scope'\nsentence = 'B.'\n"
                "[[advice]]\nkey = 'a'\nstep = 'scope'\nsentence = 'C.'",
                17,
                "advice has a twice",
            ),
            ("[[advice]]\nkey = 'a'\nstep = 'scope'\n[[advice]]\nkey = 'b'", 12, "advice.sentence is missing"),
            ("[deep]", 12, "deep.sentence is missing"),
            ("[rate_limit]\nbody_field = 'x'", 12, "rate_limit.per_minute is missing"),
            ("[[rate_limit]]\nper_minute = 3", 12, "written as [rate_limit]"),
            ("[advice]\nkey = 'a'", 12, "each written as [[advice]]"),
        ],
    )  # fmt: skip
    def test_so_is_one_further_down(self, more: str, line: int, said: str) -> None:
        told = mistakes(f"{SMALL}\n{more}\n")
        assert any(one.startswith(f"shelf.toml, line {line}: ") and said in one for one in told), told

    def test_all_mistakes_of_a_file_are_told_at_once_in_the_order_of_their_lines(self) -> None:
        text = SMALL.replace('"bearer"', "5").replace("groups = true", "groups = 1\ngroups = 2")
        told = mistakes(f"{text}\n[token]\nlife_days = 'long'\ncolour = 1\n")
        lines = [int(found.group(1)) for one in told if (found := re.search(r"line (\d+):", one))]
        assert lines == [2, 3, 4, 14, 15]

    def test_a_file_name_that_is_no_id_is_said(self) -> None:
        assert "small letters" in mistakes(SMALL, "My Shelf")[0]
        assert "small letters" in mistakes(SMALL, "../shelf")[0]

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "\x00",
            "[" * 5_000,
            "a = " + "[" * 5_000 + "]" * 5_000,
            "a = 1\n" * 500,
            "= = =",
            '"""',
            "[[a]]\n" * 300,
        ],
    )
    def test_what_is_no_profile_at_all_is_refused_in_bounds(self, text: str) -> None:
        assert 1 <= len(mistakes(text)) <= 50

    @given(st.text(max_size=200))
    def test_no_text_breaks_the_reading(self, text: str) -> None:
        for whole in (text, SMALL + text, SMALL.replace('"Shelf"', text)):
            try:
                read_profile("shelf", whole)
            except Mistakes as error:
                lines = [mistake.line for mistake in error.mistakes]
            else:
                lines = [0]
            assert lines
            assert all(0 <= line <= whole.count("\n") + 1 for line in lines)


class TestLines:
    """The finder agrees with Python's own reader on what keys there are."""

    @pytest.mark.parametrize("name", ["screensteps", "atlassian-cloud", "generic", "slack"])
    def test_every_key_of_a_real_profile_has_the_line_that_holds_it(self, name: str) -> None:
        text = resource(f"profiles/{name}.toml").read_text(encoding="utf-8")
        found, rows = toml_lines.find_lines(text), text.split("\n")
        assert not found.twice

        def walk(value: object, path: toml_lines.Path) -> None:
            if path:
                line = rows[found.at[path] - 1]
                assert isinstance(path[-1], int) or str(path[-1]) in line, path
            if isinstance(value, dict):
                for key, inner in value.items():
                    walk(inner, (*path, key))
            elif isinstance(value, list):
                for number, inner in enumerate(value):
                    walk(inner, (*path, number))

        walk(tomllib.loads(text), ())

    def test_all_that_toml_allows_is_followed(self) -> None:
        text = '''\
# a comment = "x"
a.b . "c" = 'lit # eral'
long = """
[not.a.table]
x = \\"""" # still
'quoted' = \'\'\'
'' \'\'\'\'
many = [ # why
  1979-05-27 07:32:00,
  { x = 1, y = [ 2,
    3 ] },
]
[[one]]
k = 1
[[one.two]]
k = 2
[[one]]
[[one.two]]
k = 3
[ d . e ]
f = inf
'''
        data, found = tomllib.loads(text), toml_lines.find_lines(text).at
        assert data["one"][1]["two"][0]["k"] == 3
        assert found["a", "b", "c"] == 2
        assert found["long",] == 3
        assert found["quoted",] == 6
        assert found["many", 0] == 9
        assert found["many", 1, "y", 1] == 11
        assert found["one", 0, "two", 0, "k"] == 16
        assert found["one", 1, "two", 0, "k"] == 19
        assert found["d", "e", "f"] == 21

    @given(st.text(alphabet="ab=[]{}'\"#,.\n \\", max_size=60))
    def test_whatever_python_reads_is_followed_and_nothing_else_breaks_it(self, text: str) -> None:
        try:
            data = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            data = None
        try:
            found = toml_lines.find_lines(text)
        except toml_lines.Lost:
            assert data is None
        else:
            assert data is None or {path[0] for path in found.at} >= set(data)


def _named(read: Profiles, profile_id: str) -> AppProfile | None:
    return next((profile for profile in read.all if profile.id == profile_id), None)


class TestFiles:
    """A person's own folder."""

    def test_one_of_yours_is_there_and_marked(self, tmp_path: Path) -> None:
        (tmp_path / "shelf.toml").write_text(SMALL, encoding="utf-8")
        read = all_profiles(tmp_path)
        mine = _named(read, "shelf")
        assert mine is not None
        assert mine.yours
        assert not any(profile.yours for profile in read.all if profile.id != "shelf")
        assert read.broken == ()

    def test_one_with_the_id_of_a_built_in_one_takes_its_place(self, tmp_path: Path) -> None:
        (tmp_path / "zoom.toml").write_text(SMALL, encoding="utf-8-sig")
        found = [profile for profile in all_profiles(tmp_path).all if profile.id == "zoom"]
        assert [(profile.display_name, profile.yours) for profile in found] == [("Shelf", True)]

    def test_a_broken_one_stops_nothing_and_says_what_is_wrong(self, tmp_path: Path) -> None:
        (tmp_path / "shelf.toml").write_text(SMALL, encoding="utf-8")
        (tmp_path / "zoom.toml").write_text("groups = 5\ncolour = 1\n", encoding="utf-8")
        read = all_profiles(tmp_path)
        assert _named(read, "shelf") is not None
        built_in = _named(read, "zoom")
        assert built_in is not None
        assert not built_in.yours
        (broken,) = read.broken
        assert broken.file == tmp_path / "zoom.toml"
        assert any(line.startswith("zoom.toml, line 2: ") for line in broken.lines())

    def test_what_cannot_be_read_is_said(self, tmp_path: Path) -> None:
        (tmp_path / "folder.toml").mkdir()
        (tmp_path / "large.toml").write_bytes(b"#" * (LARGEST_BYTES + 1))
        (tmp_path / "latin.toml").write_bytes(b'display_name = "a"\nplan = "gr\xfcn"\n')
        (tmp_path / "notes.txt").write_text("not mine", encoding="utf-8")
        if sys.platform != "win32":
            os.mkfifo(tmp_path / "pipe.toml")  # opening it would wait for ever
        told = {one.file.stem: one.lines()[0] for one in all_profiles(tmp_path).broken}
        assert "not a file" in told["folder"]
        assert "256 KiB" in told["large"]
        assert told["latin"] == "latin.toml, line 2: The text is not UTF-8: save the file as UTF-8."
        assert "notes" not in told
        if sys.platform != "win32":
            assert "not a file" in told["pipe"]

    @pytest.mark.parametrize("there", [True, False])
    def test_without_a_folder_there_are_the_built_in_ones(self, tmp_path: Path, there: bool) -> None:
        read = all_profiles(tmp_path if there else tmp_path / "gone")
        assert read.all == all_profiles().all
        assert read.broken == ()


# The document


README = resource("profiles/README.md").read_text(encoding="utf-8")


def _documented() -> dict[str, str]:
    """Every key of the document's tables, with what is said of its kind."""
    rows = re.findall(r"^\| `([a-z_.]+)`(\*?) \| ([^|]+) \|", README, re.MULTILINE)
    return {name: kind.strip() + star for name, star, kind in rows}


def test_every_key_is_documented_and_nothing_else() -> None:
    assert list(_documented()) == [name for name, _ in dotted(KEYS)]


def test_what_is_needed_and_what_kind_it_is_are_documented_as_they_are() -> None:
    told = _documented()
    for name, key in dotted(KEYS):
        assert told[name].endswith("*") == key.needed, name
        assert told[name].rstrip("*") == _kind(key), name


def _kind(key: Key) -> str:
    short = {
        Kind.TEXT: "text",
        Kind.SENTENCE: "sentence",
        Kind.ADDRESS: "address",
        Kind.REGEX: "regular expression",
        Kind.CHECK: "check",
        Kind.FLAG: "true or false",
        Kind.NUMBER: "number",
        Kind.TEXTS: "list of texts",
        Kind.ADDRESSES: "list of addresses",
        Kind.TABLE: "table",
        Kind.TABLES: "list of tables",
        Kind.NAMED_REASONS: "table of sentences",
    }
    if key.kind is Kind.WORD and key.words != STEPS:
        return " or ".join(f"`{word}`" for word in key.words)
    return short.get(key.kind, "step")


def test_the_example_of_the_document_is_a_profile_that_uses_every_key() -> None:
    (example,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    profile = read_profile("shelfwork", example)
    assert profile.display_name == "Shelfwork"
    data = tomllib.loads(example)

    def used(value: object, before: str) -> set[str]:
        if isinstance(value, list):
            return set().union(*(used(one, before) for one in value))
        if not isinstance(value, dict):
            return set()
        return {f"{before}{name}" for name in value} | set().union(
            *(used(inner, f"{before}{name}.") for name, inner in value.items())
        )

    found = {name for name in used(data, "") if not re.match(r"skip_checks\.", name)}
    assert found == {name for name, _ in dotted(KEYS)}


def test_every_step_and_every_layer_is_named_in_the_document() -> None:
    from scim_assistant.scim.layers import TITLES

    assert {step.value for step in StepKey} == set(STEPS)
    for word in (*STEPS, *TITLES, "deep"):
        assert f"`{word}`" in README, word


def test_a_file_can_be_read_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "shelf.toml"
    file.write_text(SMALL, encoding="utf-8")
    assert read_profile_file(file).display_name == "Shelf"
    with pytest.raises(Mistakes, match=r"gone\.toml"):
        read_profile_file(tmp_path / "gone.toml")
