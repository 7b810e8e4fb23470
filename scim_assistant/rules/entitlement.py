"""Who is entitled to an app, and whom the engine passes over.

Four questions, as the scoping step of the provisioning log shows them: is the object active, is it assigned (itself,
or as a direct member of an assigned security group), does it pass the scoping filter, and so is it effectively
entitled. Groups inside groups do not count. With everyone in scope, nobody needs an assignment.

Source: learn.microsoft.com, Microsoft Entra, "How application provisioning works"; "Known issues for provisioning".
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from scim_assistant.rules.expression_values import as_boolean
from scim_assistant.rules.scoping import ScopeResult, in_scope
from scim_assistant.sentence import Sentence, say

NOT_ENTITLED: Final = "NotEffectivelyEntitled"
"""The log's code for everybody who is passed over in the scoping step."""


class Reason(Enum):
    """Why somebody is provisioned or not: one word a case, for grouping, tests and sentences."""

    EVERYONE = "everyone"
    ASSIGNED = "assigned"
    THROUGH_GROUP = "through_group"
    SOFT_DELETED = "soft_deleted"
    DISABLED = "disabled"
    NOT_ASSIGNED = "not_assigned"
    NESTED_GROUP = "nested_group"
    GROUP_NOT_SECURITY = "group_not_security"
    FILTERED_OUT = "filtered_out"


