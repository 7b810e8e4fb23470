"""The pretend app gallery, read from ``resources/practice/gallery.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scim_assistant.resources import read_toml


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """One entry.

    Attributes:
        id: Template id. The real ScreenSteps template's id is not published, so every id here is made up, except
            that of the non-gallery SCIM template.
        sync_template_id: Synchronization template of apps made from it; empty when it offers no provisioning.
    """

    id: str
    display_name: str
    publisher: str
    description: str
    home_page: str
    categories: tuple[str, ...]
    sign_on_modes: tuple[str, ...]
    sync_template_id: str = ""

    def graph(self) -> dict[str, Any]:
        """As ``applicationTemplate``."""
        return {
            "id": self.id,
            "displayName": self.display_name,
            "homePageUrl": self.home_page,
            "supportedSingleSignOnModes": list(self.sign_on_modes),
            "supportedProvisioningTypes": ["sync"] if self.sync_template_id else [],
            "logoUrl": f"https://example.com/logos/{self.id}.png",
            "categories": list(self.categories),
            "publisher": self.publisher,
            "description": self.description or None,
        }


def load_gallery() -> dict[str, GalleryEntry]:
    """All entries by template id, in the file's order."""
    return {
        row["id"]: GalleryEntry(
            id=row["id"],
            display_name=row["name"],
            publisher=row["publisher"],
            description=row.get("description", ""),
            home_page=row["home_page"],
            categories=tuple(row.get("categories", ())),
            sign_on_modes=tuple(row.get("sign_on", ("saml",))),
            sync_template_id=row.get("sync_template", ""),
        )
        for row in read_toml("practice/gallery.toml")["app"]
    }
