"""The style page: every component in every state, for the people who build pages."""

from dataclasses import dataclass
from types import SimpleNamespace

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from prm.common.forms import Form
from prm.common.icons import shapes

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
    bar_value: float = 0.7
    bar_target: float = 0.8
    bar_baseline: float = 0.6
    bar_tone: str = ""
    bar_label: str = "70 of 100, target 80, baseline 60"
    has_bar: bool = True
    url: str = ""
    points: tuple[float, ...] = tuple(POINTS)


TILES = (
    Sample("Rises, and that is good", "$969k", "", "good", "On pace", "+29%", "up", "good",
           "vs $750k a year before", "56% of $1.72M target", "57% of the quarter gone"),
    Sample("Falls, and that is good", "41", "days", "warn", "Slightly behind", "−6 days", "down",
           "good", "vs 47 baseline", "Target 40 or less", "Lower is better", bar_tone="warn"),
    Sample("No target, no bar", "–", "", "", "", "", "", "", "No deal was closed in this period",
           "", "", has_bar=False, points=()),
)  # fmt: skip


@require_GET
def styleguide(request: HttpRequest) -> HttpResponse:
    """Everything that pages are made of, with invented content."""
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
        "pager": SimpleNamespace(
            first=26, last=50, total_text="131", previous_url="#pager", next_url="#pager"
        ),
    }
    return render(request, "styleguide/page.html", context)
