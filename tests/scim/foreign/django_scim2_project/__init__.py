"""The smallest Django project that can use django-scim2: models with its mix-ins, its own adapters and filters."""
