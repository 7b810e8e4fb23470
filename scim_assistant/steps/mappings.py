"""Step 6: what goes where. Read from the app's real mappings, shown and not edited here."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from scim_assistant.sentence import Sentence, counted, say
from scim_assistant.steps.answers import Answers
from scim_assistant.steps.found import Found
from scim_assistant.steps.needed import explained, session_of
from scim_assistant.steps.profile import app_word
from scim_assistant.steps.services import Services
from scim_assistant.steps.step import Problem, Step, StepGroup, StepKey, Tell, tell_nobody
from scim_assistant.work import Work

if TYPE_CHECKING:
    from scim_assistant.graph.types import (
        AttributeMapping,
        ObjectMapping,
        ScopingFilter,
        SynchronizationSchema,
    )


ACTIVE = "active"
"""The SCIM attribute that switches an account off. Source: RFC 7643 section 4.1.1."""


class Difference(Enum):
    """How a line compares with the mappings that the app starts with."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class Leaving(Enum):
    """What happens at the app to somebody who is no longer in scope."""

    DISABLED = "disabled"
    DELETED = "deleted"
    KEPT = "kept"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MappingRow:
    """One line of a mapping.

    Attributes:
        target: Attribute at the app.
        source: Where the value comes from, in words: *mail*, *always "reader"*, or the expression as written.
        is_expression: True when ``source`` is an expression.
        when: *always*, *when created*, and so on.
        matching: Place among the matching attributes, 1 first; 0 for the others.
        default: Value for those who have none; empty for none.
        difference: Against the mappings that the app starts with.
        was: The source there, for a changed line.
    """

    target: str
    source: str
    is_expression: bool
    when: Sentence
    matching: int = 0
    default: str = ""
    difference: Difference = Difference.SAME
    was: str = ""


@dataclass(frozen=True, slots=True)
class MappingTable:
    """One kind of object.

    Attributes:
        kind: ``User`` or ``Group``.
        title: For the person.
        enabled: False when Microsoft skips this kind.
        creates, updates, deletes: What the job may do at the app.
        rows: In the order of the schema, removed lines last.
        scope: The scoping filter in words, one alternative each; empty when everybody passes.
        leaving: What becomes of those who leave the scope.
        leaving_sentence: The same for the person.
        compared: False when the starting mappings could not be read.
    """

    kind: str
    title: Sentence
    enabled: bool
    creates: bool
    updates: bool
    deletes: bool
    rows: tuple[MappingRow, ...]
    scope: tuple[Sentence, ...]
    leaving: Leaving
    leaving_sentence: Sentence
    compared: bool = True

    @property
    def modes(self) -> Sentence:
        """*Creates, updates and removes* in words."""
        words = [
            word
            for word, does in (("create", self.creates), ("update", self.updates), ("remove", self.deletes))
            if does
        ]
        if not words:
            return say("Nothing is written at the app.")
        return say(
            "The job may {what}.",
            what=" and ".join([", ".join(words[:-1]), words[-1]] if words[1:] else words),
        )

    @property
    def changed(self) -> int:
        """How many lines differ from the start."""
        return sum(row.difference is not Difference.SAME for row in self.rows)


@dataclass(frozen=True, slots=True)
class MappingView:
    """What the page shows.

    Attributes:
        tables: People first, then groups.
        notes: What the person should know.
    """

    tables: tuple[MappingTable, ...]
    notes: tuple[Sentence, ...] = ()

    def of(self, kind: str) -> MappingTable | None:
        """The table of ``User`` or ``Group``."""
        return next((table for table in self.tables if table.kind == kind), None)


