"""django-scim2-server with Django's own users and groups, on SQLite."""

from __future__ import annotations

from pathlib import Path

from tests.scim.foreign.served import GROUP, PEOPLE, Served


def serve(folder: Path) -> Served:
    """The server.

    Args:
        folder: For its database.
    """
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="of no importance",
        ALLOWED_HOSTS=["127.0.0.1"],
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim2_server"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "scim2_server.db"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        ROOT_URLCONF="tests.scim.foreign.django_scim2_server_urls",
        MIDDLEWARE=["tests.scim.foreign.bearer.BearerMiddleware"],
        LOGGING_CONFIG=None,
        USE_TZ=True,
        SCIM2_SERVER_AUTH_CHECK="tests.scim.foreign.bearer.has_token",
    )
    django.setup()
    from django.contrib.auth.models import Group, User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django_scim2_server.models import SCIMGroup, SCIMUser

    call_command("migrate", verbosity=0)
    people = [
        User.objects.create(username=name, first_name=given, last_name=family, email=name)
        for name, given, family in PEOPLE
    ]
    for each in people:
        SCIMUser.objects.create(user=each, scim_username=each.username)
    group = Group.objects.create(name=GROUP)
    SCIMGroup.objects.create(group=group, display_name=GROUP)
    group.user_set.add(people[0])

    def kept() -> dict[str, list[str]]:
        return {
            "people": sorted(f"{each.scim_username} active={each.active}" for each in SCIMUser.objects.all()),
            "groups": sorted(
                f"{each.display_name} {sorted(person.username for person in each.group.user_set.all())}"
                for each in SCIMGroup.objects.select_related("group")
            ),
        }

    return Served(get_wsgi_application(), "/scim/v2", kept)
