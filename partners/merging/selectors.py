"""Partners that are probably one company, what a merge would do, and what was merged."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from partners.accounts.alike import NEARLY, company_domain, likeness_of_keys, name_key
from partners.accounts.models import Membership, Partner, PartnerProfile
from partners.merging.models import Apart, PartnerMerge
from partners.merging.relations import MOVES, STAYS, YIELDS
from prm.common import access
from prm.common.access import Actor

LARGEST = 30  # records with one name or domain: of more, each is compared with the first only
ADDED = re.compile(r"(?:\s*[\(\[][^()\[\]]*[\)\]])+\s*$")


@access.rows_of(PartnerMerge)
def merges_of(actor: Actor) -> QuerySet[PartnerMerge]:
    """Merges are told to those who run the programme."""
    rows = PartnerMerge.objects.all()
    return rows if actor.has(*access.RUNS_PROGRAM) else rows.none()


@access.rows_of(Apart)
def apart_of(actor: Actor) -> QuerySet[Apart]:
    """What was said of two partners is for those who run the programme."""
    rows = Apart.objects.all()
    return rows if actor.has(*access.RUNS_PROGRAM) else rows.none()


@dataclass(frozen=True)
class Side:
    """A partner as the report reads it."""

    id: int
    public_id: Any
    name: str
    domain: str
    place: str
    external_id: str
    name_key: str = ""
    domain_key: str = ""


@dataclass(frozen=True)
class Pair:
    """Two records that may be one company, and why."""

    one: Side
    other: Side
    same_domain: bool
    same_name: bool
    likeness: float
    apart: Apart | None = None

    @property
    def is_sure(self) -> bool:
        """Both name and domain say so."""
        return self.same_domain and self.same_name

    @property
    def rank(self) -> float:
        """The surest first: both, then the name, the domain, a name that is nearly the same."""
        return 4 * self.same_name + 3 * self.same_domain + self.likeness

    @property
    def reasons(self) -> list[str]:
        """Why, in words."""
        found = []
        if self.same_domain:
            found.append(_("same web domain (%(domain)s)") % {"domain": self.one.domain_key})
        if self.same_name:
            found.append(_("same name"))
        elif self.likeness >= NEARLY:
            found.append(_("nearly the same name"))
        return found

    @property
    def first(self) -> str:
        """The name to sort by."""
        return self.one.name.lower()

    @property
    def reason(self) -> str:
        """The reasons in one line."""
        return ", ".join(self.reasons)


def bare_name(name: str) -> str:
    """A company's name without what is added to it in brackets, such as a programme."""
    return ADDED.sub("", name) or name


def _sides(partners: QuerySet[Partner]) -> list[Side]:
    rows = partners.order_by("pk").values_list(
        "pk", "public_id", "name", "domain", "city", "country", "external_id"
    )
    return [
        Side(
            pk, public_id, name, domain, ", ".join(filter(None, (city, country))), external_id,
            name_key(bare_name(name)), company_domain(domain),
        )
        for pk, public_id, name, domain, city, country, external_id in rows
    ]  # fmt: skip


def _alike(sides: Iterable[Side]) -> Iterator[tuple[Side, Side]]:
    """The pairs that share a domain, a name, or the first word of a name."""
    groups: dict[tuple[str, str], list[Side]] = defaultdict(list)
    for side in sides:
        first = side.name_key.split(" ", 1)[0]
        keys = (("d", side.domain_key), ("n", side.name_key), ("w", first))
        for key in keys:
            if key[1]:
                groups[key].append(side)
    for group in groups.values():
        if len(group) <= LARGEST:
            yield from combinations(group, 2)
        else:
            yield from ((group[0], side) for side in group[1:])


