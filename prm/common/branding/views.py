"""The brand for browsers (style sheet, favicon, logo), and the page where it is chosen."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from prm.common import access, config, display
from prm.common.branding import colours, services
from prm.common.branding.forms import BrandForm
from prm.common.branding.rules import DEFAULT, Palette, palette
from prm.common.branding.selectors import brand_of, digest_of
from prm.common.models import BrandFile, User

FOR_A_YEAR = "public, max-age=31536000, immutable"
# Opened by itself, such a file runs nothing and loads nothing.
HARMLESS = "default-src 'none'; sandbox"


@require_safe
def css(_request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """The brand style sheet. An outdated address gets the present one, not kept for long."""
    return _asset(brand_of(config.program()).css, digest, "text/css; charset=utf-8")


@require_safe
def icon(_request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """The favicon."""
    return _asset(brand_of(config.program()).icon, digest, "image/svg+xml")


def _asset(text: str, digest: str, content_type: str) -> HttpResponse:
    response = HttpResponse(text, content_type=content_type)
    response["Cache-Control"] = FOR_A_YEAR if digest == digest_of(text) else "no-cache"
    return _harmless(response)


def _harmless(response: HttpResponse) -> HttpResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = HARMLESS
    return response


@require_safe
def logo(_request: HttpRequest, digest: str, suffix: str) -> HttpResponse:
    """A logo, the present or an earlier one; the favicon for one that is not known."""
    file = BrandFile.objects.filter(digest=digest, content_type=f"image/{suffix}").first()
    if file is None:
        return redirect("brand:icon", "brand", "none")
    response = HttpResponse(bytes(file.content), content_type=file.content_type)
    response["Cache-Control"] = FOR_A_YEAR
    return _harmless(response)


@require_safe
def preview_css(request: HttpRequest) -> HttpResponse:
    """The colours of a brand that is only tried out, for the preview alone."""
    color = _tried(request, "#000000")
    response = HttpResponse(
        f".brandpreview {{ {palette(color).css} }}\n", content_type="text/css; charset=utf-8"
    )
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _tried(request: HttpRequest, stored: str) -> str:
    color = request.GET.get("brand_color", "")
    return color.upper() if colours.is_hex(color) else stored


@require_http_methods(["GET", "HEAD", "POST"])
def programme(request: HttpRequest) -> HttpResponse:
    """Name, colour and logo, with a preview of what is chosen but not saved yet."""
    brand = brand_of(config.program())
    initial = {
        "name": request.GET.get("name", "")[:60] or brand.name,
        "brand_color": _tried(request, brand.color),
    }
    form = BrandForm(
        request.POST or None, request.FILES or None, has_logo=bool(brand.logo), initial=initial
    )
    is_preview = "preview" in request.POST
    if request.method == "POST" and form.is_valid() and not is_preview:
        _save(form.cleaned_data, access.actor_of(request).user)
        messages.success(request, _("Saved. Partners see the new look from now on."))
        return redirect("brand:programme")
    shown = initial | {
        key: value
        for key, value in form.data.items()
        if key == "name" or (key == "brand_color" and colours.is_hex(str(value)))
    }
    context = {
        "form": form,
        "saved": brand,
        "tried": replace(
            brand,
            name=str(shown["name"]),
            color=str(shown["brand_color"]).upper(),
            is_own_color=True,
        ),
        "findings": findings(str(shown["brand_color"]).upper()),
        "is_tried": shown["brand_color"] != brand.color,
        "own_color": DEFAULT,
    }
    return render(request, "settings/programme.html", context, status=422 if form.errors else 200)


@transaction.atomic
def _save(values: dict[str, Any], by: User | None) -> None:
    now = timezone.now()
    services.rename_programme(values["name"], by=by, now=now)
    services.choose_color(values["brand_color"], by=by, now=now)
    if values["logo"]:
        services.put_up_logo(values["logo"], by=by, now=now)
    elif values.get("remove_logo"):
        services.take_down_logo(by=by, now=now)


def findings(color: str) -> list[tuple[str, str]]:
    """What was adjusted and why: (tone, sentence)."""
    derived = palette(color)
    return [*_about_text(color, derived), *_about_charts(derived)]


def _about_text(color: str, derived: Palette) -> list[tuple[str, str]]:
    ratio = {"ratio": display.number(colours.contrast(color, "#FFFFFF"), 1), "color": color}
    if derived.darkened:
        light = _(
            "Darkened from %(color)s to %(new)s so that white text can be read on it: it had a "
            "contrast of %(ratio)s to 1, and 4.5 to 1 is needed."
        ) % (ratio | {"new": derived.darkened})
        found = [("warn", light)]
    else:
        light = _("%(color)s stays as it is: white text on it has a contrast of %(ratio)s to 1.")
        found = [("good", light % ratio)]
    if derived.accent.dark != color:
        dark = _(
            "In the dark theme it becomes %(new)s, so that it stands out from the dark ground."
        )
        found.append(("info", dark % {"new": derived.accent.dark}))
    return found


def _about_charts(derived: Palette) -> list[tuple[str, str]]:
    if derived.keeps_c1:
        return [
            (
                "info",
                _(
                    "Charts keep their blue: your colour is too near to one that already means "
                    "something there, at least for people who tell colours apart less well."
                ),
            )
        ]
    return [("good", _("The main line and bars of charts take your colour."))]
