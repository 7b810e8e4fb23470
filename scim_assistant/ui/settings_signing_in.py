"""The settings window's first block: with which app registration, in which tenant and cloud, and who said so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QWidget

from scim_assistant.sentence import Sentence, say
from scim_assistant.settings import SettingsStore
from scim_assistant.signin.client import Client, Origin
from scim_assistant.signin.clouds import CLOUDS, Cloud, cloud_named
from scim_assistant.signin.configuration import ENVIRONMENT, Configured
from scim_assistant.signin.tenant_text import (
    OWN_TENANT,
    ClientIdText,
    TenantText,
    read_client_id,
    read_tenant,
)
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Text
from scim_assistant.ui.wording import show

if TYPE_CHECKING:
    from scim_assistant.ui.registration_window import RegistrationWindow


class SigningInBlock(Section):
    """Client ID, tenant and cloud.

    Args:
        store: Where the person's own values are.
        on_change: Takes values over.
    """

    def __init__(
        self, store: SettingsStore, on_change: Callable[..., None], parent: QWidget | None = None
    ) -> None:
        super().__init__(
            say("Signing in"), say("With which app registration, in which tenant and cloud."), parent
        )
        self._store = store
        self._on_change = on_change
        self._configured: Configured | None = None
        self._own: set[str] = set()
        self.column.setSpacing(Space.MEDIUM)
        self.note = MessageBar()
        self.add(self.note)
        self.note.hide()
        settings = store.current
        self.client_id = _line(settings.client_id)
        self.tenant = _line(settings.tenant)
        self.cloud = QComboBox()
        self.cloud.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.others: dict[str, QPushButton] = {}
        self.fields = {
            "client_id": self._field("client_id", say("Application (client) ID"), self.client_id),
            "tenant": self._field("tenant", say("Tenant"), self.tenant),
            "cloud": self._field("cloud", say("Cloud"), self.cloud),
        }
        for line in (self.client_id, self.tenant):
            line.textEdited.connect(self.show_problems)
            line.editingFinished.connect(self.commit)
        self.cloud.activated.connect(self._on_cloud)
        self.make = QPushButton(show(say("How to make an app registration…")))
        self.make.setAutoDefault(False)
        self.make.clicked.connect(self.open_registration)
        self.add(self.fields["client_id"])
        self.column.addWidget(self.make, 0, Qt.AlignmentFlag.AlignLeft)
        self.add(self.fields["tenant"], self.fields["cloud"])
        self.caveats = Text(tone=Tone.QUIET)
        self.add(self.caveats)
        for editor in (self.client_id, self.tenant, self.cloud):
            editor.setEnabled(False)  # until it is known who else has a say
        self._fill_clouds()
        self.show_problems()

    def _field(self, key: str, label: Sentence, editor: QWidget) -> Field:
        other = QPushButton(show(say("Use another")))
        other.setAccessibleName(show(say("Use another: {label}", label=show(label))))
        other.setAutoDefault(False)
        other.clicked.connect(lambda: self._use_another(key))
        self.others[key] = other
        field = Field(label, editor, beside=other)
        other.hide()
        return field

    def show_configured(self, configured: Configured) -> None:
        """Show who has set what. What the person is typing stays."""
        self._configured = configured
        if configured.note:
            self.note.show_message(
                Tone.CAUTION, say("Not everything that is configured can be used"), configured.note
            )
        else:
            self.note.hide()
        settings = self._store.current
        used, without = configured.used, configured.without
        own_tenant = without.tenant if without.tenant_from is Origin.MACHINE else ""
        for key, line, own, shown, elsewhere in (
            ("client_id", self.client_id, settings.client_id, used.client_id, without.client_id),
            ("tenant", self.tenant, settings.tenant, used.tenant, own_tenant),
        ):
            reason = self._reason(key)
            self.fields[key].set_hint(reason or self._hint(key))
            line.setEnabled(True)
            line.setReadOnly(bool(reason))
            line.setPlaceholderText(elsewhere or _EXAMPLES[key])
            if not line.isModified() and line.text() != (shown if reason else own):
                line.setText(shown if reason else own)
                line.setCursorPosition(0)
        reason = self._reason("cloud")
        self.fields["cloud"].set_hint(reason)
        self.cloud.setEnabled(not reason)
        self._fill_clouds()
        self.make.setVisible(not self.client_id.isReadOnly())
        self.show_problems()

    def _origins(self, key: str) -> tuple[Origin, Origin]:
        """Who said the value in use, and who would without the person."""
        if self._configured is None:
            return Origin.NOBODY, Origin.NOBODY
        used, without = self._configured.used, self._configured.without
        return {
            "client_id": (used.client_id_from, without.client_id_from),
            "tenant": (used.tenant_from, without.tenant_from),
            "cloud": (used.cloud_from, without.cloud_from),
        }[key]

    def _reason(self, key: str) -> Sentence:
        """Why the value cannot be typed over; empty when it can. Also shows or hides the way around it."""
        used, _ = self._origins(key)
        held = used is Origin.MACHINE and key not in self._own
        if self.others[key].isVisibleTo(self) != held:
            self.others[key].setVisible(held)
        if used is Origin.ENVIRONMENT:
            return say("The environment variable {name} sets it. Change it there.", name=ENVIRONMENT[key])
        if held and self._configured is not None:
            return say("Your organization set it in {file}", file=self._configured.file)
        return Sentence("")

    def _hint(self, key: str) -> Sentence:
        if self._origins(key)[1] is Origin.MACHINE:
            return say("Empty takes what your organization set.")
        if key == "client_id":
            return say("Of an app registration of your organization. Without one nobody can sign in.")
        return say("A domain or a tenant ID. Empty takes the tenant of the account that signs in.")

    def _use_another(self, key: str) -> None:
        self._own.add(key)
        if self._configured is not None:
            self.show_configured(self._configured)
        {"client_id": self.client_id, "tenant": self.tenant, "cloud": self.cloud}[key].setFocus()

    # The cloud

    def _fill_clouds(self) -> None:
        """All clouds; the first entry, with an empty name, is the one that counts when the person chooses none."""
        used, without = self._origins("cloud")
        first, chosen = cloud_named(""), self._store.current.cloud
        if self._configured is not None:
            first = self._configured.without.cloud
            if used is Origin.ENVIRONMENT:
                chosen = ""  # which is the environment's
        entries = [("", first), *((cloud.name, cloud) for cloud in CLOUDS if cloud is not first)]
        self.cloud.clear()
        for name, cloud in entries:
            title = show(cloud.title)
            if not name and without is Origin.MACHINE and self.cloud.isEnabled():
                title = show(say("{cloud}, as your organization set it", cloud=title))
            self.cloud.addItem(title, name)
        self.cloud.setCurrentIndex(max(0, self.cloud.findData(chosen)))
        self._show_caveats()

    def chosen_cloud(self) -> Cloud:
        """The cloud that shows."""
        name = str(self.cloud.currentData() or "")
        if not name and self._configured is not None:
            return self._configured.without.cloud
        return cloud_named(name)

    def _show_caveats(self) -> None:
        caveats = self.chosen_cloud().caveats
        self.caveats.set_text("\n".join(show(caveat) for caveat in caveats))
        self.caveats.setVisible(bool(caveats))

    def _on_cloud(self) -> None:
        self._show_caveats()
        self._on_change(cloud=str(self.cloud.currentData() or ""))

    # What is typed

    def show_problems(self) -> None:
        """Show what is wrong with what is typed."""
        for field, line, problem, note in (
            (self.fields["client_id"], self.client_id, *_told(read_client_id(self.client_id.text()))),
            (self.fields["tenant"], self.tenant, *_told(read_tenant(self.tenant.text()))),
        ):
            if line.isReadOnly() or not line.isEnabled():
                field.set_problem(None)
            elif problem is None and note:
                field.set_problem(note, blocks=False)
            else:
                field.set_problem(problem)

    def commit(self) -> None:
        """Take over what was typed, as far as it can be used."""
        changes: dict[str, str] = {}
        if self.client_id.isModified():
            read_id = read_client_id(self.client_id.text())
            if read_id.problem is None:
                changes["client_id"] = read_id.client_id
                self.client_id.setModified(False)
        if self.tenant.isModified():
            read = read_tenant(self.tenant.text())
            if read.problem is None:
                changes["tenant"] = read.tenant if self.tenant.text().strip() else ""
                self.tenant.setModified(False)
        if changes:
            self._on_change(**changes)

    def open_registration(self) -> RegistrationWindow:
        """Show how to make a registration; one that is taken into use there goes into the fields here."""
        from scim_assistant.ui.registration_window import RegistrationWindow

        used = self._configured.used if self._configured is not None else Client("")
        return RegistrationWindow.open_for(self.window(), replace(used, cloud=self.chosen_cloud()), self.take)

    def take(self, client_id: str, tenant: str) -> None:
        """Take a registration into use."""
        self.client_id.setText(client_id)
        if not self.tenant.isReadOnly():
            self.tenant.setText("" if tenant == OWN_TENANT else tenant)
            self.tenant.setModified(True)
        self.client_id.setModified(True)
        self.show_problems()
        self.commit()


_EXAMPLES = {
    "client_id": "11111111-2222-3333-4444-555555555555",
    "tenant": "example.onmicrosoft.com",
}


def _line(text: str) -> QLineEdit:
    line = QLineEdit(text)
    line.setMaxLength(10_000)
    line.setCursorPosition(0)
    return line


def _told(read: ClientIdText | TenantText) -> tuple[Sentence | None, Sentence]:
    return read.problem, read.note
