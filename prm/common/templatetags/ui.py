"""Template tags and filters of the UI kit; formatting lives in `display`, drawing in `svg`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from zlib import crc32

from django import template
from django.forms import BaseForm, BoundField, CheckboxInput, Select
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from prm.common import display, statics, svg
from prm.common.icons import icon_svg

register = template.Library()

# Status -> tone (a CSS class), icon, usual word.
STATUSES = {
    "good": ("good", "circle-check", gettext_lazy("On target")),
    "warn": ("warn", "triangle-alert", gettext_lazy("Slightly behind")),
    "bad": ("bad", "circle-alert", gettext_lazy("Behind")),
    "grey": ("", "circle-dashed", gettext_lazy("Not rated")),
}
TONE_ICONS = {
    "good": "circle-check",
    "warn": "triangle-alert",
    "bad": "circle-alert",
    "info": "info",
    "": "circle-dashed",
}
MESSAGE_TONES = {"success": "good", "error": "bad", "warning": "warn"}
AVATAR_HUES = 5


@register.filter
def money(amount: display.Numeric | None, currency: str = "") -> str:
    """`{{ deal.amount|money:deal.currency }}`: compact, "$969k"."""
    return display.money(amount, currency)


@register.filter
def money_full(amount: display.Numeric | None, currency: str = "") -> str:
    """`{{ line.amount|money_full:line.currency }}`: every decimal, "$1,234.50"."""
    return display.money_full(amount, currency)


@register.filter
def number(value: display.Numeric | None, places: int = 0) -> str:
    """`{{ count|number }}`: grouped thousands."""
    return display.number(value, places)


@register.filter
def things_to_fix(form: BaseForm) -> int:
    """`{{ form|things_to_fix }}`: how many sentences its summary lists."""
    return sum(len(errors) for errors in form.errors.values())


@register.filter
def rate(value: Decimal | None) -> str:
    """`{{ row.rate|rate }}`: an exchange rate with its own decimals."""
    return display.rate(value)


@register.filter
def percent(share: display.Numeric | None, places: int | None = None) -> str:
    """`{{ rate|percent }}`: a fraction as per cent."""
    return display.percent(share, places)


@register.filter
def days(value: display.Numeric | timedelta | None) -> str:
    """`{{ duration|days }}`: "41 days" or "4 d 2 h"."""
    return display.days(value)


@register.filter(expects_localtime=True)
def day(value: date | datetime | None, style: str = "DATE") -> str:
    """`{{ deal.closed_on|day }}`: "30 Nov 2026"; `|day:"YEAR_MONTH"`: "Nov 2026"."""
    return display.day(value, style)


@register.filter
def ago(value: date | datetime | None, today: date) -> str:
    """`{{ row.last_login|ago:today }}`: "Today", "5 days ago"."""
    return display.ago(value, today)


@register.filter(expects_localtime=True)
def instant(value: datetime | None) -> str | SafeString:
    """`{{ import.started_at|instant }}`: "21 Nov 2026, 09:41" in the viewer's time zone, which
    the element names."""
    if value is None:
        return display.UNKNOWN
    zone = timezone.get_current_timezone_name()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(timespec="minutes"),
        zone.replace("_", " "),
        display.instant(value),
    )


@register.filter
def initials(name: object) -> str:
    """`{{ partner.name|initials }}`: the letters of an avatar."""
    return display.initials(str(name))


@register.filter
def hue(name: object) -> str:
    """Return one of five avatar colours, always the same for the same name."""
    return f"h{crc32(str(name).encode()) % AVATAR_HUES}"


@register.filter
def message_tone(level_tag: str) -> str:
    """Return the tone of a Django message: good, warn, bad or nothing."""
    return MESSAGE_TONES.get(level_tag, "")


@register.simple_tag
def style_sheets() -> list[str]:
    """`{% style_sheets as sheets %}`: the addresses of the style sheets of every page."""
    return statics.style_sheets()


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """`{% icon "users" "sm" %}`: a decorative icon."""
    return icon_svg(name, size)


@register.simple_tag
def tone_icon(tone: str) -> SafeString:
    """`{% tone_icon "bad" %}`: the icon that goes with a tone."""
    return icon_svg(TONE_ICONS.get(tone, "info"))


@register.simple_tag
def status(code: str, word: str = "", pill: str = "", shape: str = "") -> SafeString:
    """`{% status "warn" %}`: icon, word and colour together; `word` and `shape` (an icon)
    replace the usual ones.

    `code` is good, warn, bad, grey or info.
    """
    tone, usual_shape, usual = STATUSES.get(
        code or "grey", (code, TONE_ICONS.get(code, "circle-dashed"), code)
    )
    css = " ".join(part for part in ("status", tone, "pill" if pill else "") if part)
    drawn = icon_svg(shape or usual_shape)
    return format_html('<span class="{}">{}{}</span>', css, drawn, word or usual)


@register.simple_tag
def delta(text: str, direction: str, tone: str = "") -> SafeString:
    """`{% delta "+29%" "up" "good" %}`: the arrow shows the direction, the tone good or bad."""
    shapes = {"up": ("arrow-up-right", _("up")), "down": ("arrow-down-right", _("down"))}
    if direction not in shapes:
        return format_html('<span class="delta">{}</span>', text)
    shape, spoken = shapes[direction]
    css = f"delta {tone}".strip()
    arrow = icon_svg(shape)
    return format_html(
        '<span class="{}">{}<span class="sr">{} </span>{}</span>', css, arrow, spoken, text
    )


@register.simple_tag
def growth(
    now: Decimal | None, before: Decimal | None, currency: str, *, is_sure: bool = False
) -> SafeString:
    """`{% growth row.net row.before currency is_sure=row.is_sure %}`: an arrow with per cent, or
    "from $0"; green or red only where enough deals stand behind it."""
    share = display.growth(now, before)
    if share is None:
        has_grown = bool(now) and now != before
        word = display.from_value(display.money(before or 0, currency))
        text = word if has_grown else display.UNKNOWN
        return format_html('<span class="muted">{}</span>', text)
    tone = display.change_tone(share, is_sure=is_sure)
    return delta(display.percent(abs(share), 0), display.direction(share), tone)


@register.simple_tag
def spark(values: Sequence[float | None], css: str = "") -> SafeString:
    """`{% spark tile.points %}`: a sparkline."""
    return svg.spark(values, css)


@register.simple_tag
def bullet(
    value: float | None,
    *,
    target: float | None = None,
    baseline: float | None = None,
    full: float | None = None,
    tone: str = "",
    label: str = "",
) -> SafeString:
    """`{% bullet value target=t baseline=b label="…" %}`: a value against target and baseline."""
    return svg.bullet(value, target=target, baseline=baseline, full=full, tone=tone, label=label)


@register.simple_tag
def meter(share: float | None, tone: str = "", label: str = "", css: str = "") -> SafeString:
    """`{% meter 0.68 %}`: a plain bar, 0 to 1."""
    return svg.meter(share, tone=tone, label=label, css=css)


@register.simple_tag
def bar(share: float | None) -> SafeString:
    """`{% bar 0.5 %}`: a thick bar of a funnel, 0 to 1."""
    return svg.bar(share)


@register.filter
def control(field: BoundField) -> SafeString:
    """Render a form field's control with the kit's class and its error state."""
    widget = field.field.widget
    if isinstance(widget, CheckboxInput):
        return field.as_widget()
    widget.attrs.pop("placeholder", None)  # the label above says it already
    given = widget.attrs.get("class", "")
    css = f"input {given}".strip()
    return field.as_widget(attrs={"class": css})


@register.filter
def is_checkbox(field: BoundField) -> bool:
    """Tell whether a field is a single check box, whose label stands beside it."""
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_choice(field: BoundField) -> bool:
    """Tell whether a field is a group of controls that needs a fieldset."""
    return field.use_fieldset and not isinstance(field.field.widget, Select)


@register.filter
def item(mapping: Mapping[object, object], key: object) -> object:
    """`{{ counts|item:key }}`: a value of a mapping by a key that is a variable."""
    return mapping.get(key, "")


class _Cell(template.Node):
    """One cell of a list's row. What is in it is worked out only where the column is seen."""

    def __init__(self, nodelist: NodeList, key: FilterExpression, css: FilterExpression | None):
        self.nodelist, self.key, self.css = nodelist, key, css

    def render(self, context: Context) -> str:
        head = context["page"].shows.get(self.key.resolve(context))
        if head is None:
            return ""
        given = self.css.resolve(context) if self.css else ""
        names = ("num" * head.is_number, given, "hide-s" * head.hide_small)
        css = format_html(' class="{}"', " ".join(filter(None, names))) if any(names) else ""
        named = "" if "full" in given.split() else format_html(' data-l="{}"', head.label)
        text = SafeString(self.nodelist.render(context).strip())
        return format_html("<td{}{}>{}</td>", css, named, text)


@register.tag
def cell(parser: Parser, token: Token) -> _Cell:
    """`{% cell "state" "nowrap" %}…{% endcell %}`: a cell of the list `page`, named on phones like
    its column unless it is "full" wide; nothing where the column is not chosen."""
    _name, key, *css = token.split_contents()
    nodelist = parser.parse(("endcell",))
    parser.delete_first_token()
    expression = parser.compile_filter
    return _Cell(nodelist, expression(key), expression(css[0]) if css else None)
