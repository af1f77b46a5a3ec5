"""Mails as their readers get them: subject, text, HTML, the one link that they are about."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.utils.translation import gettext, override

LINK = re.compile(r"https?://[^\s\"<>]+")
# What must reach nobody: words of templates and of Python, values that nobody knew.
RAW = re.compile(r"%\(|%s|\{[{%]|[%}]\}|\bNone\b|<function|object at 0x|&amp;amp;|&lt;|__proxy__")
TAGS = re.compile(r"<(style|title)\b.*?</\1>|<[^>]+>", re.DOTALL)


class Letter:
    """One mail."""

    def __init__(self, mail: Any) -> None:
        self.to, self.subject, self.text = mail.to[0], mail.subject, mail.body
        ((self.html, _kind),) = mail.alternatives

    @property
    def link(self) -> str:
        """Where its button leads."""
        found = LINK.search(self.text)
        assert found, self.text
        return found[0]

    @property
    def path(self) -> str:
        """The same without the address of the site."""
        parts = urlsplit(self.link)
        return parts.path + (f"#{parts.fragment}" if parts.fragment else "")

    def complaints(self, *, language: str, brand: str, site: str) -> list[str]:
        """What a reader would stumble over."""
        shown = TAGS.sub(" ", self.html)
        with override(language):
            hello = gettext("Hello,").rstrip(",")
        claims = {
            "has no subject": bool(self.subject.strip()) and "\n" not in self.subject,
            "shows raw words": not any(RAW.search(one) for one in (self.subject, self.text, shown)),
            f"does not say who writes ({brand})": brand in shown,
            f"is not in {language}": f'<html lang="{language}"' in self.html,
            "has a link elsewhere": all(
                one.startswith(site) for one in LINK.findall(self.text) + LINK.findall(shown)
            ),
            "has another link in its HTML": self.link.replace("&", "&amp;") in self.html,
            "greets in another language": hello in self.text or "code" in self.subject.lower(),
            "has empty lines in a heap": "\n\n\n\n" not in self.text,
        }
        return [
            f"{self.subject!r} to {self.to} {what}" for what, holds in claims.items() if not holds
        ]

    def picture(self, context: Any, path: Path) -> None:
        """How it looks on a phone."""
        page = context.new_page()
        page.set_content(self.html)
        page.screenshot(path=path, full_page=True)
        page.close()
