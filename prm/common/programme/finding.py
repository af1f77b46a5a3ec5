"""Finds the pages of the settings by their words."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from prm.common.access import Actor
from prm.common.programme.sections import sections_for
from prm.common.search.registry import LIMIT, Group, Hit, finds, has_words


@finds(50)
def settings_pages(actor: Actor, text: str) -> Group:
    """Settings that this person may open; those with the text in their title come first."""
    if not (text and actor.is_staff):
        return Group(_("Settings"), "settings", [])
    known = [
        section
        for _title, sections in sections_for(actor)
        for section in sections
        if has_words(text, section.title, section.text)
    ]
    known.sort(key=lambda section: not has_words(text, section.title))
    hits = [Hit(section.title, section.url, icon=section.icon) for section in known[:LIMIT]]
    all_url = reverse("settings:home") if len(known) > LIMIT else ""
    return Group(_("Settings"), "settings", hits, all_url)
