"""The vendor's people, the partners' people, and who of them can sign in."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

import numpy as np
from django.conf import settings

from prm.common.models import User
from prm.management.demo import cast, names, words
from prm.management.demo.network import Network, managers
from prm.management.demo.plan import NULL, Array, Plan, office_hours

WITHOUT_PEOPLE = 0.07
MORE_PEOPLE, MOST_PEOPLE = 2.1, 9
INACTIVE_PART = 0.04
OTHER_ROLES = ("sales", "sales", "technical", "marketing", "finance", "read_only")
NO_PASSWORD = "!demo"  # noqa: S105 (Django's mark of a person without password)


def email_of(name: str, domain: str) -> str:
    """``Noor Bakker`` → ``noor.bakker@…``."""
    return f"{names.ascii_word(name).replace('-', '.')}@{domain}"


def password_of(email: str) -> str:
    """The demo password of a person: derived from this installation's secret, so nobody knows it
    who does not see the sign-ins that the command prints."""
    secret = settings.SECRET_KEY.encode()
    digest = hmac.new(secret, f"demo:{email}".encode(), hashlib.sha256).digest()
    word = words.PASSWORD_WORDS[digest[0] % len(words.PASSWORD_WORDS)]
    return f"{word}-{base64.b32encode(digest[1:6]).decode().lower()}"


def sign_ins() -> list[tuple[str, str]]:
    """Who can sign in: role and e-mail of an admin, a channel manager, and two competitors."""
    rows = [(role.replace("_", " "), email_of(name, words.VENDOR_DOMAIN))
            for name, role in cast.STAFF[:2]]  # fmt: skip
    for place in (cast.NORDLYS, cast.FJORDLINE):
        partner = cast.PARTNERS[place]
        email = email_of(partner.people[0][0], domain_of(partner.name))
        rows.append((f"partner ({partner.name})", email))
    return rows


def domain_of(name: str) -> str:
    """A partner's web domain, of those that never exist."""
    return f"{names.ascii_word(name)}.example"


def make_staff(plan: Plan) -> list[User]:
    """Store the vendor's people; returns the channel managers."""
    more = names.people_names(plan.random("staff"), managers(plan.partners))
    named = [*cast.STAFF, *((name, "channel_manager") for name in cast.MANAGERS[1:])]
    taken = {name for name, _role in named}
    extra = [name for name in dict.fromkeys(more) if name not in taken]
    missing = managers(plan.partners) - len(cast.MANAGERS)
    named += [(name, "channel_manager") for name in extra[:missing]]
    known = {email for _role, email in sign_ins()}
    users = []
    for name, role in named:
        user = User(email=email_of(name, words.VENDOR_DOMAIN), name=name, staff_role=role)
        user.is_staff = user.is_superuser = role == "admin"
        if user.email in known:
            user.set_password(password_of(str(user.email)))
        else:
            user.set_unusable_password()
        users.append(user)
    stored = User.objects.bulk_create(users)
    return [user for user in stored if user.staff_role == "channel_manager"]


@dataclass
class People:
    """One place in each array for each person of a partner, partner after partner."""

    partner: Array
    name: list[str]
    email: list[str]
    password: list[str]
    roles: list[str]
    since: Array  # places in plan.work
    since_at: Array
    is_active: Array
    first_of_partner: Array  # and, last, the number of people

    def __len__(self) -> int:
        return len(self.name)


