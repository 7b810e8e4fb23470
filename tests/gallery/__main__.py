"""Draws every picture: ``python -m tests.gallery OUT_DIR``.

Light and dark, at 100 % and 200 %, at the default and at the smallest window; then ``index.html`` to leaf through.
"""

from __future__ import annotations

import argparse
import html
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

THEMES = ("light", "dark")
SCALES = (1, 2)
OWN_SIZE = ("dialog", "deep", "letter")
"""Windows that are not drawn at the wizard's smallest size."""


def main() -> int:
    """Draw the pictures, one process a scale, since Qt takes the scale at its start only."""
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT_DIR")
    parser.add_argument("--only", default="", metavar="TEXT", help="only pictures whose name holds the text")
    parser.add_argument("--scale", type=int, choices=SCALES, help=argparse.SUPPRESS)
    parser.add_argument(
        "--check", action="store_true", help="draw nothing; fail on cut texts and missing names"
    )
    chosen = parser.parse_args()
    if chosen.scale is not None:
        return _draw(chosen.out, chosen.only, chosen.scale, check=chosen.check)
    chosen.out.mkdir(parents=True, exist_ok=True)
    worst = 0
    for scale in SCALES:
        environment = dict(os.environ, QT_QPA_PLATFORM="offscreen", QT_SCALE_FACTOR=str(scale))
        command = [
            sys.executable,
            "-m",
            "tests.gallery",
            str(chosen.out),
            "--scale",
            str(scale),
            "--only",
            chosen.only,
        ]
        command += ["--check"] if chosen.check else []
        worst = max(worst, subprocess.run(command, check=False, env=environment).returncode)
    if not chosen.check:
        _write_index(chosen.out)
    return worst


def _draw(out: Path, only: str, scale: int, *, check: bool) -> int:
    from PySide6.QtWidgets import QApplication, QWidget

    from scim_assistant.ui import theme
    from scim_assistant.ui.jobs import Jobs
    from scim_assistant.ui.shell import SMALLEST_SIZE
    from tests.gallery.looks import clipped, settle, unnamed

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)

    def fault(error: BaseException) -> None:
        raise error

    jobs = Jobs(fault)
    faults = 0
    for theme_name in THEMES[:1] if check else THEMES:
        theme.apply(app, theme.Scheme(theme_name))
        for group, name, make in _all(jobs):
            if only and only not in f"{group} {name}":
                continue
            window = make()
            assert isinstance(window, QWidget)
            for size in (
                ("default",) if theme_name == "dark" or group in OWN_SIZE else ("default", "smallest")
            ):
                if size == "smallest":
                    window.resize(*SMALLEST_SIZE)
                settle()
                file = f"{name}-{theme_name}-{scale}x{'-small' if size == 'smallest' else ''}"
                if check:
                    for text in (*clipped(window), *(f"no name: {what}" for what in unnamed(window))):
                        faults += 1
                        print(f"{file}: {text}", flush=True)
                else:
                    folder = out / group
                    folder.mkdir(parents=True, exist_ok=True)
                    if not window.grab().save(str(folder / f"{file}.png")):
                        raise SystemExit(f"{file} was not written")
            for each in app.topLevelWidgets():
                each.hide()
                each.deleteLater()
            settle()
    jobs.close()
    return 1 if faults else 0


def _all(jobs: object) -> Iterator[tuple[str, str, object]]:
    from tests.gallery.connection_states import MAKERS as CONNECTION_MAKERS
    from tests.gallery.monitor_states import make_states
    from tests.gallery.profile_states import MAKERS as PROFILE_MAKERS
    from tests.gallery.rotation_states import MAKERS as ROTATION_MAKERS
    from tests.gallery.setting_states import SETTING_MAKERS
    from tests.gallery.sign_in_states import MAKERS as SIGN_IN_MAKERS
    from tests.gallery.states import MAKERS, Stage

    stage = Stage(jobs)  # type: ignore[arg-type]
    makers = (MAKERS, SIGN_IN_MAKERS, SETTING_MAKERS, CONNECTION_MAKERS, PROFILE_MAKERS, ROTATION_MAKERS)
    for picture, make in (item for each in makers for item in each.items()):
        yield picture.page, picture.file, lambda make=make: make(stage)
    for name, make_monitor in make_states().items():
        yield "monitor", "monitor_" + name.replace(" ", "_").replace("-", "_"), make_monitor


STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; color-scheme: light dark;
       background: Canvas; color: CanvasText }
nav a { margin-right: 1rem } h2 { margin-top: 3rem }
figure { margin: 0 0 2rem; display: inline-block; vertical-align: top }
img { max-width: 46vw; border: 1px solid GrayText; border-radius: 6px } figcaption { padding: .25rem 0 .5rem }
"""


def _write_index(out: Path) -> None:
    groups: dict[str, list[Path]] = {}
    for file in sorted(out.glob("*/*.png")):
        groups.setdefault(file.parent.name, []).append(file)
    order = [name for name in _order() if name in groups] + sorted(set(groups) - set(_order()))
    parts = [
        "<!doctype html><html lang=en><meta charset=utf-8><title>SCIM Assistant, every page</title>",
        f"<style>{STYLE}</style>",
        "<h1>Every page and window in every state</h1><nav>",
        *(f"<a href='#{name}'>{html.escape(name)}</a>" for name in order),
        "</nav>",
    ]
    for name in order:
        parts.append(f"<h2 id='{name}'>{html.escape(name)}</h2>")
        for file in groups[name]:
            caption = html.escape(file.stem.replace("_", " ").replace("-", ", "))
            address = html.escape(file.relative_to(out).as_posix())
            parts.append(
                f"<figure><figcaption>{caption}</figcaption><a href='{address}'>"
                f"<img loading=lazy src='{address}' alt='{caption}'></a></figure>"
            )
    (out / "index.html").write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(f"{sum(map(len, groups.values()))} pictures, {out / 'index.html'}")


def _order() -> list[str]:
    return [
        "start",
        "sign_in",
        "register",
        "connect",
        "test_connection",
        "deep",
        "letter",
        "mappings",
        "scope",
        "review",
        "prove",
        "done",
        "monitor",
        "rotation",
        "registration",
        "settings",
        "dialog",
    ]


if __name__ == "__main__":
    raise SystemExit(main())
