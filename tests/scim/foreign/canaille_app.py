"""Canaille, an identity server with SCIM beside its sign-in pages, keeping everything in memory."""

from __future__ import annotations

import datetime

from tests.scim.foreign.served import GROUP, PEOPLE, TOKEN, Served


def serve(host: str) -> Served:
    """The server.

    Args:
        host: Name and port under which it is asked, since it listens to no other.
    """
    from canaille import create_app
    from canaille.app import models
    from canaille.backends import Backend

    application = create_app(
        config={
            "SECRET_KEY": "of no importance",
            "SERVER_NAME": host,
            "PREFERRED_URL_SCHEME": "http",
            "TRUSTED_HOSTS": ["127.0.0.1"],
            "CANAILLE": {"DATABASE": "memory", "TIMEZONE": "UTC"},
            "CANAILLE_OIDC": {"ENABLE_OIDC": True},
            "CANAILLE_SCIM": {"ENABLE_SERVER": True},
        }
    )
    now = datetime.datetime.now(datetime.UTC)
    with application.app_context():
        backend = Backend.instance
        client = models.Client(client_id="entra", client_name="Entra", client_id_issued_at=now)
        backend.save(client)
        backend.save(
            models.Token(
                token_id="1",
                access_token=TOKEN,
                audience=[client],
                client=client,
                scope=["openid"],
                issue_date=now,
                lifetime=3600,
            )
        )
        people = [
            models.User(user_name=name, formatted_name=f"{given} {family}", family_name=family, emails=[name])
            for name, given, family in PEOPLE
        ]
        for each in people:
            backend.save(each)
        backend.save(models.Group(display_name=GROUP, members=people[:1]))

    def kept() -> dict[str, list[str]]:
        with application.app_context():
            users, groups = backend.query(models.User), backend.query(models.Group)
            return {
                "people": sorted(f"{each.user_name} active={each.lock_date is None}" for each in users),
                "groups": sorted(
                    f"{group.display_name} {sorted(each.user_name for each in group.members or [])}"
                    for group in groups
                ),
            }

    return Served(application, "/scim/v2", kept)