_SENTENCES: Final = {
    Reason.EVERYONE: "{name} is in scope, since everyone is provisioned to {app}",
    Reason.ASSIGNED: "{name} is assigned to {app}",
    Reason.THROUGH_GROUP: "{name} is assigned to {app} through a group",
    Reason.SOFT_DELETED: "{name} is deleted in Entra",
    Reason.DISABLED: "{name} cannot sign in: the account is disabled in Entra",
    Reason.NOT_ASSIGNED: "{name} is not assigned to {app}",
    Reason.NESTED_GROUP: "{name} is only in a group inside an assigned group, and those are not provisioned",
    Reason.GROUP_NOT_SECURITY: "{name} is only in an assigned group that is not a security group",
    Reason.FILTERED_OUT: "{name} does not pass the scoping filter {filter}",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What the engine decides in its scoping step.

    Attributes:
        entitled: The object gets, or keeps, an active account.
        active: Neither disabled nor deleted in Entra (``IsActive``).
        assigned: Assigned, or everyone is in scope (``Assigned``).
        in_scope: The scoping filter lets it through (``IsInProvisioningScope``).
        reason: The first thing that stopped it; why it is in scope otherwise.
        through: Ids of the assigned groups that it is a direct member of.
        scope: Clause by clause.
    """

    entitled: bool
    active: bool
    assigned: bool
    in_scope: bool
    reason: Reason
    through: tuple[str, ...] = ()
    scope: ScopeResult = ScopeResult(True)

    @property
    def is_soft_deleted(self) -> bool:
        """The engine's computed attribute ``IsSoftDeleted``: true for everybody who is not entitled."""
        return not self.entitled

    def step_details(self) -> dict[str, str]:
        """Details of the log's scoping step, as text, as the log has them."""
        return {
            "IsActive": str(self.active),
            "Assigned": str(self.assigned),
            "IsEffectivelyEntitledForProvisioning": str(self.entitled),
            "IsInProvisioningScopeDisplayName": str(self.in_scope),
            "ScopeEvaluationResult": self.scope.as_log_text(),
        }

    def sentence(self, name: str, app: str) -> Sentence:
        """The reason in words, without a full stop.

        Args:
            name: Of the person or group.
            app: Name of the app.
        """
        template = _SENTENCES[self.reason]
        if "{filter}" in template:
            return say(template, name=name, filter=", ".join(self.scope.failed))
        return say(template, name=name, app=app) if "{app}" in template else say(template, name=name)


def decide(
    attributes: Mapping[str, Any],
    *,
    assigned: Container[str],
    groups: Mapping[str, bool] | None = None,
    nested_groups: Iterable[str] = (),
    sync_all: bool = False,
    scope: Mapping[str, Any] | None = None,
) -> Decision:
    """Decide about one person or group.

    Args:
        attributes: From ``directory_attributes``: ``objectId``, ``accountEnabled``, ``IsSoftDeleted`` and whatever
            the scoping filter reads. A group has ``securityEnabled`` and no ``accountEnabled``.
        assigned: Object ids of the people and groups assigned to the app.
        groups: Id of every group that it is a DIRECT member of, and whether that group is security-enabled.
        nested_groups: Ids of groups that it is in only through another group; they make the reason more exact.
        sync_all: Everyone is provisioned, assigned or not.
        scope: The object mapping's ``scope`` as JSON.
    """
    object_id = str(attributes.get("objectId") or "")
    own = dict(groups or {})
    through = tuple(group for group, is_security in own.items() if is_security and group in assigned)
    is_group_without_security = attributes.get("securityEnabled") is False
    direct = object_id in assigned and not is_group_without_security
    is_assigned = sync_all or direct or bool(through)

    deleted = bool(as_boolean(attributes.get("IsDeleted"), "IsDeleted"))
    enabled = as_boolean(attributes.get("accountEnabled"), "accountEnabled")
    active = not deleted and enabled is not False
    result = in_scope(scope, attributes)

    if deleted:
        reason = Reason.SOFT_DELETED
    elif not active:
        reason = Reason.DISABLED
    elif not is_assigned:
        if (is_group_without_security and object_id in assigned) or any(group in assigned for group in own):
            reason = Reason.GROUP_NOT_SECURITY
        elif any(group in assigned for group in nested_groups):
            reason = Reason.NESTED_GROUP
        else:
            reason = Reason.NOT_ASSIGNED
    elif not result.included:
        reason = Reason.FILTERED_OUT
    elif direct:
        reason = Reason.ASSIGNED
    elif through:
        reason = Reason.THROUGH_GROUP
    else:
        reason = Reason.EVERYONE
    return Decision(
        entitled=active and is_assigned and result.included,
        active=active,
        assigned=is_assigned,
        in_scope=result.included,
        reason=reason,
        through=through,
        scope=result,
    )


# Graph's name of a property to the engine's attribute, where the two differ.
_RENAMED: Final = {
    "id": "objectId",
    "officeLocation": "physicalDeliveryOfficeName",
    "mobilePhone": "mobile",
    "faxNumber": "facsimileTelephoneNumber",
}
_GUEST_MARK: Final = re.compile(r"#EXT#", re.IGNORECASE)


def directory_attributes(document: Mapping[str, Any]) -> dict[str, Any]:
    """Turn a user or group as Graph sends it into the engine's attributes.

    ``IsSoftDeleted`` is what the object itself says (disabled or deleted); the engine also sets it for people who
    are not assigned or filtered out: see ``with_decision``. ``IsDeleted`` is ours and means deleted only.

    Args:
        document: Graph JSON with camelCase names.

    Returns:
        Attribute name to value; booleans stay booleans. A guest's ``userPrincipalName`` loses its ``#EXT#``, and
        ``originalUserPrincipalName`` keeps it.
    """
    attributes: dict[str, Any] = {}
    for name, value in document.items():
        if "@" in name or isinstance(value, Mapping):
            continue
        attributes[_RENAMED.get(name, name)] = list(value) if isinstance(value, tuple) else value
    phones = document.get("businessPhones")
    if phones:
        attributes["telephoneNumber"] = phones[0]
    extensions = document.get("onPremisesExtensionAttributes")
    if isinstance(extensions, Mapping):
        attributes.update(extensions)
    principal_name = document.get("userPrincipalName")
    if isinstance(principal_name, str):
        attributes["originalUserPrincipalName"] = principal_name
        attributes["userPrincipalName"] = _GUEST_MARK.sub("", principal_name)
    deleted = bool(document.get("deletedDateTime"))
    attributes["IsDeleted"] = deleted
    attributes["IsSoftDeleted"] = deleted or document.get("accountEnabled") is False
    return attributes


def with_decision(attributes: Mapping[str, Any], decision: Decision) -> dict[str, Any]:
    """The attributes with ``IsSoftDeleted`` as the engine computes it, ready for ``mapping.mapped_values``."""
    return {**attributes, "IsSoftDeleted": decision.is_soft_deleted}