class MappingsStep(Step):
    """Shows the mappings."""

    key = StepKey.MAPPINGS
    group = StepGroup.CONNECT
    title = say("See what is sent")
    short_title = say("Mappings")
    purpose = say("Which values go from Entra ID to the app, and what happens to people who leave.")

    def problems(self, answers: Answers, found: Found) -> tuple[Problem, ...]:
        """Nothing here stops a set-up."""
        view = make_view(answers, found)
        return tuple(Problem("", note, blocks=False) for note in view.notes)

    def depends_on(self, answers: Answers, found: Found) -> Hashable:
        """The app and its job."""
        if found.app is None:
            return None
        return (found.app.service_principal.id, found.app.job.id if found.app.job else "")

    def lookup(
        self, services: Services, answers: Answers, found: Found, work: Work, tell: Tell = tell_nobody
    ) -> Found:
        """Read the mappings that the app starts with, to compare with."""
        from scim_assistant.graph import synchronization
        from scim_assistant.tenant.patience import patiently

        app = found.app
        if app is None:
            return found
        if app.job is None:
            return replace(found, default_schema=app.schema)
        template = next((one for one in app.templates if one.id == app.job.template_id), app.template)
        if template is None:
            return replace(found, default_schema=None)
        work.progress(0, 1, say("Reading the mappings that the app starts with"))
        session = session_of(found)
        with explained(session, work):
            schema = patiently(
                lambda: synchronization.get_template_schema(
                    session.graph, app.service_principal.id, template.id, work
                ),
                session=session,
                born_at=app.created_at,
                work=work,
            )
        return replace(found, default_schema=schema)


def make_view(answers: Answers, found: Found) -> MappingView:
    """What the page shows, from the mappings that were read. Pure."""
    from scim_assistant.graph.types import same

    app = found.app
    name = app_word(answers, found)
    if app is None:
        return MappingView(
            (), (say("Shown when applied: the mappings come with the app, which is created at the end."),)
        )
    if app.schema is None:
        return MappingView(
            (), (say("{app} offers no mappings before its provisioning job exists.", app=name),)
        )
    kept = same(app.secret("SkipOutOfScopeDeletions"), "true")
    tables = tuple(
        table
        for kind in ("User", "Group")
        if (table := make_table(app.schema, found.default_schema, kind, name, kept=kept)) is not None
    )
    notes: list[Sentence] = []
    if not any(table.kind == "User" for table in tables):
        notes.append(say("No mapping for people was found, so nobody would arrive."))
    notes += [table.leaving_sentence for table in tables if table.kind == "User"]
    for table in tables:
        if table.changed and table.compared:
            notes.append(
                say(
                    "{title}: {n} from the mappings that the app starts with.",
                    title=table.title,
                    n=counted(table.changed, "line differs", "lines differ"),
                )
            )
    return MappingView(tables, tuple(notes))


def make_table(
    schema: SynchronizationSchema,
    default: SynchronizationSchema | None,
    kind: str,
    app: str,
    *,
    kept: bool = False,
) -> MappingTable | None:
    """The table of one kind of object, None when the schema has no mapping for it. Pure."""
    pair = schema.mapping_of(kind)
    if pair is None:
        return None
    mapping = pair[1]
    standard = default.mapping_of(kind) if default is not None else None
    leaving = leaving_of(mapping, kept=kept)
    return MappingTable(
        kind=kind,
        title=say("People") if kind == "User" else say("Groups"),
        enabled=mapping.enabled is not False,
        creates=mapping.does("Add"),
        updates=mapping.does("Update"),
        deletes=mapping.does("Delete"),
        rows=_rows(mapping, standard[1] if standard else None),
        scope=scope_sentences(mapping.scope),
        leaving=leaving,
        leaving_sentence=_leaving_sentence(leaving, kind, app, deletes=mapping.does("Delete")),
        compared=standard is not None,
    )


def leaving_of(mapping: ObjectMapping, *, kept: bool = False) -> Leaving:
    """What happens at the app to those who leave the scope, read from the mapping.

    Args:
        mapping: Of people or groups.
        kept: The app's setting ``SkipOutOfScopeDeletions``.
    """
    from scim_assistant.graph.types import same

    if kept:
        return Leaving.KEPT
    can_disable = any(
        same(line.target_attribute_name, ACTIVE) and line.source is not None
        for line in mapping.attribute_mappings or ()
    )
    if can_disable:
        return Leaving.DISABLED if mapping.does("Update") else Leaving.KEPT
    if mapping.attribute_mappings is None:
        return Leaving.UNKNOWN
    return Leaving.DELETED if mapping.does("Delete") else Leaving.KEPT


