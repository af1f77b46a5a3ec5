"""The brand as pages, mails and browsers need it, from the programme's settings."""

import hashlib
from dataclasses import dataclass

from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import slugify

from prm.common.branding.rules import DEFAULT, Palette, palette
from prm.common.config import NAME, Program, defaults

# A logo this much wider than high is taken to hold the name already.
WIDE = 1.8


@dataclass(frozen=True)
class Brand:
    """A programme's name, colours and logo. Addresses are empty where the kit's own look stands."""

    name: str
    color: str
    is_own_color: bool
    logo: str  # "<digest>.<suffix>.<width>x<height>", or empty

    @property
    def palette(self) -> Palette:
        """The derived colours."""
        return palette(self.color)

    @property
    def slug(self) -> str:
        """The name as part of an address."""
        return slugify(self.name)[:40] or "brand"

    @property
    def initial(self) -> str:
        """The first letter or digit of the name, for the favicon."""
        return next((letter.upper() for letter in self.name if letter.isalnum()), "P")

    @property
    def css(self) -> str:
        """The brand style sheet; empty for the kit's own colour."""
        if not self.is_own_color:
            return ""
        return f":root {{ {self.palette.css} }}\n"

    @property
    def icon(self) -> str:
        """The favicon: the initial on the accent, an SVG document."""
        return format_html(
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
            '<rect width="32" height="32" rx="9" fill="{}"/>'
            '<text x="16" y="22.5" fill="#fff" font-family="Inter, system-ui, sans-serif"'
            ' font-size="18" font-weight="700" text-anchor="middle">{}</text></svg>',
            self.palette.accent.light,
            self.initial,
        )

    @property
    def css_url(self) -> str:
        """Where the style sheet is; a change of the colours changes the address."""
        if not self.is_own_color:
            return ""
        return reverse("brand:css", args=[self.slug, digest_of(self.css)])

    @property
    def icon_url(self) -> str:
        """Where the favicon is; empty while the programme has neither name nor colour."""
        if not self.is_own_color and self.name == defaults()[NAME]:
            return ""
        return reverse("brand:icon", args=[self.slug, digest_of(self.icon)])

    @property
    def logo_url(self) -> str:
        """Where the logo is, or empty."""
        digest, _dot, rest = self.logo.partition(".")
        return reverse("brand:logo", args=[digest, rest.partition(".")[0]]) if digest else ""

    @property
    def has_wide_logo(self) -> bool:
        """Tell whether the logo holds the name, so that the name needs not stand beside it."""
        _digest, _dot, rest = self.logo.partition(".")
        width, _x, height = rest.partition(".")[2].partition("x")
        return bool(height) and int(width) / int(height) >= WIDE


def brand_of(program: Program) -> Brand:
    """The programme's brand."""
    own = program.brand_color.upper() != DEFAULT
    return Brand(program.name, program.brand_color, own, program.brand_logo)


def digest_of(text: str) -> str:
    """A short hash of what an address answers with."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
