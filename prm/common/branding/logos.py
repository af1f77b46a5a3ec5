"""Reads an uploaded logo: what it is by its bytes, not by its name. Pure.

SVG is refused: it is a document that can carry scripts, and a logo is not worth the risk.
"""

import struct
from dataclasses import dataclass

from django.utils.translation import gettext as _

from prm.common.errors import InvalidInput

MAX_BYTES, MAX_SIDE, MIN_SIDE = 200_000, 2_000, 16
FIELD = "logo"


@dataclass(frozen=True)
class Logo:
    """A logo's kind and its size in pixels."""

    content_type: str
    suffix: str
    width: int
    height: int


def read_logo(content: bytes) -> Logo:
    """What this file is. Raises InvalidInput with what to do for anything but a PNG or WebP."""
    if len(content) > MAX_BYTES:
        raise InvalidInput(
            _("The logo has %(kb)s kB. Save it with at most 200 kB.")
            % {"kb": len(content) // 1000},
            FIELD,
        )
    if content.lstrip()[:5].lower() in {b"<?xml", b"<svg ", b"<svg>", b"<!doc"}:
        raise InvalidInput(
            _("SVG files can carry scripts. Save the logo as PNG or WebP and upload that."), FIELD
        )
    try:
        logo = _png(content) or _webp(content)
    except struct.error:
        logo = None
    if logo is None:
        raise InvalidInput(_("This is no PNG or WebP picture. Save the logo as one."), FIELD)
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in (logo.width, logo.height)):
        raise InvalidInput(
            _("The logo has %(width)s × %(height)s pixels. Each side needs 16 to 2,000.")
            % {"width": logo.width, "height": logo.height},
            FIELD,
        )
    return logo


def _png(content: bytes) -> Logo | None:
    if content[:8] != b"\x89PNG\r\n\x1a\n" or content[12:16] != b"IHDR":
        return None
    if not content.endswith(b"IEND\xaeB`\x82"):
        return None
    return Logo("image/png", "png", *struct.unpack(">II", content[16:24]))


def _webp(content: bytes) -> Logo | None:
    """The three kinds of WebP keep their size in three ways (RFC 9649)."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    kind = content[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        height = int.from_bytes(content[27:30], "little") + 1
    elif kind == b"VP8L":
        (bits,) = struct.unpack("<I", content[21:25])
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        raw = struct.unpack("<HH", content[26:30])
        width, height = raw[0] & 0x3FFF, raw[1] & 0x3FFF
    else:
        return None
    return Logo("image/webp", "webp", width, height)