def _leaving_sentence(leaving: Leaving, kind: str, app: str, *, deletes: bool) -> Sentence:
    if kind == "Group":
        if leaving is Leaving.KEPT:
            return say("A group that leaves the scope stays at {app}.", app=app)
        return say("A group that leaves the scope is deleted at {app}.", app=app)
    if leaving is Leaving.DISABLED and deletes:
        return say(
            "Somebody who is unassigned or leaves is disabled at {app}; the account stays. It is deleted there when the "
            "person is deleted in Entra ID for good.",
            app=app,
        )
    if leaving is Leaving.DISABLED:
        return say("Somebody who is unassigned or leaves is disabled at {app}; the account stays.", app=app)
    if leaving is Leaving.DELETED:
        return say(
            "Somebody who is unassigned or leaves is deleted at {app}, since its mapping has no way to disable them.",
            app=app,
        )
    if leaving is Leaving.KEPT:
        return say("Somebody who is unassigned or leaves keeps their account at {app}.", app=app)
    return say("What happens at {app} to people who leave cannot be read from its mappings.", app=app)


_WHEN = {
    "always": say("always"),
    "objectaddonly": say("when created"),
    "multivalueaddonly": say("values are added, never removed"),
    "valueaddonly": say("only while empty"),
    "attributeaddonly": say("only while empty"),
}


def source_text(line: AttributeMapping) -> tuple[str, bool]:
    """Where a value comes from, for the person, and whether that is an expression."""
    from scim_assistant.graph.types import same

    source = line.source
    if source is None:
        return "", False
    if same(source.type, "Attribute"):
        return source.name or (source.expression or "").strip("[]"), False
    if same(source.type, "Constant"):
        return f"“{(source.name or source.expression or '').strip(chr(34))}”", False
    return source.expression or source.name or "", True


def _rows(mapping: ObjectMapping, default: ObjectMapping | None) -> tuple[MappingRow, ...]:
    standard = {
        (line.target_attribute_name or "").casefold(): line
        for line in (default.attribute_mappings if default else None) or ()
    }
    order = sorted({line.matching_priority or 0 for line in mapping.attribute_mappings or ()} - {0})
    rows = []
    seen = set()
    for line in mapping.attribute_mappings or ():
        target = line.target_attribute_name or ""
        seen.add(target.casefold())
        was = standard.get(target.casefold())
        difference = Difference.SAME
        if default is not None:
            if was is None:
                difference = Difference.ADDED
            elif _essence(was) != _essence(line):
                difference = Difference.CHANGED
        rows.append(_row(line, order, difference, was if difference is Difference.CHANGED else None))
    for target, line in standard.items():
        if target not in seen:
            rows.append(_row(line, [], Difference.REMOVED, None))
    return tuple(rows)


def _row(
    line: AttributeMapping, order: list[int], difference: Difference, was: AttributeMapping | None
) -> MappingRow:
    source, is_expression = source_text(line)
    priority = line.matching_priority or 0
    return MappingRow(
        target=line.target_attribute_name or "",
        source=source,
        is_expression=is_expression,
        when=_WHEN.get((line.flow_type or "Always").casefold(), Sentence(line.flow_type or "")),
        matching=order.index(priority) + 1 if priority in order else 0,
        default=line.default_value or "",
        difference=difference,
        was=source_text(was)[0] if was else "",
    )


def _essence(line: AttributeMapping) -> tuple[object, ...]:
    """What makes two lines the same for the person: casing of enum words does not count."""
    return (
        source_text(line),
        line.default_value or "",
        line.matching_priority or 0,
        (line.flow_type or "Always").casefold(),
    )


def scope_sentences(scope: ScopingFilter | None) -> tuple[Sentence, ...]:
    """A scoping filter in words: one sentence for each alternative, of which one has to hold."""
    sentences = []
    for group in (scope.groups if scope else None) or ():
        clauses = [
            " ".join(
                part
                for part in (
                    clause.source_operand_name or "",
                    clause.operator_name or "",
                    ", ".join((clause.target_operand.values if clause.target_operand else None) or ()),
                )
                if part
            )
            for clause in group.clauses or ()
        ]
        if clauses:
            sentences.append(say("Only where {what}", what=" and ".join(clauses)))
    return tuple(sentences)
