"""An app registration of one's own: why, how to make it, and taking it into use. A window beside the wizard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from scim_assistant.sentence import Sentence, say
from scim_assistant.signin import registration
from scim_assistant.signin.client import Client
from scim_assistant.signin.offer import Way
from scim_assistant.signin.tenant_text import OWN_TENANT, read_client_id, read_tenant
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card, Hairline, column
from scim_assistant.ui.widgets.copy_button import CopyButton
from scim_assistant.ui.widgets.disclosure import CodeBlock
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.scrolled import Scrolled
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.wording import APP_NAME, CLOSE, show

OnUse = Callable[[str, str], None]
"""Takes the client ID and the tenant, both cleaned (``organizations`` for the account's own tenant)."""

SIZE = (720, 680)


def _open(address: str) -> None:
    QDesktopServices.openUrl(QUrl(address))


class RegistrationWindow(QDialog):
    """Tells how to make a registration and takes its client ID. Esc closes it; the wizard stays usable.

    Args:
        client: With what one would sign in now; gives the cloud, and fills the fields.
        on_use: Called when the person takes a registration into use; the window closes then.
        ways: What works here (``SignInOffer.ways``); the client that everybody has is offered with the broker only.
        open_address: Opens a web page.
    """

    def __init__(
        self,
        client: Client,
        on_use: OnUse,
        parent: QWidget | None = None,
        *,
        ways: Sequence[Way] = (),
        open_address: Callable[[str], None] = _open,
    ) -> None:
        super().__init__(parent)
        self._client = client
        self._on_use = on_use
        self._open_address = open_address
        self._redirects_of: str | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("registration")
        self.setWindowTitle(show(say("{app}: app registration", app=APP_NAME)))
        outer = column(self, 0)
        outer.setContentsMargins(0, 0, 0, Space.LARGE)
        self.scroll_area = Scrolled()
        inside = QWidget()
        body = column(inside, Space.BLOCK)
        body.setContentsMargins(Space.BLOCK, Space.BLOCK, Space.BLOCK, Space.LARGE)
        body.addWidget(self._why())
        body.addWidget(self._ways_to_make())
        body.addWidget(self._use())
        body.addWidget(self._consent())
        shared = registration.shared_client(ways, client.cloud, client.tenant)
        if shared is not None:
            body.addWidget(self._shared(shared))
        body.addStretch(1)
        self.scroll_area.setWidget(inside)
        outer.addWidget(self.scroll_area, 1)
        buttons = QDialogButtonBox()
        buttons.setContentsMargins(Space.BLOCK, 0, Space.BLOCK, 0)
        self.close_button = buttons.addButton(show(CLOSE), QDialogButtonBox.ButtonRole.RejectRole)
        self.close_button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        outer.addSpacing(Space.MEDIUM)
        outer.addWidget(buttons)
        self.show_problems()
        self.resize(*SIZE)
        self.tabs.setFocus()

    @classmethod
    def open_for(
        cls, parent: QWidget, client: Client, on_use: OnUse, *, ways: Sequence[Way] = ()
    ) -> RegistrationWindow:
        """Open it above a window, in place of one that is open."""
        for old in parent.findChildren(cls):
            old.close()
        window = cls(client, on_use, parent, ways=ways)
        window.show()
        return window

    def show_consent(self) -> None:
        """Show the link for an administrator first."""
        self.link.setFocus(Qt.FocusReason.OtherFocusReason)
        self.link.selectAll()
        # The layout is not at rest yet when the window has only just been shown.
        QTimer.singleShot(
            0, self, lambda: self.scroll_area.ensureWidgetVisible(self.open_link, 0, Space.BLOCK)
        )

    # Its blocks

    def _why(self) -> QWidget:
        block = Section()
        block.column.setSpacing(Space.SMALL)
        block.add(Text(say("Make an app registration of your own"), role=Role.TITLE))
        for sentence in registration.WHY:
            block.add(Text(sentence, tone=Tone.QUIET))
        return block

    def _ways_to_make(self) -> QWidget:
        cloud = self._client.cloud
        block = Section(
            say("1. Make it"),
            say("In {cloud}, by a script or by hand: both come to the same.", cloud=show(cloud.title)),
        )
        self.tabs = QTabBar()
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName(show(say("Ways to make it")))
        block.add(self.tabs)
        self.pages: list[QWidget] = []
        azure = registration.azure_cli(cloud=cloud)
        for title, page in (
            (
                say("PowerShell"),
                self._script(registration.POWERSHELL_ABOUT, registration.graph_powershell(cloud=cloud)),
            ),
            (
                say("Azure CLI"),
                self._script(
                    registration.AZURE_CLI_ABOUT if azure else registration.AZURE_CLI_MISSING, azure
                ),
            ),
            (say("By hand"), self._by_hand()),
        ):
            self.tabs.addTab(show(title))
            self.pages.append(page)
            # Placed first: what is shown without a parent is a window of its own.
            block.add(page)
            page.setVisible(len(self.pages) == 1)
        self.tabs.currentChanged.connect(self._on_tab)
        return block

    def _script(self, about: Sentence, script: str) -> QWidget:
        page = Section()
        page.add(Text(about))
        if script:
            page.add(CodeBlock(script, show(say("Script")), most_lines=11))
        return page

    def _by_hand(self) -> QWidget:
        cloud = self._client.cloud
        page = Section()
        page.column.setSpacing(Space.MEDIUM)
        page.add(
            Text(
                say(
                    "In the portal: Microsoft Entra ID > App registrations > New registration. Then enter these:"
                )
            )
        )
        self.portal = QPushButton(show(say("Open App registrations")))
        self.portal.setAutoDefault(False)
        theme.give_icon(self.portal, "open")
        self.portal.clicked.connect(lambda: self._open_address(registration.registrations_page(cloud)))
        page.column.addWidget(self.portal, 0, Qt.AlignmentFlag.AlignLeft)
        settings = _Rows(say("Settings"))
        for entry in registration.entries():
            settings.add(entry.label, entry.value, entry.note, copies=entry.copies)
        page.add(Text(say("Settings"), role=Role.STRONG), settings)
        self._redirects = _Rows(say("Redirect addresses"))
        page.add(
            Text(
                say("Redirect addresses, under Authentication > Mobile and desktop applications"),
                role=Role.STRONG,
            ),
            self._redirects,
        )
        permissions = _Rows(say("Permissions"))
        for permission in registration.permissions_to_add():
            permissions.add(
                permission.name,
                show(permission.reason),
                registration.needs_admin(permission),
                copied=permission.name,
            )
        page.add(
            Text(
                say("Delegated permissions, under API permissions > Add a permission > Microsoft Graph"),
                role=Role.STRONG,
            ),
            permissions,
        )
        return page

    def _use(self) -> QWidget:
        block = Section(
            say("2. Use it here"),
            say(
                "Both scripts print the two IDs; the portal shows them on the Overview of the app registration."
            ),
        )
        self.client_id = QLineEdit(self._client.client_id)
        self.client_id.setMaxLength(10_000)
        self.client_id.setPlaceholderText("11111111-2222-3333-4444-555555555555")
        self.client_field = Field(
            say("Application (client) ID"), self.client_id, say("Enter it to use the registration.")
        )
        own = self._client.tenant in ("", OWN_TENANT)
        self.tenant = QLineEdit("" if own else self._client.tenant)
        self.tenant.setMaxLength(10_000)
        self.tenant.setPlaceholderText("example.onmicrosoft.com")
        self.tenant_field = Field(say("Directory (tenant) ID or domain"), self.tenant)
        for line in (self.client_id, self.tenant):
            line.textEdited.connect(self.show_problems)
            line.returnPressed.connect(self._on_use_pressed)
        fields = Section().add(self.client_field, self.tenant_field)
        block.add(fields)
        self.use = QPushButton(show(say("Use this registration")))
        self.use.setAutoDefault(False)
        theme.make_primary(self.use)
        self.use.clicked.connect(self._on_use_pressed)
        block.column.addWidget(self.use, 0, Qt.AlignmentFlag.AlignLeft)
        return block

    def _consent(self) -> QWidget:
        block = Section(
            say("3. Have an administrator consent"),
            say(
                "Somebody who may consent for the organization, such as a Cloud Application Administrator, opens this "
                "link once. At the end the browser goes to localhost and may say that it cannot be reached; the consent "
                "counts all the same."
            ),
        )
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.SMALL)
        self.link = QLineEdit()
        self.link.setReadOnly(True)
        self.link.setAccessibleName(show(say("Link for an administrator")))
        row.addWidget(self.link, 1)
        self.copy_link = CopyButton(self.link.text, show(say("the link for an administrator")))
        row.addWidget(self.copy_link)
        self.open_link = QPushButton(show(say("Open")))
        self.open_link.setAccessibleName(show(say("Open the link for an administrator")))
        self.open_link.setAutoDefault(False)
        theme.give_icon(self.open_link, "open")
        self.open_link.clicked.connect(lambda: self._open_address(self.link.text()))
        row.addWidget(self.open_link)
        block.column.addLayout(row)
        return block

    def _shared(self, shared: registration.SharedClient) -> QWidget:
        block = Section(say("Without a registration of your own"))
        for caveat in shared.caveats:
            block.add(Text(caveat, tone=Tone.QUIET))
        self.use_shared = QPushButton(show(say("Use {name}", name=show(shared.title))))
        self.use_shared.setAutoDefault(False)
        self.use_shared.clicked.connect(
            lambda: self._take(
                shared.client.client_id, read_tenant(self.tenant.text()).tenant or shared.client.tenant
            )
        )
        block.column.addWidget(self.use_shared, 0, Qt.AlignmentFlag.AlignLeft)
        return block

    # What is typed

    def _typed(self) -> Client | None:
        """The registration in the fields; None while they hold none."""
        read_id, read = read_client_id(self.client_id.text()), read_tenant(self.tenant.text())
        if not read_id.client_id or read.problem is not None or read_id.client_id == read.tenant:
            return None
        return replace(self._client, client_id=read_id.client_id, tenant=read.tenant)

    def show_problems(self) -> None:
        """Show what is wrong with what is typed, and what follows from it."""
        read_id, read = read_client_id(self.client_id.text()), read_tenant(self.tenant.text())
        _tell(self.client_field, read_id.problem, read_id.note)
        problem = read.problem
        if read_id.client_id and read_id.client_id == read.tenant:
            problem = say("The tenant ID is another one than the client ID: copy 'Directory (tenant) ID'.")
        self.tenant_field.set_hint(show(say("Empty takes the tenant of the account that signs in.")))
        _tell(self.tenant_field, problem, read.note)
        typed = self._typed()
        self.use.setEnabled(typed is not None)
        self.use.setToolTip("" if typed is not None else show(say("Enter the client ID first.")))
        link = registration.admin_consent_link(typed) if typed is not None else ""
        self.link.setText(link)
        self.link.setCursorPosition(0)
        self.link.setPlaceholderText("" if link else show(say("Enter the client ID above to get the link.")))
        self.copy_link.setEnabled(bool(link))
        self.open_link.setEnabled(bool(link))
        self._show_redirects(read_id.client_id)

    def _show_redirects(self, client_id: str) -> None:
        if client_id == self._redirects_of:
            return
        self._redirects_of = client_id
        self._redirects.clear()
        for redirect in registration.redirects(self._client.cloud, client_id):
            waits = redirect.needs_client_id and not client_id
            note = (
                say("{purpose}. Put the client ID in place of CLIENT-ID.", purpose=show(redirect.purpose))
                if waits
                else redirect.purpose
            )
            self._redirects.add(redirect.address, "", note, copied=redirect.address)

    def _on_tab(self, index: int) -> None:
        for number, page in enumerate(self.pages):
            page.setVisible(number == index)

    def _on_use_pressed(self) -> None:
        typed = self._typed()
        if typed is not None:
            self._take(typed.client_id, typed.tenant)

    def _take(self, client_id: str, tenant: str) -> None:
        self.accept()
        self._on_use(client_id, tenant)


