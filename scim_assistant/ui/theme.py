"""Colours, distances, type and icons, all taken from the palette so that dark mode and high contrast just work.

Where the platform brings its own palette (Windows, macOS) it is left alone. Fusion's built-in one fails the
contrast that we promise, so Linux gets the two palettes below; tests and the gallery force either of them.
"""

from __future__ import annotations

import sys
from enum import Enum, IntEnum
from functools import lru_cache

from PySide6.QtCore import QByteArray, QEvent, QFile, QIODevice, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QPushButton, QWidget

from scim_assistant import resources


class Space(IntEnum):
    """Distances in device-independent pixels."""

    TIGHT = 4
    SMALL = 8
    MEDIUM = 12
    LARGE = 16
    BLOCK = 24


class Scheme(Enum):
    """Which palette to use."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Tone(Enum):
    """What a colour means. Never the only sign: a shape and a word go with it."""

    PLAIN = "plain"
    QUIET = "quiet"
    ACCENT = "accent"
    GOOD = "good"
    CAUTION = "caution"
    BAD = "bad"


TEXT_WIDTH = 600
"""Pixels that about 75 characters of body text take."""

_LIGHT = {
    QPalette.ColorRole.Window: "#f3f3f3",
    QPalette.ColorRole.WindowText: "#1b1b1b",
    QPalette.ColorRole.Base: "#ffffff",
    QPalette.ColorRole.AlternateBase: "#f7f7f8",
    QPalette.ColorRole.Text: "#1b1b1b",
    QPalette.ColorRole.Button: "#fbfbfb",
    QPalette.ColorRole.ButtonText: "#1b1b1b",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#ffffff",
    QPalette.ColorRole.ToolTipText: "#1b1b1b",
    QPalette.ColorRole.PlaceholderText: "#5f5f63",
    QPalette.ColorRole.Highlight: "#005fb8",
    QPalette.ColorRole.HighlightedText: "#ffffff",
    QPalette.ColorRole.Accent: "#005fb8",
    QPalette.ColorRole.Link: "#005a9e",
    QPalette.ColorRole.LinkVisited: "#6b3fa0",
    QPalette.ColorRole.Light: "#ffffff",
    QPalette.ColorRole.Midlight: "#ececec",
    QPalette.ColorRole.Mid: "#d2d2d4",
    QPalette.ColorRole.Dark: "#9a9a9e",
    QPalette.ColorRole.Shadow: "#6a6a6e",
}
_LIGHT_DISABLED = "#85858a"

_DARK = {
    QPalette.ColorRole.Window: "#202020",
    QPalette.ColorRole.WindowText: "#f2f2f2",
    QPalette.ColorRole.Base: "#2b2b2b",
    QPalette.ColorRole.AlternateBase: "#303032",
    QPalette.ColorRole.Text: "#f2f2f2",
    QPalette.ColorRole.Button: "#373737",
    QPalette.ColorRole.ButtonText: "#f2f2f2",
    QPalette.ColorRole.BrightText: "#ffffff",
    QPalette.ColorRole.ToolTipBase: "#2b2b2b",
    QPalette.ColorRole.ToolTipText: "#f2f2f2",
    QPalette.ColorRole.PlaceholderText: "#b0b0b4",
    QPalette.ColorRole.Highlight: "#4cc2ff",
    QPalette.ColorRole.HighlightedText: "#00121f",
    QPalette.ColorRole.Accent: "#4cc2ff",
    QPalette.ColorRole.Link: "#6fcbff",
    QPalette.ColorRole.LinkVisited: "#c7a6f2",
    QPalette.ColorRole.Light: "#454547",
    QPalette.ColorRole.Midlight: "#3b3b3d",
    QPalette.ColorRole.Mid: "#464648",
    QPalette.ColorRole.Dark: "#5d5d60",
    QPalette.ColorRole.Shadow: "#101010",
}
_DARK_DISABLED = "#7f7f84"

_TONES = {
    Tone.GOOD: ("#0b6a2b", "#6fd08c"),
    Tone.CAUTION: ("#7a4b00", "#f5c451"),
    Tone.BAD: ("#b3130f", "#ff9a90"),
}


def palette_of(scheme: Scheme) -> QPalette:
    """Our light or dark palette."""
    dark = scheme is Scheme.DARK
    palette = QPalette()
    for role, colour in (_DARK if dark else _LIGHT).items():
        palette.setColor(role, QColor(colour))
    disabled = QColor(_DARK_DISABLED if dark else _LIGHT_DISABLED)
    group = QPalette.ColorGroup.Disabled
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.PlaceholderText,
    ):
        palette.setColor(group, role, disabled)
    palette.setColor(group, QPalette.ColorRole.Highlight, QColor("#5a5a5e" if dark else "#c4c4c8"))
    palette.setColor(group, QPalette.ColorRole.HighlightedText, QColor("#d0d0d4" if dark else "#4a4a4e"))
    palette.setColor(group, QPalette.ColorRole.Button, QColor("#2a2a2b" if dark else "#f3f3f3"))
    return palette


def platform_has_palette() -> bool:
    """True where the platform's own style brings colours that the person chose."""
    return sys.platform in ("win32", "darwin")


