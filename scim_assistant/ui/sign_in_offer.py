"""What the sign-in page shows before anybody is signed in: with what, who has been here before, and the way in."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from scim_assistant.sentence import Sentence, say
from scim_assistant.signin.client import Client, Origin
from scim_assistant.signin.clouds import CLOUDS, cloud_named
from scim_assistant.signin.offer import SignInOffer, Way
from scim_assistant.signin.permissions import LOOK
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.sign_in import OTHER_ACCOUNT
from scim_assistant.ui import theme
from scim_assistant.ui.theme import Space, Tone
from scim_assistant.ui.widgets.card import Card
from scim_assistant.ui.widgets.choice import ChoiceList, Option
from scim_assistant.ui.widgets.disclosure import Disclosure
from scim_assistant.ui.widgets.field import Field
from scim_assistant.ui.widgets.glyph import Glyph
from scim_assistant.ui.widgets.message_bar import MessageBar
from scim_assistant.ui.widgets.permission_list import PermissionList
from scim_assistant.ui.widgets.section import Section
from scim_assistant.ui.widgets.text import Role, Text
from scim_assistant.ui.widgets.ways_button import WaysButton
from scim_assistant.ui.wording import SIGN_IN, show, visible

ORIGINS: dict[Origin, Sentence] = {
    Origin.SETTINGS: say("from the settings"),
    Origin.ENVIRONMENT: say("set for this computer by a variable"),
    Origin.MACHINE: say("set by your organization on this computer"),
    Origin.BUILT_IN: say("Microsoft's own for command lines"),
}
"""Where a client ID was told, in the middle of a sentence."""

OWN_TENANT = "organizations"


class OfferPanel(QWidget):
    """Asks with what to sign in, and as whom.

    Signals:
        edited: The person changed something.
        sign_in_wanted: The person signs in, this way (``Way``).
        registration_wanted: The person wants to know how to get a client ID.
    """

    edited = Signal()
    sign_in_wanted = Signal(object)
    registration_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.BLOCK)
        self.note = MessageBar(self)
        self.note.hide()
        column.addWidget(self.note)
        self._editing = False
        self._preselected = ""
        self.with_what = Section(say("App registration"), parent=self)
        column.addWidget(self.with_what)
        self._build_facts()
        self._build_fields()
        self._build_way_in(column)

    def _build_facts(self) -> None:
        self.facts = Card(self.with_what)
        row = QHBoxLayout()
        row.setContentsMargins(Space.MEDIUM, Space.MEDIUM, Space.MEDIUM, Space.MEDIUM)
        row.setSpacing(Space.MEDIUM)
        row.addWidget(Glyph("key", Tone.ACCENT, 20), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(2)
        self.client = Text(role=Role.STRONG)
        self.where = Text()
        self.told_by = Text(role=Role.HINT, tone=Tone.QUIET)
        for text in (self.client, self.where, self.told_by):
            words.addWidget(text)
        row.addLayout(words, 1)
        self.change_button = QPushButton(show(say("Change")))
        self.change_button.setAccessibleName(show(say("Change the app registration, tenant or cloud")))
        self.change_button.setAutoDefault(False)
        self.change_button.clicked.connect(self._on_change)
        row.addWidget(self.change_button, 0, Qt.AlignmentFlag.AlignTop)
        self.facts.rows.addLayout(row)
        self.with_what.add(self.facts)

    def _build_fields(self) -> None:
        self.fields_card = QWidget(self.with_what)
        rows = QVBoxLayout(self.fields_card)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(Space.MEDIUM)
        self.why = Text(
            say(
                "SCIM Assistant signs in under the name of an app registration that your organization owns, so that you "
                "decide what it may do."
            ),
            tone=Tone.QUIET,
        )
        rows.addWidget(self.why)
        self.client_id = QLineEdit()
        self.client_id.setMaxLength(20_000)
        self.client_id.textEdited.connect(lambda _: self.edited.emit())
        self.help_button = QPushButton(show(say("How to get one")))
        self.help_button.setAutoDefault(False)
        theme.give_icon(self.help_button, "help")
        self.help_button.clicked.connect(self.registration_wanted)
        self.client_field = Field(
            say("Client ID"),
            self.client_id,
            say("The Application (client) ID on the overview of the app registration."),
            beside=self.help_button,
        )
        self.tenant = QLineEdit()
        self.tenant.setMaxLength(20_000)
        self.tenant.textEdited.connect(lambda _: self.edited.emit())
        for line in (self.client_id, self.tenant):
            line.returnPressed.connect(self._on_return)
        self.tenant_field = Field(
            say("Tenant"), self.tenant, say("A domain or a tenant ID. Empty for the tenant of the account.")
        )
        self.cloud = QComboBox()
        for cloud in CLOUDS:
            self.cloud.addItem(show(cloud.title), cloud.name)
        self.cloud.activated.connect(lambda _: self._on_cloud())
        self.cloud_field = Field(say("Microsoft cloud"), self.cloud, keep_place=False)
        for field in (self.client_field, self.tenant_field, self.cloud_field):
            rows.addWidget(field)
        self.with_what.add(self.fields_card)
        self.caveats = Text(tone=Tone.CAUTION)
        self.with_what.add(self.caveats)

    def _build_way_in(self, column: QVBoxLayout) -> None:
        self.accounts = ChoiceList(say("Account"))
        self.accounts.chosen.connect(lambda _: self.edited.emit())
        self.way_in = Section(say("Account"), parent=self).add(self.accounts)
        row = QHBoxLayout()
        row.setSpacing(Space.SMALL)
        self.sign_in_button = QPushButton(show(SIGN_IN), self.way_in)
        self.sign_in_button.setAutoDefault(True)
        theme.make_primary(self.sign_in_button)
        self.sign_in_button.clicked.connect(lambda: self.sign_in_wanted.emit(Way.AUTOMATIC))
        row.addWidget(self.sign_in_button)
        self.other_ways = WaysButton(self.way_in)
        self.other_ways.chosen.connect(self.sign_in_wanted)
        row.addWidget(self.other_ways)
        row.addStretch(1)
        self.way_in.column.addLayout(row)
        self.first_way = Text(tone=Tone.QUIET)
        self.place = Text(role=Role.HINT, tone=Tone.QUIET)
        self.asked = Disclosure(
            say("What is asked for"), PermissionList(say("Permissions that are asked for"), LOOK)
        )
        self.way_in.add(self.first_way, self.asked, self.place)
        column.addWidget(self.way_in)

    def show_offer(self, offer: SignInOffer, answers: Answers) -> None:
        """Show with what one would sign in, and as whom."""
        client = offer.client
        if self.client_id.text() != answers.client_id:
            self.client_id.setText(answers.client_id)
        if self.tenant.text() != answers.tenant:
            self.tenant.setText(answers.tenant)
        self.cloud.setCurrentIndex(max(0, self.cloud.findData(answers.cloud or client.cloud.name)))
        if answers.client_id or answers.tenant or not client.client_id:
            self._editing = True  # and stays so: a field that is typed into must not go away
        self.fields_card.setVisible(self._editing)
        self.facts.setVisible(not self._editing)
        configured = client.client_id if client.client_id_from is not Origin.NOBODY else ""
        self.client_id.setPlaceholderText("" if answers.client_id else configured)
        self.tenant.setPlaceholderText("" if client.tenant == OWN_TENANT else client.tenant)
        self._show_facts(client)
        self._show_caveats()
        self.note.setVisible(bool(offer.note))
        if offer.note:
            self.note.show_message(Tone.CAUTION, say("Part of the configuration is not used"), offer.note)
        self._show_accounts(offer, answers)
        self.other_ways.set_ways(offer.ways)
        by_broker = offer.ways[:1] == (Way.BROKER,)
        self.first_way.set_text(
            say("The account that this computer knows is asked for first.")
            if by_broker
            else say("Microsoft's sign-in page opens in your browser.")
        )
        self.place.set_text(offer.place.sentence if offer.place is not None else "")
        self.place.setVisible(offer.place is not None)

    def answers(self, before: Answers) -> Answers:
        """The answers with what the widgets hold."""
        account = self.accounts.value()
        if not account or (account == self._preselected and not before.account_id):
            account = before.account_id
        cloud = str(self.cloud.currentData() or "")
        if not before.cloud and cloud == self._shown_cloud:
            cloud = ""
        return replace(
            before,
            client_id=self.client_id.text(),
            tenant=self.tenant.text(),
            cloud=cloud,
            account_id=account,
        )

    @property
    def account_id(self) -> str:
        """Whose sign-in the button asks for, as ``Answers.account_id``; empty for anybody's."""
        return self.accounts.value() if not self.accounts.isHidden() else ""

    def fields(self) -> dict[str, Field]:
        """The fields by the names that problems use."""
        return {"client_id": self.client_field, "tenant": self.tenant_field}

    def allow(self, allowed: bool) -> None:
        """Let the buttons be pressed, or not."""
        self.sign_in_button.setEnabled(allowed)
        self.other_ways.setEnabled(allowed)

    def first_focus(self) -> QWidget:
        """Where the person starts."""
        return self.sign_in_button if self.sign_in_button.isEnabled() else self.client_id

    _shown_cloud = ""

    def _show_facts(self, client: Client) -> None:
        self._shown_cloud = client.cloud.name
        self.client.set_text(say("Client ID {id}", id=visible(client.client_id, 80)))
        cloud = show(client.cloud.title)
        if client.tenant == OWN_TENANT:
            self.where.set_text(say("The tenant of the account, {cloud}", cloud=cloud))
        else:
            self.where.set_text(
                say("Tenant {tenant}, {cloud}", tenant=visible(client.tenant, 200), cloud=cloud)
            )
        origin = ORIGINS.get(client.client_id_from)
        self.told_by.set_text(say("The client ID is {origin}.", origin=show(origin)) if origin else "")
        self.told_by.setVisible(origin is not None)

    def _show_caveats(self) -> None:
        cloud = cloud_named(str(self.cloud.currentData() or ""))
        self.caveats.set_text("\n".join(show(line) for line in cloud.caveats))
        self.caveats.setVisible(bool(cloud.caveats))

    def _show_accounts(self, offer: SignInOffer, answers: Answers) -> None:
        options = [
            Option(one.id, visible(one.username, 200), visible(one.name, 200)) for one in offer.accounts
        ]
        options.append(
            Option(OTHER_ACCOUNT, say("Another account"), say("You choose it on Microsoft's page."))
        )
        self.accounts.setVisible(bool(offer.accounts))
        self.accounts.set_options(options)
        self._preselected = offer.accounts[0].id if len(offer.accounts) == 1 else OTHER_ACCOUNT
        self.accounts.set_value(answers.account_id or self._preselected)

    def _on_return(self) -> None:
        # Later: the wizard sees the same key after the field, and would press what has the focus by then.
        QTimer.singleShot(0, self.sign_in_button, self._sign_in_if_possible)

    def _sign_in_if_possible(self) -> None:
        if self.sign_in_button.isVisible() and self.sign_in_button.isEnabled():
            self.sign_in_button.click()

    def _on_cloud(self) -> None:
        self._show_caveats()
        self.edited.emit()

    def _on_change(self) -> None:
        self._editing = True
        self.fields_card.show()
        self.facts.hide()
        self.why.hide()
        self.client_id.setFocus()
