"""django-scim2 in a Django project of its own, on SQLite."""

from __future__ import annotations

from pathlib import Path

from tests.scim.foreign.served import GROUP, PEOPLE, Served

PROJECT = "tests.scim.foreign.django_scim2_project"


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
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim", PROJECT],
        AUTH_USER_MODEL="django_scim2_project.Person",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "scim2.db"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        ROOT_URLCONF=f"{PROJECT}.urls",
        MIDDLEWARE=[
            "tests.scim.foreign.bearer.BearerMiddleware",
            "django_scim.middleware.SCIMAuthCheckMiddleware",
        ],
        LOGGING_CONFIG=None,
        USE_TZ=True,
        SCIM_SERVICE_PROVIDER={
            "GROUP_MODEL": f"{PROJECT}.models.Team",
            "NETLOC": "127.0.0.1",
            "SCHEME": "http",
            "WWW_AUTHENTICATE_HEADER": 'Bearer realm="django-scim2"',
            "AUTHENTICATION_SCHEMES": [
                {"type": "oauthbearertoken", "name": "Bearer", "description": "A token"}
            ],
        },
    )
    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    from tests.scim.foreign.django_scim2_project.models import Person, Team

    call_command("migrate", run_syncdb=True, verbosity=0)
    people = [
        Person.objects.create(
            username=name, scim_username=name, first_name=given, last_name=family, email=name
        )
        for name, given, family in PEOPLE
    ]
    Team.objects.create(name=GROUP).user_set.add(people[0])

    def kept() -> dict[str, list[str]]:
        return {
            "people": sorted(f"{each.username} active={each.is_active}" for each in Person.objects.all()),
            "groups": sorted(
                f"{team.name} {sorted(each.username for each in team.user_set.all())}"
                for team in Team.objects.all()
            ),
        }

    return Served(get_wsgi_application(), "/scim/v2", kept)