_CHOSEN = "scim_assistant_scheme"
"""Property of the application that holds the scheme chosen last."""
_ASKED_OF_QT = {
    Scheme.SYSTEM: Qt.ColorScheme.Unknown,
    Scheme.LIGHT: Qt.ColorScheme.Light,
    Scheme.DARK: Qt.ColorScheme.Dark,
}


def apply(app: QApplication, scheme: Scheme = Scheme.SYSTEM) -> None:
    """Give the application its style and palette, and follow the system when it changes. Called again, it changes them.

    On Windows and macOS the platform's style and palette stay, and a forced scheme is asked of Qt.
    """
    hints = QGuiApplication.styleHints()
    first = app.property(_CHOSEN) is None
    app.setProperty(_CHOSEN, scheme.value)
    if platform_has_palette():
        if hasattr(hints, "setColorScheme") and not (first and scheme is Scheme.SYSTEM):
            hints.setColorScheme(_ASKED_OF_QT[scheme])
        return
    app.setStyle("Fusion")
    _set_palettes(app, _resolved(scheme))
    if first:
        hints.colorSchemeChanged.connect(
            lambda _: _set_palettes(app, _resolved(Scheme(app.property(_CHOSEN))))
        )


_OUTLINED = (
    "QLineEdit",
    "QComboBox",
    "QRadioButton",
    "QCheckBox",
    "QPushButton",
    "QListWidget",
    "QTableWidget",
    "QPlainTextEdit",
)


def _set_palettes(app: QApplication, scheme: Scheme) -> None:
    palette = palette_of(scheme)
    app.setPalette(palette)
    # Fusion draws the outline of a control as a darker shade of its window colour, which nobody sees in the dark and few
    # in the light. None of these classes fills itself with that colour, so it can be chosen for the outline alone.
    outlined = QPalette(palette)
    outlined.setColor(QPalette.ColorRole.Window, QColor("#b4b4b8" if scheme is Scheme.DARK else "#b8b8bc"))
    for name in _OUTLINED:
        # Qt asks for a name of eight-bit characters, which its types for Python call bytes, and takes a str alone.
        app.setPalette(outlined, name)  # type: ignore[arg-type]


def _resolved(scheme: Scheme) -> Scheme:
    if scheme is not Scheme.SYSTEM:
        return scheme
    dark = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark
    return Scheme.DARK if dark else Scheme.LIGHT


def is_dark(palette: QPalette) -> bool:
    """True when text is lighter than what it stands on."""
    window = palette.color(QPalette.ColorRole.Window)
    text = palette.color(QPalette.ColorRole.WindowText)
    return text.lightness() > window.lightness()


def colour(palette: QPalette, tone: Tone) -> QColor:
    """The colour for text and icons of this meaning on this palette."""
    if tone is Tone.ACCENT:
        return palette.color(QPalette.ColorRole.Link)
    if tone is Tone.QUIET:
        return palette.color(QPalette.ColorRole.PlaceholderText)
    if tone is Tone.PLAIN:
        return palette.color(QPalette.ColorRole.WindowText)
    light, dark = _TONES[tone]
    return QColor(dark if is_dark(palette) else light)


def wash(palette: QPalette, tone: Tone) -> QColor:
    """A faint background of this meaning, on which text keeps its contrast."""
    base = palette.color(QPalette.ColorRole.Base)
    strong = colour(palette, tone)
    share = 0.16 if is_dark(palette) else 0.07
    return QColor(
        round(base.red() + (strong.red() - base.red()) * share),
        round(base.green() + (strong.green() - base.green()) * share),
        round(base.blue() + (strong.blue() - base.blue()) * share),
    )


def contrast(one: QColor, other: QColor) -> float:
    """WCAG 2 contrast ratio of two opaque colours, 1 to 21."""

    def luminance(of: QColor) -> float:
        parts = [of.redF(), of.greenF(), of.blueF()]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def scaled(font: QFont, factor: float, *, strong: bool = False) -> QFont:
    """A font relative to the platform's, never in pixels."""
    copy = QFont(font)
    if font.pointSizeF() > 0:
        copy.setPointSizeF(font.pointSizeF() * factor)
    if strong:
        copy.setWeight(QFont.Weight.DemiBold)
    return copy


@lru_cache(maxsize=128)
def _source(name: str) -> bytes:
    # Read by Qt: the icons are the program's own, small, and needed for the very first paint.
    file = QFile(str(resources.resource(f"icons/{name}.svg")))
    if not file.open(QIODevice.OpenModeFlag.ReadOnly):
        raise FileNotFoundError(f"icon {name} is not installed")
    try:
        return bytes(file.readAll().data())
    finally:
        file.close()


