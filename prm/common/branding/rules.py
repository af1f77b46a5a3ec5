"""From one brand colour to the colours of both themes, each readable: pure rules.

A vendor chooses a colour. What the pages need is derived: never a text or button that cannot be
read (4.5:1 as WCAG 2.2 AA asks), never a chart colour that looks like another one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from prm.common.branding.colours import contrast, distance, from_lch, lch

DEFAULT = "#2F55D4"
READABLE, READABLE_LARGE_AREA = 4.5, 7.0
# What text and controls stand on (static/css/tokens.css): canvas, surface, raised, sunken, hover.
LIGHT_GROUNDS = ("#F7F6F3", "#FFFFFF", "#F1EFEB", "#F5F4F0")
DARK_GROUNDS = ("#0E0F12", "#16181D", "#1D2026", "#0F1114", "#1C1F25")
# The chart colours that no brand changes, light and dark: c0, c2, c3, c4, c5.
CHART_LIGHT = ("#8B93A1", "#C76A10", "#168F6B", "#672D4E", "#8864A7")
CHART_DARK = ("#7F8794", "#E3711B", "#8CF5D0", "#FF9FA4", "#D6C2FE")
C1_LIGHT, C1_DARK = DEFAULT, "#86A1FF"
C3_LIGHT = "#168F6B"
# c1 keeps this distance from the others; the kit's own palette keeps 8.
APART, NEAR_HUE, GREY = 8.0, 25.0, 0.03
WHITE = "#FFFFFF"


@dataclass(frozen=True)
class Pair:
    """A colour in the light and in the dark theme."""

    light: str
    dark: str

    def __str__(self) -> str:
        return f"light-dark({self.light}, {self.dark})"


@dataclass(frozen=True)
class Palette:
    """All that follows from a brand colour. ``adjusted`` and ``keeps_c1`` say what was changed."""

    brand: str
    accent: Pair
    hover: Pair
    on_accent: Pair
    soft: Pair
    ink: Pair
    c1: Pair
    hero: Pair
    on_hero: str = WHITE
    darkened: str = field(default="")  # the light accent, where it is not the brand colour
    keeps_c1: bool = False

    @property
    def css(self) -> str:
        """The brand style sheet: the only thing that a vendor's theme sets."""
        tokens = {
            "accent": self.accent,
            "accent-hover": self.hover,
            "on-accent": self.on_accent,
            "accent-soft": self.soft,
            "accent-ink": self.ink,
            "c1": self.c1,
            "c1-band": f"light-dark({self.c1.light}24, {self.c1.dark}2E)",
            "brand-hero": self.hero,
            "brand-on-hero": self.on_hero,
        }
        return " ".join(f"--{name}: {value};" for name, value in tokens.items())


@lru_cache(maxsize=256)
def palette(brand: str) -> Palette:
    """Derive everything from a colour like #0F5E4D."""
    brand = brand.upper()
    lightness, chroma, hue = lch(brand)
    tint = min(chroma, 0.05)
    light = readable(brand, (WHITE,), darker=True)
    light_at = lch(light)[0]
    soft = Pair(from_lch(0.955, min(chroma, 0.022), hue), from_lch(0.265, tint, hue))
    bright = min(max(0.74, 1 - 0.62 * lightness), 0.9)
    dark_start = brand if 0.7 <= lightness <= 0.9 else from_lch(bright, min(chroma, 0.15), hue)
    dark = readable(dark_start, (*DARK_GROUNDS, soft.dark), darker=False)
    dark_at, dark_chroma, _hue = lch(dark)
    c1, keeps_c1 = _series(Pair(light, dark), hue, chroma)
    return Palette(
        brand=brand,
        accent=Pair(light, dark),
        hover=Pair(
            from_lch(max(light_at - 0.07, 0.0), chroma, hue),
            from_lch(min(dark_at + 0.06, 0.97), dark_chroma, hue),
        ),
        on_accent=Pair(WHITE, readable(from_lch(0.22, tint, hue), (dark,), darker=True)),
        soft=soft,
        ink=_ink(Pair(light, dark), soft, hue, chroma),
        c1=c1,
        hero=Pair(
            readable(
                from_lch(min(light_at, 0.38), min(chroma, 0.12), hue),
                (WHITE,),
                darker=True,
                least=READABLE_LARGE_AREA,
            ),
            from_lch(0.3, min(chroma, 0.07), hue),
        ),
        darkened="" if light == brand else light,
        keeps_c1=keeps_c1,
    )


def _ink(accent: Pair, soft: Pair, hue: float, chroma: float) -> Pair:
    """The accent as the colour of text, on every ground and on its own soft tint."""
    light_at, dark_at = lch(accent.light)[0], lch(accent.dark)[0]
    light = from_lch(max(light_at - 0.05, 0.0), chroma, hue)
    dark = from_lch(min(dark_at + 0.06, 0.97), lch(accent.dark)[1], hue)
    return Pair(
        readable(light, (*LIGHT_GROUNDS, soft.light), darker=True),
        readable(dark, (*DARK_GROUNDS, soft.dark), darker=False),
    )


def readable(colour: str, grounds: Sequence[str], *, darker: bool, least: float = READABLE) -> str:
    """The nearest colour of the same hue that has ``least`` contrast with all grounds.

    It becomes darker or lighter in steps that nobody sees; black and white end the search.
    """
    lightness, chroma, hue = lch(colour)
    while min(contrast(colour, ground) for ground in grounds) < least:
        lightness += -0.005 if darker else 0.005
        if not 0 < lightness < 1:
            return "#000000" if darker else WHITE
        colour = from_lch(lightness, chroma, hue)
    return colour


def _series(accent: Pair, hue: float, chroma: float) -> tuple[Pair, bool]:
    """The main colour of charts: the accent, unless it looks like another chart colour."""
    turn = abs((hue - lch(C3_LIGHT)[2] + 180) % 360 - 180)
    is_near_c3 = chroma > GREY and turn < NEAR_HUE
    others = [(accent.light, one) for one in CHART_LIGHT] + [
        (accent.dark, one) for one in CHART_DARK
    ]
    if is_near_c3 or min(distance(*pair) for pair in others) < APART:
        return Pair(C1_LIGHT, C1_DARK), True
    return accent, False
