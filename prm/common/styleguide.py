"""The style page: every component in every state, for the people who build pages."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from prm.common.exports import file_of, wants_file
from prm.common.forms import Form
from prm.common.icons import shapes
from prm.common.listpages import page_of
from prm.common.lists import Column, Filter, Listing, Segment, at
from prm.common.listwords import Words

POINTS = [3, 4, 3.5, 5, 4.6, 6, 5.8, 7]
TONES = ("good", "warn", "bad", "grey")


class SampleForm(Form):
    """One field of each kind."""

    name = forms.CharField(label="Company", help_text="As it stands in the contract.")
    domain = forms.CharField(label="Web domain", required=False)
    amount = forms.DecimalField(label="Amount", min_value=0)
    kind = forms.ChoiceField(label="Type", choices=[("msp", "MSP"), ("si", "Systems integrator")])
    side = forms.ChoiceField(
        label="Who sells",
        choices=[("partner", "The partner"), ("both", "Together")],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    agrees = forms.BooleanField(label="The partner knows about this")


@dataclass(frozen=True)
class Sample:
    """A KPI tile with made-up words; `kpis.tiles.Tile` has the same names."""

    name: str
    value: str
    unit: str
    status: str
    status_word: str
    delta: str
    delta_direction: str
    delta_tone: str
    versus: str
    target_note: str
    side_note: str
    basis: str = ""
    bar_value: float = 0.7
    bar_target: float = 0.8
    bar_baseline: float = 0.6
    bar_tone: str = ""
    bar_label: str = "70 of 100, target 80, baseline 60"
    has_bar: bool = True
    url: str = ""
    points: tuple[float, ...] = tuple(POINTS)


TILES = (
    Sample("Rises, and that is good", "$969k", "", "good", "On target", "+29%", "up", "good",
           "vs $750k a year before", "56% of $1.72M target", "57% of the quarter gone",
           basis="net of refunds"),
    Sample("Falls, and that is good", "41", "days", "warn", "Slightly behind", "−6 days", "down",
           "good", "vs 47 baseline", "Target 40 or less", "Lower is better", bar_tone="warn"),
    Sample("No target, no bar", "–", "", "", "", "", "", "", "No deal was closed in this period",
           "", "", has_bar=False, points=()),
)  # fmt: skip

ROWS = [
    SimpleNamespace(name=name, type=kind, state=state, revenue=revenue, country=country)
    for name, kind, state, revenue, country in (
        ("Nordlys Data", "Reseller", "good", 142_000, "NO"),
        ("Kestrel Systems", "MSP", "warn", 96_500, "GB"),
        ("Vela Consulting", "Reseller", "bad", 18_200, "ES"),
    )
]
LISTING: Listing[Any] = Listing(
    columns=(
        Column("name", "Partner", at("name"), by=at("name"), is_fixed=True),
        Column("state", "Status", at("state")),
        Column("revenue", "Revenue", at("revenue"), by=at("revenue"), is_number=True),
        Column("country", "Country", at("country"), by=at("country"), is_usual=False),
    ),
    words=Words(name="Sample list", search="Name"),
    filters=(
        Filter(
            "type",
            "Type",
            [("", "All"), ("Reseller", "Reseller"), ("MSP", "MSP")],
            lambda rows, value: [row for row in rows if row.type == value],
        ),
    ),
    search=lambda rows, text: [row for row in rows if text.lower() in row.name.lower()],
    default_sort="name",
    segments=(Segment("All", ""), Segment("Resellers", "type=Reseller")),
    can_choose=True,
)


@require_safe
def styleguide(request: HttpRequest) -> HttpResponseBase:
    """Everything that pages are made of, with invented content."""
    if wants_file(request):
        return file_of(request, ROWS, LISTING, "sample")
    wrong = SampleForm({"amount": "-1", "domain": "not a domain"})
    wrong.is_valid()
    context = {
        "tones": TONES,
        "tiles": TILES,
        "points": POINTS,
        "form": SampleForm(prefix="fine"),
        "wrong": wrong,
        "icons": sorted(shapes()),
        "tiers": ("platinum", "gold", "silver", "bronze", "registered"),
        "table": SimpleNamespace(
            caption="Revenue by quarter",
            columns=[
                SimpleNamespace(label="Quarter"),
                SimpleNamespace(label="Revenue", is_number=1),
            ],
            rows=[["Q2 2026", "$1.41M"], ["Q3 2026", "$1.70M"]],
        ),
        "page": page_of(request, ROWS, LISTING),
    }
    return render(request, "styleguide/page.html", context)
