"""Pure rules: web domains, names, conditions, fit."""

from decimal import Decimal

import pytest

from partners.accounts.alike import company_domain, domain_of, likeness, name_key
from partners.recruiting.rules import (
    Criterion,
    fit,
    meets_country,
    meets_mail,
    named,
)


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("acme.com", "acme.com"),
        ("https://www.Acme.com/about?x=1", "acme.com"),
        ("mail.acme.co.uk", "acme.co.uk"),
        ("ann@mail.acme.co.uk", "acme.co.uk"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("shop.acme.co.th", "acme.co.th"),
        ("acme.com.pe", "acme.com.pe"),
        ("acme", ""),
        ("co.uk", ""),
        ("not a domain", ""),
        ("", ""),
    ],
)
def test_a_domain_is_what_a_company_registers(text: str, domain: str) -> None:
    assert domain_of(text) == domain


@pytest.mark.parametrize(
    "domain", ["gmail.com", "outlook.fr", "hotmail.it", "yahoo.co.id", "gmx.ch", "live.nl", "bk.ru"]
)
def test_providers_of_free_mail_are_nobodys_domain(domain: str) -> None:
    assert company_domain(f"ann@{domain}") == ""
    assert company_domain("ann@acme.com") == "acme.com"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Acme GmbH", "ACME Ltd.", True),
        ("Café Müller AG", "Cafe Muller", True),
        ("Kestrel I.T. Limited", "Kestrel IT", True),
        ("Acme Systems", "Globe Systems", False),
        ("Borealis", "Cobalt", False),
        ("", "Acme", False),
    ],
)
def test_names_are_compared_without_forms_accents_and_signs(
    one: str, other: str, alike: bool
) -> None:
    assert (likeness(one, other) >= 0.6) is alike


def test_a_name_of_legal_forms_alone_stays_a_name() -> None:
    assert name_key("The Company") == "the company"


@pytest.mark.parametrize(
    ("wanted", "email", "meets"),
    [
        ([], "ann@acme.com", True),
        (["acme.com"], "ann@ACME.com", True),
        (["@acme.com"], "ann@acme.com", True),
        (["acme.com"], "ann@sub.acme.com", False),
        (["acme.com"], "ann@notacme.com", False),
        (["*.edu"], "ann@mit.edu", True),
        (["*.edu"], "ann@cs.mit.edu", True),
        (["*.edu"], "ann@edu", False),
        (["*.edu"], "ann@mit.edu.example", False),
    ],
)
def test_mail_domains_are_exact_or_wildcards(wanted: list[str], email: str, meets: bool) -> None:
    assert meets_mail(wanted, email) is meets


def test_countries_ignore_capitals_and_none_means_all() -> None:
    assert meets_country([], "Chile")
    assert meets_country(["Sweden"], " sweden ")
    assert not meets_country(["Sweden"], "Norway")


CRITERIA = [
    Criterion("type", 30, ("Reseller",)),
    Criterion("region", 20, ("DACH",)),
    Criterion("people", 20, (), 5),
    Criterion("customers", 20, (), 1),
    Criterion("certificates", 10, ("ISO 27001",)),
]


@pytest.mark.parametrize(
    ("facts", "score"),
    [
        ({"type": "reseller", "region": "DACH", "people": 5, "customers": 1,
          "certificates": ["iso 27001"]}, 100),
        ({"type": "msp", "region": "UK", "people": 4, "customers": 0, "certificates": ["x"]}, 0),
        # unknown answers leave both sums: 50 of 70
        ({"type": "Reseller", "region": "DACH", "people": 1}, Decimal("71.43")),
        # 60 % known is enough: 30 + 20 + 10
        ({"type": "Reseller", "region": "UK", "certificates": ["ISO 27001"]}, Decimal("66.67")),
        # 50 % known is not
        ({"type": "Reseller", "region": "DACH"}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_fit_is_weights_met_of_weights_known(
    facts: dict[str, object], score: Decimal | None
) -> None:
    assert fit(CRITERIA, facts).score == score


def test_a_profile_without_weights_gives_no_score() -> None:
    found = fit([Criterion("type", 0, ("Reseller",))], {"type": "Reseller"})
    assert (found.score, found.lines) == (None, [])


def test_every_line_of_a_fit_says_value_and_result() -> None:
    lines = fit(CRITERIA, {"type": "Reseller", "people": 3}).lines
    assert [(one["key"], one["result"]) for one in lines] == [
        ("type", "met"), ("region", "unknown"), ("people", "unmet"), ("customers", "unknown"),
        ("certificates", "unknown"),
    ]  # fmt: skip


def test_entries_of_a_text_count_once() -> None:
    assert named("Acme\nGlobex, Acme; Initech\n\n") == ["Acme", "Globex", "Initech"]
