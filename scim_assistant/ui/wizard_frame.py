"""What the wizard looks like around its pages: buttons, their order and words, the rail's place. Holds no state."""

from __future__ import annotations

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QWidget, QWizard

from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space
from scim_assistant.ui.widgets.rail import NARROW, WIDE, Rail
from scim_assistant.ui.wording import APPLY, BACK, CANCEL, HELP, NEXT, OPEN_MONITOR, UNDO, show

DEFAULT_SIZE = (960, 680)
SMALLEST_SIZE = (680, 600)
NARROW_BELOW = 900
"""Below this width the rail shows icons only."""

Button = QWizard.WizardButton


def dress(wizard: QWizard) -> None:
    """Give the wizard its style, its buttons and their words."""
    wizard.setWizardStyle(QWizard.WizardStyle.ModernStyle)
    option = QWizard.WizardOption
    for each in (
        option.IgnoreSubTitles,
        option.IndependentPages,
        option.NoBackButtonOnStartPage,
        option.HaveHelpButton,
        option.HaveCustomButton1,
        option.NoBackButtonOnLastPage,
    ):
        wizard.setOption(each, True)
    for which, text in (
        (Button.BackButton, BACK),
        (Button.NextButton, NEXT),
        (Button.CommitButton, APPLY),
        (Button.FinishButton, OPEN_MONITOR),
        (Button.CancelButton, CANCEL),
        (Button.HelpButton, HELP),
        (Button.CustomButton1, UNDO),
    ):
        wizard.setButtonText(which, show(text))
    wizard.setButtonLayout(
        [
            Button.HelpButton,
            Button.CustomButton1,
            Button.Stretch,
            Button.BackButton,
            Button.NextButton,
            Button.CommitButton,
            Button.FinishButton,
            Button.CancelButton,
        ]
    )
    for which in (Button.NextButton, Button.CommitButton, Button.FinishButton):
        button = wizard.button(which)
        if isinstance(button, QPushButton):
            theme.make_primary(button)


def polish(wizard: QWizard, rail: Rail) -> None:
    """Give a page that has come up the window's colour, and its title our type and left edge.

    QWizard paints its page white and makes one label for all titles.
    """
    frame = rail.parentWidget()
    around = frame.parentWidget() if frame is not None else None
    if frame is None or around is None:
        return
    for child in around.children():
        if isinstance(child, QWidget) and child.backgroundRole() == QPalette.ColorRole.Base:
            child.setBackgroundRole(QPalette.ColorRole.Window)
        if isinstance(child, QLabel) and child is not frame and not child.buddy():
            child.setIndent(0)
            child.setMargin(0)
            child.setContentsMargins(Space.TIGHT - 2, 0, 0, 0)
            child.setFont(theme.scaled(wizard.font(), 1.5, strong=True))


def fit_rail(wizard: QWizard, rail: Rail) -> None:
    """Shrink the rail to icons in a narrow window."""
    narrow = wizard.width() < NARROW_BELOW
    rail.set_narrow(narrow)
    frame = rail.parentWidget()
    if frame is not None and frame is not wizard:
        layout = frame.layout()
        if layout is not None:
            layout.setContentsMargins(0, 0, 0, 0)
        frame.setFixedWidth((NARROW if narrow else WIDE) + Space.MEDIUM)
