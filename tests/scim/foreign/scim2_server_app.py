"""scim2-server as its own command puts it together: schemas of RFC 7643, everything in memory."""

from __future__ import annotations

from scim2_models import ScimProvider
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BEARER_TOKEN_SCHEME, BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

from tests.scim.foreign.served import GROUP, PEOPLE, TOKEN, Served


def serve(*, checks_tokens: bool) -> Served:
    """The server.

    Args:
        checks_tokens: As with its option ``--bearer-token``; without, it takes every request.
    """
    config = load_default_service_provider_config()
    if checks_tokens:
        config.authentication_schemes = [*(config.authentication_schemes or []), BEARER_TOKEN_SCHEME]
    provider = ScimProvider.from_discovery(
        load_default_schemas().values(), load_default_resource_types().values(), config=config
    )
    storage = InMemoryStorage()
    types = {each.name: each for each in provider.resource_types}
    with provider:
        models = {model.__name__.partition("[")[0]: model for model in provider.models}
        ids = [
            storage.create(
                types["User"],
                models["User"].model_validate(
                    {"userName": name, "name": {"givenName": given, "familyName": family}}
                ),
            ).id
            for name, given, family in PEOPLE
        ]
        storage.create(
            types["Group"],
            models["Group"].model_validate({"displayName": GROUP, "members": [{"value": ids[0]}]}),
        )

    def kept() -> dict[str, list[str]]:
        found: dict[str, list[str]] = {"people": [], "groups": []}
        for each in storage.resources:
            data = each.model_dump()
            if "userName" in data:
                found["people"].append(f"{data['userName']} active={data.get('active')}")
            else:
                members = sorted(member["value"] for member in data.get("members") or ())
                found["groups"].append(f"{data['displayName']} {members}")
        return {kind: sorted(rows) for kind, rows in found.items()}

    application = BearerTokenApplication(
        storage,
        provider,
        service=ScimService(provider, secret="of no importance"),
        bearer_tokens=[TOKEN] if checks_tokens else [],
    )
    return Served(application, "/v2", kept)
