"""Template tags: what a person sees and what a screen reader says."""

from types import SimpleNamespace

from django import forms
from django.template import Context, Template

from prm.common.listpages import Head
from prm.common.templatetags import ui


def render(source: str, **context: object) -> str:
    return Template("{% load ui %}" + source).render(Context(context))


def test_a_status_has_icon_word_and_colour() -> None:
    markup = render('{% status "warn" %}')
    assert 'class="status warn"' in markup
    assert "<svg" in markup
    assert "Slightly behind" in markup


def test_an_unknown_status_is_not_rated() -> None:
    assert "Not rated" in render('{% status "" %}')


def test_a_delta_speaks_its_direction_and_takes_its_tone_apart() -> None:
    markup = render('{% delta "−6 days" "down" "good" %}')
    assert 'class="delta good"' in markup
    assert '<span class="sr">down </span>' in markup
    assert "<svg" not in render('{% delta "0%" "" %}')


def test_text_in_tags_is_escaped() -> None:
    assert "<b>" not in render("{% status 'good' word %}{% delta word 'up' %}", word="<b>")


class Person(forms.Form):
    email = forms.EmailField(help_text="Where we reach you")
    agree = forms.BooleanField()


def test_a_field_ties_label_hint_and_error_to_its_control() -> None:
    form = Person({"email": "nobody"})
    markup = render('{% include "components/field.html" with field=form.email %}', form=form)
    assert 'aria-describedby="id_email_helptext id_email_error"' in markup
    assert 'id="id_email_helptext"' in markup
    assert 'id="id_email_error"' in markup
    assert 'aria-invalid="true"' in markup
    assert 'class="input"' in markup


def test_the_error_summary_counts_and_links_each_error() -> None:
    markup = render('{% include "components/errsum.html" %}', form=Person({"email": "nobody"}))
    assert "There are 2 things to fix" in markup
    assert 'href="#id_email"' in markup
    assert 'href="#id_agree"' in markup


def test_a_form_without_errors_has_no_summary() -> None:
    assert "things to fix" not in render('{% include "components/errsum.html" %}', form=Person())


def test_an_avatar_keeps_its_colour() -> None:
    assert ui.hue("Nordlys Data") == ui.hue("Nordlys Data")


def test_a_cell_is_there_only_while_its_column_is_chosen_and_reads_nothing_before() -> None:
    page = SimpleNamespace(shows={"won": Head("won", "Won", is_number=True)})
    read: list[str] = []
    markup = render(
        '{% cell "won" "b" %}{{ value }}{% endcell %}{% cell "lost" %}{{ look }}{% endcell %}',
        page=page,
        value="<7>",
        look=lambda: read.append("lost"),
    )
    assert markup == '<td class="num b" data-l="Won">&lt;7&gt;</td>'
    assert read == []
