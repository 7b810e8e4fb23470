"""What the pretend ScreenSteps keeps: accounts and groups, with the rules that its help pages name.

Models, filters, PATCH and storage are those of scim2-models and scim2-server; this module adds the app's own rules
(roles, unique group names, members that exist), puts accounts in before anything starts, and lets a test
look at them without SCIM.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Self, Union, cast

from pydantic import Field
from scim2_models import (
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    Context,
    Email,
    EnterpriseUser,
    ETag,
    External,
    Filter,
    GroupMember,
    InvalidValueException,
    ListResponse,
    Patch,
    PatchOp,
    Reference,
    Resource,
    ResourceType,
    ResponseParameters,
    ScimPolicy,
    ScimProvider,
    SearchRequest,
    ServiceProviderConfig,
    Sort,
    UniquenessException,
)
from scim2_models import Group as StandardGroup
from scim2_models import User as StandardUser
from scim2_server.memory import InMemoryStorage
from scim2_server.responses import ScimResponse
from scim2_server.service import ScimService as ScimProtocol
from scim2_server.storage import SearchPage
from scim2_server.utils import parametrize

ROLES: Final = ("admin", "editor", "reader")
_ROLE: Final = "reader"
"""The role of those who have no other."""
_USER: Final = "User"
_GROUP: Final = "Group"


class Address(Email):
    """An e-mail address. Plain text, since a search for a text that is no address has to find nobody, not fail."""

    value: str | None = None


class User(StandardUser[AnyExtension]):
    """An account of the pretend ScreenSteps."""

    # Announced in the schema, since no other role is taken.
    user_type: str | None = Field(None, examples=list(ROLES))
    emails: list[Address] | None = None  # type: ignore[assignment]


class Member(GroupMember):
    """A member of a group. Never changed once made, so copies of a group share it: large groups stay quick."""

    def __deepcopy__(self, memo: Any = None) -> Self:
        return self


class Group(StandardGroup):
    """A group of the pretend ScreenSteps."""

    members: list[Member] | None = None  # type: ignore[assignment]


def screensteps_provider(page_size: int) -> ScimProvider:
    """The service as it describes itself: PATCH and filters, pages of ``page_size``, a bearer token."""
    config = ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=page_size),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
        authentication_schemes=[
            AuthenticationScheme(
                type=AuthenticationScheme.Type.oauthbearertoken,
                name="API token",
                description="A token of the account, sent as a bearer token.",
                spec_uri=Reference[External]("https://www.rfc-editor.org/rfc/rfc6750"),
                primary=True,
            )
        ],
    )
    # Entra sends members that the app does not know, names members to remove in a value, and
    # adds typed values that are not there yet.
    policy = ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    )
    return ScimProvider(
        models=[User, EnterpriseUser, Group],
        resource_types=[
            ResourceType.from_resource(User[EnterpriseUser]),
            ResourceType.from_resource(Group),
        ],
        config=config,
        policy=policy,
    )


class ScreenStepsProtocol(ScimProtocol):
    """The protocol with the one answer in which Entra's expectation differs from the library's.

    A changed user is answered with 200 and the user, a changed group with 204.
    Source: learn.microsoft.com, "Develop a SCIM endpoint", requirements (read 2025-08).
    """

    def __init__(self, provider: ScimProvider) -> None:
        super().__init__(provider)
        models = self.get_models()
        everything: Any = Union[tuple(models)]  # noqa: UP007 - known only at run time
        # pydantic remembers generic models only as long as somebody holds them, and making them anew for
        # request after request takes longer than all the rest.
        self._kept = [
            parametrize(generic, parameter)
            for generic in (SearchRequest, ListResponse, ResponseParameters, PatchOp)
            for parameter in models
        ]
        self._kept += [parametrize(generic, everything) for generic in (SearchRequest, ListResponse)]

    def publish(self, base_url: str, resource: Resource[Any]) -> Resource[Any]:
        """A group in the form sent out, without touching each of its members: they hold no addresses."""
        if not isinstance(resource, Group) or resource.meta is None:
            return super().publish(base_url, resource)
        kind = self.get_resource_type_of(resource)
        location = self.resource_location(base_url, kind, resource.id or "")
        published = resource.model_copy()
        published.meta = resource.meta.model_copy(update={"location": location, "version": None})
        return published

    def patch_response(
        self, base_url: str, resource: Resource[Any], response_parameters: ResponseParameters[Any]
    ) -> ScimResponse:
        """Answer a PATCH."""
        if isinstance(resource, Group):
            return super().patch_response(base_url, resource, response_parameters)
        return self.resource_response(
            self.publish(base_url, resource), Context.RESOURCE_REPLACEMENT_RESPONSE, response_parameters
        )


class ScreenStepsStore(InMemoryStorage):
    """Accounts and groups in memory, safe from several threads.

    Attributes:
        provider: How the service describes itself; needed to write outside a request.
    """

    def __init__(self, provider: ScimProvider, first_id: int = 1001) -> None:
        super().__init__()
        self.provider = provider
        self._types = {kind.name: kind for kind in provider.resource_types}
        self._next_id = first_id

    def generate_id(self, resource_type: ResourceType, resource: Resource[Any]) -> str:
        """An id in the app's own form, such as ``ss-1001`` or ``ss-g-1002``."""
        number = self._next_id
        self._next_id += 1
        return f"ss-g-{number}" if resource_type.name == _GROUP else f"ss-{number}"

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        """One resource; members that nobody asked for are left out early, since writing thousands takes time."""
        found = super().get(resource_type, resource_id, response_parameters=response_parameters)
        return _without_members(found) if _leaves_members_out(response_parameters) else found

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        """A page of resources, without members that nobody asked for."""
        page = super().search(resource_types, search_request, position=position)
        if _leaves_members_out(search_request):
            page.resources = [_without_members(each) for each in page.resources]
        return page

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        """Keep a new resource; a user without a role becomes a reader."""
        with self.lock:
            self._judge(resource)
            if isinstance(resource, User):
                # Only here: what somebody takes away later stays away.
                resource.user_type = resource.user_type or _ROLE
                resource.active = resource.active is not False
            return super().create(resource_type, resource)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        """Keep a changed resource."""
        with self.lock:
            self._judge(resource)
            return super().update(resource_type, resource, expected_version=expected_version)

    def delete(
        self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None
    ) -> None:
        """Forget a resource; a user who goes leaves the groups too."""
        with self.lock:
            super().delete(resource_type, resource_id, expected_version=expected_version)
            if resource_type.name == _USER:
                for group in self._all(_GROUP):
                    members = cast(Group, group).members or []
                    if any(member.value == resource_id for member in members):
                        cast(Group, group).members = [m for m in members if m.value != resource_id]

    def _judge(self, resource: Resource[Any]) -> None:
        if isinstance(resource, User):
            self._judge_user(resource)
        elif isinstance(resource, Group):
            self._judge_group(resource)

    def _judge_user(self, user: User[Any]) -> None:
        if user.user_type is not None and user.user_type not in ROLES:
            # As vague as the real service is said to be.
            raise InvalidValueException(detail="The request could not be processed.")
        if any("@" not in (email.value or "") for email in user.emails or []):
            raise InvalidValueException(detail="The request could not be processed.")

    def _judge_group(self, group: Group) -> None:
        name = (group.display_name or "").casefold()
        for other in self._all(_GROUP):
            if (cast(Group, other).display_name or "").casefold() == name and other.id != group.id:
                raise UniquenessException(detail="displayName is already taken")
        users = self._resources.get(_USER, {})
        known: dict[str, Any] = {}
        for member in group.members or []:
            if member.value not in users:
                raise InvalidValueException(detail=f"member {member.value} does not exist")
            known.setdefault(member.value, member)
        if group.members is not None and len(known) != len(group.members):
            group.members = list(known.values())

    def _all(self, kind: str) -> Iterable[Resource[Any]]:
        return list(self._resources.get(kind, {}).values())

    def seed(self, users: Iterable[Mapping[str, Any]], groups: Iterable[Mapping[str, Any]] = ()) -> None:
        """Put accounts in that were there before anybody set provisioning up.

        Args:
            users: ``userName`` and optionally ``id``, ``givenName``, ``familyName``, ``email``, ``externalId``,
                ``active``, ``userType``.
            groups: ``displayName`` and optionally ``id``, ``externalId``, ``members`` (user names).
        """
        with self.lock, self.provider:
            ids: dict[str, str] = {
                cast(User[Any], user).user_name or "": user.id or "" for user in self._all(_USER)
            }
            for each in users:
                user = User[EnterpriseUser].model_validate(_user_body(each))
                ids[each["userName"]] = self._put(_USER, user, each.get("id"))
            for each in groups:
                group = Group.model_validate(
                    {
                        "schemas": [str(Group.__schema__)],
                        "displayName": each["displayName"],
                        "externalId": each.get("externalId"),
                        "members": [{"value": ids[name]} for name in each.get("members", ())] or None,
                    }
                )
                self._put(_GROUP, group, each.get("id"))

    def _put(self, kind: str, resource: Resource[Any], wanted_id: str | None) -> str:
        created = self.create(self._types[kind], resource)
        if wanted_id and created.id != wanted_id:
            super().delete(self._types[kind], created.id or "")
            created.id = wanted_id
            self._store(created, self._values_of(created))
        return created.id or ""

    def accounts(self) -> list[dict[str, Any]]:
        """Every account as plain data, by user name.

        Shape: ``id``, ``userName``, ``givenName``, ``familyName``, ``email`` (the first address counts, whatever
        its type), ``externalId``, ``active``, ``userType``.
        """
        with self.lock:
            rows = []
            for each in self._all(_USER):
                user = cast(User[Any], each)
                rows.append(
                    {
                        "id": user.id,
                        "userName": user.user_name,
                        "givenName": user.name.given_name if user.name else None,
                        "familyName": user.name.family_name if user.name else None,
                        "email": str(user.emails[0].value) if user.emails else None,
                        "externalId": user.external_id,
                        "active": user.active is not False,
                        "userType": user.user_type or _ROLE,
                    }
                )
        return sorted(rows, key=lambda row: str(row["userName"]))

    def groups(self) -> list[dict[str, Any]]:
        """Every group as plain data, by name: ``id``, ``displayName``, ``externalId``, ``members`` (user names)."""
        with self.lock:
            names = {user.id: cast(User[Any], user).user_name or "" for user in self._all(_USER)}
            rows = []
            for each in self._all(_GROUP):
                group = cast(Group, each)
                rows.append(
                    {
                        "id": group.id,
                        "displayName": group.display_name,
                        "externalId": group.external_id,
                        "members": sorted(names.get(member.value, "") for member in group.members or []),
                    }
                )
        return sorted(rows, key=lambda row: str(row["displayName"]))


def _leaves_members_out(asked: ResponseParameters[Any] | None) -> bool:
    excluded = asked.excluded_attributes if asked is not None else None
    return any(str(path).rsplit(":", 1)[-1].lower() == "members" for path in excluded or ())


def _without_members(resource: Resource[Any]) -> Resource[Any]:
    return resource.model_copy(update={"members": None}) if isinstance(resource, Group) else resource


def _user_body(each: Mapping[str, Any]) -> dict[str, Any]:
    email = each.get("email")
    body: dict[str, Any] = {
        "schemas": [str(User.__schema__)],
        "userName": each["userName"],
        "externalId": each.get("externalId"),
        "active": each.get("active", True),
        "userType": each.get("userType"),
        "name": {"givenName": each.get("givenName"), "familyName": each.get("familyName")},
        "emails": [{"value": email, "type": "work", "primary": True}] if email else None,
    }
    return {name: value for name, value in body.items() if value is not None}
