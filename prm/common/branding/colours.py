"""Colour arithmetic: sRGB, OKLab and OKLCH, contrast, how colours look to the colour blind.

Pure functions. OKLab is Björn Ottosson's space, in which equal steps look equal; the matrices of
colour blindness are those of Machado, Oliveira and Fernandes (2009) for full severity.
"""

import math
import re
from functools import lru_cache

Triple = tuple[float, float, float]

PROTAN = (
    (0.152286, 1.052583, -0.204868),
    (0.114503, 0.786281, 0.099216),
    (-0.003882, -0.048116, 1.051998),
)
DEUTAN = (
    (0.367322, 0.860646, -0.227968),
    (0.280085, 0.672501, 0.047413),
    (-0.011820, 0.042940, 0.968881),
)
TRITAN = (
    (1.255528, -0.076749, -0.178779),
    (-0.078411, 0.930809, 0.147602),
    (0.004733, 0.691367, 0.303900),
)


def is_hex(text: str) -> bool:
    """Tell whether this is a colour like #2F55D4."""
    return re.fullmatch(r"#[0-9A-Fa-f]{6}", text) is not None


def _linear(colour: str) -> Triple:
    """The light of each channel, 0 to 1."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return red, green, blue


def _hex(linear: Triple) -> str:
    shown = (min(max(c, 0.0), 1.0) for c in linear)
    encoded = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in shown)
    return "#" + "".join(f"{round(c * 255):02X}" for c in encoded)


@lru_cache(maxsize=4096)
def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2 defines it: 0 (black) to 1 (white)."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2 defines it, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _lab(linear: Triple) -> Triple:
    red, green, blue = linear
    cones = (
        0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue,
        0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue,
        0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue,
    )
    long, medium, short = (math.cbrt(cone) for cone in cones)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def lch(colour: str) -> Triple:
    """Lightness (0 to 1), chroma and hue (degrees) of a colour in OKLCH."""
    lightness, a, b = _lab(_linear(colour))
    return lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360


def _linear_of_lch(lightness: float, chroma: float, hue: float) -> Triple:
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def from_lch(lightness: float, chroma: float, hue: float) -> str:
    """The colour of this lightness and hue; what no screen shows gets less chroma."""
    for step in range(41):
        linear = _linear_of_lch(lightness, chroma * (1 - step / 40), hue)
        if all(-0.0005 <= channel <= 1.0005 for channel in linear):
            break
    return _hex(linear)


def distance(one: str, other: str) -> float:
    """How far apart two colours look (ΔE-OK × 100) to whoever tells them apart worst."""
    first, second = _linear(one), _linear(other)
    as_seen = [
        _apart(_seen(first, matrix), _seen(second, matrix)) for matrix in (PROTAN, DEUTAN, TRITAN)
    ]
    return min(_apart(first, second), *as_seen)


def _seen(linear: Triple, matrix: tuple[Triple, ...]) -> Triple:
    red, green, blue = (
        min(max(sum(share * c for share, c in zip(row, linear, strict=True)), 0.0), 1.0)
        for row in matrix
    )
    return red, green, blue


def _apart(one: Triple, other: Triple) -> float:
    return 100 * math.dist(_lab(one), _lab(other))
