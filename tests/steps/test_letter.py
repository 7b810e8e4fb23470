"""The message to the vendor as a file."""

from __future__ import annotations

from pathlib import Path

from scim_assistant.steps.letter import save_letter


def test_half_a_surrogate_pair_of_a_service_does_not_stop_the_message(tmp_path: Path) -> None:
    """JSON can hold one alone, and no file can."""
    save_letter(str(tmp_path / "letter.txt"), "It answered \ud800.\n")
    assert (tmp_path / "letter.txt").read_text(encoding="utf-8") == "It answered ?.\n"
