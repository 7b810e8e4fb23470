"""People and groups with the columns that django-scim2 asks for."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django_scim.models import AbstractSCIMGroupMixin, AbstractSCIMUserMixin


class Person(AbstractSCIMUserMixin, AbstractUser):
    """Django's own user, known to SCIM."""


class Team(AbstractSCIMGroupMixin):
    """A group, with the names by which the adapters reach people."""

    name = models.CharField(max_length=150, unique=True)
    user_set = models.ManyToManyField(Person, related_name="scim_groups")