def make_people(plan: Plan, network: Network) -> People:
    """Some partners have nobody with a sign-in, most a few, the first one being the admin."""
    from django.contrib.auth.hashers import make_password

    dice, n = plan.random("people"), len(network)
    count = np.minimum(1 + dice.poisson(MORE_PEOPLE, n), MOST_PEOPLE)
    count[dice.random(n) < WITHOUT_PEOPLE] = 0
    told = np.array([len(role.people) for role in cast.PARTNERS])
    count[: len(told)] = np.maximum(told, np.maximum(count[: len(told)], 1))
    partner = np.repeat(np.arange(n), count)
    first = np.concatenate([[0], np.cumsum(count)])
    named = names.people_names(dice, len(partner))
    role = dice.integers(0, len(OTHER_ROLES), len(partner)).tolist()
    roles = [OTHER_ROLES[which] for which in role]
    for place in first[:-1][count > 0].tolist():
        roles[place] = "admin,sales"
    for number, member in enumerate(cast.PARTNERS):
        for offset, (name, told_roles) in enumerate(member.people):
            named[first[number] + offset], roles[first[number] + offset] = name, told_roles
    emails = _emails(network, partner, named)
    known = {email: make_password(password_of(email)) for _role, email in sign_ins()[2:]}
    joined = network.joined[partner]
    until = np.where(network.ended == NULL, plan.last, network.ended)[partner]
    since = joined + (dice.beta(0.6, 2.2, len(partner)) * (until - joined)).astype(int)
    is_first = np.isin(np.arange(len(partner)), first[:-1])
    active = is_first | (dice.random(len(partner)) >= INACTIVE_PART)
    since = np.where(is_first, joined, since)
    return People(
        partner=partner,
        name=named,
        email=emails,
        password=[known.get(email, NO_PASSWORD) for email in emails],
        roles=["{" + text + "}" for text in roles],
        since=since,
        since_at=plan.instants(since, office_hours(dice, len(partner), 8, 9)),
        is_active=active,
        first_of_partner=first,
    )


def _emails(network: Network, partner: Array, named: list[str]) -> list[str]:
    """Addresses at the partner's domain, none twice."""
    domains, known, emails = [domain_of(name) for name in network.name], set(), []
    for who, name in zip(partner.tolist(), named, strict=True):
        email, nth = email_of(name, domains[who]), 1
        while email in known:
            nth += 1
            email = email_of(f"{name} {nth}", domains[who])
        known.add(email)
        emails.append(email)
    return emails


@dataclass
class Logins:
    """One place in each array for each sign-in."""

    person: Array
    at: Array
    is_impersonated: Array


def make_logins(plan: Plan, network: Network, people: People, n: int) -> Logins:
    """Who came when: busy partners often, some never, Brightwater not any more."""
    dice = plan.random("logins")
    has_people = np.diff(people.first_of_partner) > 0
    zeal = np.sqrt(network.weight) * dice.gamma(1.1, 1.0, len(network)) * has_people
    zeal[dice.random(len(network)) < 0.08] *= 0.02  # they have people who hardly ever come
    zeal[: len(cast.PARTNERS)] = np.maximum(zeal[: len(cast.PARTNERS)], zeal.mean() * 1.5)
    months = plan.at_or_after(plan.months)
    leaves = np.where(network.ended == NULL, plan.last + 1, network.ended)[:, None]
    low = np.maximum(months[:-1], network.joined[:, None] + 1)
    high = np.minimum(months[1:], np.minimum(leaves, plan.last + 1))
    weight = zeal[:, None] * np.maximum(0, high - low) * np.linspace(0.65, 1.1, low.shape[1])
    counts = dice.multinomial(n, (weight / weight.sum()).ravel())
    partner, month = np.divmod(np.repeat(np.arange(len(counts)), counts), low.shape[1])
    place = low[partner, month]
    place = place + (dice.random(n) * (high[partner, month] - place)).astype(int)
    first = people.first_of_partner[partner]
    there = people.first_of_partner[partner + 1] - first
    person = first + (dice.random(n) ** 2 * there).astype(int)
    person = np.where((people.since[person] < place) & people.is_active[person], person, first)
    silent = plan.at_or_before(np.datetime64(plan.last_day) - cast.SILENT_DAYS)
    kept = np.flatnonzero((partner != cast.BRIGHTWATER) | (place <= silent))
    kept = kept[np.argsort(place[kept], kind="stable")]
    at = plan.instants(place, office_hours(dice, n, 9, 21))
    impersonated = dice.random(n) < 0.004
    return Logins(person[kept], at[kept], impersonated[kept])