def _tell(field: Field, problem: Sentence | None, note: Sentence) -> None:
    """A problem blocks, a note only tells."""
    if problem is not None or not note:
        field.set_problem(problem)
    else:
        field.set_problem(note, blocks=False)


class _Rows(Card):
    """Values below each other, each with what it is for and a button to copy it."""

    def __init__(self, name: Sentence, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(show(name))

    def clear(self) -> None:
        """Take all rows away."""
        while (item := self.rows.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.setParent(None)
                widget.deleteLater()

    def add(self, label: str, value: str, note: str = "", *, copies: bool = True, copied: str = "") -> None:
        """Add a row.

        Args:
            label: What it is.
            value: What to enter or choose; empty where the label is the value.
            note: What it is for.
            copies: Whether it can be copied.
            copied: What is copied; the value by default.
        """
        if self.rows.count():
            self.rows.addWidget(Hairline(self))
        row = QWidget(self)
        row.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        across = QHBoxLayout(row)
        across.setContentsMargins(Space.MEDIUM, Space.SMALL, Space.MEDIUM, Space.SMALL)
        across.setSpacing(Space.SMALL)
        words = QVBoxLayout()
        words.setContentsMargins(0, 0, 0, 0)
        words.setSpacing(2)
        words.addWidget(Text(label, role=Role.STRONG))
        if value:
            words.addWidget(Text(value))
        if note:
            words.addWidget(Text(note, role=Role.HINT, tone=Tone.QUIET))
        across.addLayout(words, 1)
        if copies:
            text = copied or value
            button = CopyButton(lambda: text, show(label))
            across.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.rows.addWidget(row)