@lru_cache(maxsize=1024)
def _pixmap(name: str, ink: str, paper: str, size: int, ratio: float) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    text = _source(name).replace(b"currentColor", ink.encode()).replace(b"paperColor", paper.encode())
    pixels = max(1, round(size * ratio))
    pixmap = QPixmap(pixels, pixels)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(text)).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def pixmap(name: str, ink: QColor, paper: QColor, size: int = 20, ratio: float = 1.0) -> QPixmap:
    """An icon drawn in a colour, for painting by hand.

    Args:
        name: File under ``resources/icons`` without its ending.
        ink: Colour of the drawing.
        paper: Colour of what is cut out of it.
        size: Edge in device-independent pixels.
        ratio: Device pixels to one of those.
    """
    return _pixmap(name, ink.name(), paper.name(), size, ratio)


def icon(
    name: str,
    palette: QPalette,
    tone: Tone = Tone.PLAIN,
    size: int = 20,
    *,
    ink_role: QPalette.ColorRole | None = None,
) -> QIcon:
    """An icon for buttons and lists, in the colours of this palette, sharp at 100 to 300 %."""
    made = QIcon()
    paper = palette.color(QPalette.ColorRole.Base)
    for mode, group in (
        (QIcon.Mode.Normal, QPalette.ColorGroup.Active),
        (QIcon.Mode.Disabled, QPalette.ColorGroup.Disabled),
    ):
        if ink_role is not None:
            ink = palette.color(group, ink_role)
        elif group is QPalette.ColorGroup.Disabled:
            ink = palette.color(group, QPalette.ColorRole.ButtonText)
        else:
            ink = colour(palette, tone)
        for ratio in (1.0, 2.0, 3.0):
            made.addPixmap(pixmap(name, ink, paper, size, ratio), mode)
    # In a chosen row its own colour would be lost on the accent.
    ink = palette.color(QPalette.ColorRole.HighlightedText)
    paper = palette.color(QPalette.ColorRole.Highlight)
    for ratio in (1.0, 2.0, 3.0):
        made.addPixmap(pixmap(name, ink, paper, size, ratio), QIcon.Mode.Selected)
    return made


class _IconKeeper(QObject):
    """Draws a button's icon anew when its palette changes."""

    def __init__(self, button: QAbstractButton, name: str, tone: Tone, size: int) -> None:
        super().__init__(button)
        self.name = name
        self._tone = tone
        self._size = size
        button.setIconSize(QSize(size, size))
        button.installEventFilter(self)
        self.draw(button)

    def draw(self, button: QAbstractButton) -> None:
        """Give the button its icon in its own colours."""
        role = QPalette.ColorRole.ButtonText if self._tone is Tone.PLAIN else None
        button.setIcon(icon(self.name, button.palette(), self._tone, self._size, ink_role=role))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.PaletteChange and isinstance(watched, QAbstractButton):
            self.draw(watched)
        return False


def give_icon(button: QAbstractButton, name: str, tone: Tone = Tone.PLAIN, size: int = 16) -> None:
    """Give a button an icon that follows the palette. Called again, it changes the icon."""
    keeper = button.findChild(_IconKeeper)
    if keeper is None:
        _IconKeeper(button, name, tone, size)
        return
    keeper.name = name
    keeper._tone = tone
    keeper.draw(button)


class _PrimaryKeeper(QObject):
    """Keeps a button filled with the accent where the style does not do it by itself."""

    def __init__(self, button: QPushButton) -> None:
        super().__init__(button)
        self._at_work = False
        button.installEventFilter(self)
        self.paint(button)

    def paint(self, button: QPushButton) -> None:
        """Take accent and text from the palette around the button."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        around = app.palette()
        own = QPalette(around)
        group = QPalette.ColorGroup.Disabled
        for target, source in (
            (QPalette.ColorRole.Button, QPalette.ColorRole.Highlight),
            (QPalette.ColorRole.ButtonText, QPalette.ColorRole.HighlightedText),
            (QPalette.ColorRole.Window, QPalette.ColorRole.Highlight),
        ):
            for each in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
                own.setColor(each, target, around.color(QPalette.ColorGroup.Active, source))
            own.setColor(group, target, around.color(group, target))
        self._at_work = True
        button.setPalette(own)
        self._at_work = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            event.type() == QEvent.Type.ApplicationPaletteChange
            and not self._at_work
            and isinstance(watched, QPushButton)
        ):
            self.paint(watched)
        return False


def make_primary(button: QPushButton) -> None:
    """Mark the one primary action of a page. Windows and macOS fill a default button by themselves."""
    if not platform_has_palette() and button.findChild(_PrimaryKeeper) is None:
        _PrimaryKeeper(button)


def ratio_of(widget: QWidget) -> float:
    """Device pixels to one of ours, for icons painted by hand."""
    return float(widget.devicePixelRatioF())