def duplicates(actor: Actor) -> list[Pair]:
    """Every two partners that are probably one company, the surest first.

    A miss is better than a false pair: names that merely sound alike need the same first word.
    """
    known = access.scope(actor, Partner).filter(merged_into=None)
    said = access.scope(actor, Apart).select_related("by")
    apart = {(one.first_id, one.second_id): one for one in said}
    found: dict[tuple[int, int], Pair] = {}
    for one, other in _alike(_sides(known)):
        key = (one.id, other.id)
        if key in found:
            continue
        pair = Pair(
            one,
            other,
            one.domain_key == other.domain_key != "",
            one.name_key == other.name_key,
            likeness_of_keys(one.name_key, other.name_key),
            apart.get(key),
        )
        if pair.reasons:
            found[key] = pair
    return sorted(found.values(), key=lambda pair: (-pair.rank, pair.one.name))


@dataclass(frozen=True)
class Difference:
    """A value of both records, side by side."""

    label: StrOrPromise
    stub: str
    survivor: str

    @property
    def differs(self) -> bool:
        """Whether the survivor's value replaces another one."""
        return bool(self.stub) and self.stub != self.survivor


@dataclass(frozen=True)
class Preview:
    """What a merge would do: what stays in its place and counts there, what moves, what ends
    because the survivor has its own.
    """

    values: list[Difference]
    stays: list[tuple[StrOrPromise, int]] = field(default_factory=list)
    moves: list[tuple[StrOrPromise, int]] = field(default_factory=list)
    ends: list[tuple[StrOrPromise, int]] = field(default_factory=list)
    people: list[Membership] = field(default_factory=list)
    is_blocked: bool = False


def preview(stub: Partner, survivor: Partner) -> Preview:
    """What merging ``stub`` into ``survivor`` would do; nothing is changed."""
    both = Membership.objects.filter(partner=survivor).values("user")
    stays = [(one.label, one.rows(stub).count()) for one in STAYS]
    moves = [(one.label, one.rows(stub).count()) for one in MOVES]
    ends = [(one.label, len(one.running(stub, survivor))) for one in YIELDS]
    shared = Membership.objects.filter(partner=stub, user__in=both).select_related("user")
    return Preview(
        _values(stub, survivor),
        [line for line in stays if line[1]],
        [line for line in moves if line[1]],
        [line for line in ends if line[1]],
        list(shared.order_by("user__name")[:50]),
        stands_below(survivor, stub),
    )


def stands_below(partner: Partner, other: Partner) -> bool:
    """Whether ``other`` is a parent of the partner, or of a parent of it."""
    above, passed = partner.parent, set[int]()
    while above is not None and above.pk not in passed:
        if above.pk == other.pk:
            return True
        passed.add(above.pk)
        above = above.parent
    return False


def _values(stub: Partner, survivor: Partner) -> list[Difference]:
    rows = PartnerProfile.objects.filter(valid_to=None, partner__in=(stub, survivor))
    current = {row.partner_id: row for row in rows.select_related("manager")}
    names = (
        (_("Name"), "name"), (_("Web domain"), "domain"), (_("Place"), "place"),
        (_("Distributor or parent"), "parent"), (_("Id in its source"), "external_id"),
    )  # fmt: skip
    found = [Difference(label, _text(stub, name), _text(survivor, name)) for label, name in names]
    for label, name in (
        (_("Type"), "type"), (_("Tier"), "tier"), (_("Region"), "region"),
        (_("Segment"), "segment"), (_("Partner manager"), "manager"),
    ):  # fmt: skip
        mine, theirs = (_text(current.get(one.pk), name) for one in (stub, survivor))
        found.append(Difference(label, mine, theirs))
    return [line for line in found if line.stub or line.survivor]


def _text(row: object, name: str) -> str:
    value = getattr(row, name, None)
    return "" if value is None else str(value)


def merges(actor: Actor) -> QuerySet[PartnerMerge]:
    """Everything that was merged, and what of it was taken apart again."""
    return access.scope(actor, PartnerMerge).select_related("stub", "survivor", "by", "undone_by")
