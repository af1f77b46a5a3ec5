"""Asks every route as one caller: own, foreign and unknown objects; collects what is wrong."""

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from prm.common import access, apidocs
from tests.access import figures, oracles
from tests.access.cast import PRIMES, Caller, Cast
from tests.access.walk import PARAM, PLAIN, Route, routes

UNKNOWN = "0192f000-0000-7000-8000-00000000dead"
SAFE = ("GET", "HEAD")
ALL_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
# Without these the views answer 400 and show nothing.
NEEDED = {
    "api:kpi-detail": "?period=2026-07",
    "api:kpi-series": "?period=2026-07",
    "api:kpi-rows": "?period=2026-07",
    "api:kpi-breakdown": "?period=2026-07&by=partner",
}
SAMPLES = {"currency": "EUR"}
# Addresses typed with a foreign, then with an unknown value: the answers must not differ.
PROBES = (
    "?partner={id}",
    "?partner={id}&state=all",
    "?scope=partner:{id}",
    "?scope=partner:{external}",
    "?scope=manager:{email}",
    "?customer={customer}",
    "?q={name}&state=all",
    "?q={email}&state=all",
    "?q={customer_name}&state=all&export=csv",
    "?name={name}",
    "?external_id={external}",
)
READS = ("?export=csv", "?part=counts", "?export=csv&state=all", "?page=2&sort=-name")


@dataclass
class Report:
    """What was asked and what was wrong."""

    requests: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, *parts: Any) -> None:
        """Something is wrong."""
        self.problems.append(" ".join(str(part) for part in parts))


class Walk:
    """All routes as one caller."""

    def __init__(
        self, cast: Cast, caller: Caller, only: tuple[str, ...] = (), *, probes: bool = True
    ) -> None:
        self.cast, self.caller, self.report = cast, caller, Report()
        self.probes = probes
        self.routes = [
            route
            for route in routes()
            if route.name in access.POLICY and (not only or route.name in only)
        ]
        self.before = oracles.fingerprint()

    def run(self) -> Report:
        """Ask everything."""
        if self.caller.is_thorough:
            self.warm()
        for route in self.routes:
            rule = access.POLICY[route.name]
            for method in self.methods(rule):
                if "public_id" in route.params:
                    self.objects(route, rule, method)
                else:
                    url = route.url(**rest_of(route)) + NEEDED.get(route.name, "")
                    self.ask(route, rule, method, url, "own")
            if self.caller.is_thorough and self.may(rule, route, "GET") == 200:
                self.reads(route, rule)
        if self.caller.sees == "acme" and self.caller.is_thorough:
            self.bodies()
            self.figures()
        self.unchanged("any", "any")
        return self.report

    def only_probes(self) -> Report:
        """Searches and filters alone, on every readable route."""
        for route in self.routes:
            rule = access.POLICY[route.name]
            if not rule.open and self.may(rule, route, "GET") == 200:
                self.reads(route, rule)
        return self.report

    def warm(self) -> None:
        """Others read first, so that an answer kept for them would show."""
        others = [caller for caller in self.cast.callers if caller.name in {"admin", "gil"}]
        for route, other in itertools.product(self.routes, others):
            if "public_id" not in route.params and other is not self.caller:
                Walk.send_as(other, "GET", route.url(**rest_of(route)) + NEEDED.get(route.name, ""))

    def crawl(self) -> dict[str, Any]:
        """Every readable address with its answer, as this caller gets it."""
        found = {}
        for route in self.routes:
            rule = access.POLICY[route.name]
            if rule.open or self.may(rule, route, "GET") != 200:
                continue
            for base in self.bases(route, rule):
                for query in ("", *READS):
                    answer = self.send("GET", _joined(base, query))
                    found[_joined(base, query)] = oracles.likeness(answer)
        return found

    def bases(self, route: Route, rule: access.Rule) -> list[str]:
        """The route's addresses: of one's own first row, or the one that there is."""
        if "public_id" not in route.params:
            return [route.url(**rest_of(route)) + NEEDED.get(route.name, "")]
        own, _foreign = self.cast.own_and_foreign(rule.model, self.caller)
        return [route.url(public_id=row, **rest_of(route)) for row in own[:1]]

    def methods(self, rule: access.Rule) -> list[str]:
        """Every method for thorough callers; else the declared ones and one that is not."""
        if self.caller.is_thorough or rule.open:
            return list(ALL_METHODS)
        spare = next(name for name in ("PUT", "DELETE") if name not in rule.methods)
        return [*rule.methods, spare]

    def may(self, rule: access.Rule, route: Route, method: str) -> int:
        """The status that the policy row asks for; 200 stands for: the view answers."""
        caller, is_api = self.caller, access.is_api(route.path)
        if rule.open:
            return 200
        if not caller.roles or (caller.is_token and not is_api):
            return 401 if is_api else 302
        is_told = "none" not in caller.roles if is_api else rule.is_for(caller.roles)
        other = 405 if is_told else 403  # strangers do not learn which methods a page has
        if method == "OPTIONS" and not is_api:
            return -1  # a page answers OPTIONS with 405 or 403
        if method == "OPTIONS" or (method not in rule.methods and method != "HEAD"):
            return other
        declared = "GET" if method == "HEAD" else method
        if not caller.roles & rule.methods.get(declared, frozenset()):
            return 403 if declared in rule.methods else other
        if caller.is_token and not _covers(caller.scope, rule.scope_name, declared):
            return 403
        return 200

    def objects(self, route: Route, rule: access.Rule, method: str) -> None:
        """One's own rows, foreign ones and one that does not exist."""
        others = {name: PLAIN[name] for name in route.params if name != "public_id"}
        own, foreign = self.cast.own_and_foreign(rule.model, self.caller)
        unknown = self.ask(route, rule, method, route.url(public_id=UNKNOWN, **others), "unknown")
        for row in foreign[:3]:
            url = route.url(public_id=row, **others)
            answer = self.ask(route, rule, method, url, "foreign")
            if oracles.likeness(answer, row) != oracles.likeness(unknown, UNKNOWN):
                self.report.add("foreign differs from unknown:", self.caller.name, method, url)
        for row in own[:2]:
            self.ask(route, rule, method, route.url(public_id=row, **others), "own")

    def ask(self, route: Route, rule: access.Rule, method: str, url: str, whose: str) -> Any:
        """One request, held against status (O1), canaries (O2) and the database (O3)."""
        expected = self.may(rule, route, method)
        if expected == 200 and whose != "own":
            expected = 404
        may_write = expected == 200 and method not in SAFE
        with transaction.atomic(), oracles.writes() as written:
            answer = self.send(method, url)
            transaction.set_rollback(may_write)
        oracles.forget_messages(self.caller.client)
        self.judge(answer, method, url, whose, expected)
        if written and not may_write:
            self.unchanged(method, url)
        return answer

    def unchanged(self, method: str, url: str) -> None:
        """O3: every row is as it was."""
        now = oracles.fingerprint()
        tables = [name for name, value in now.items() if self.before.get(name) != value]
        if tables:
            self.report.add("changed the database:", self.caller.name, method, url, tables)
        self.before = now

    def send(self, method: str, url: str) -> Any:
        """The request itself."""
        self.report.requests += 1
        return Walk.send_as(self.caller, method, url)

    @staticmethod
    def send_as(caller: Caller, method: str, url: str) -> Any:
        """A request as anybody."""
        more = {} if method in SAFE else {"data": "{}", "content_type": "application/json"}
        if method == "POST" and not access.is_api(url):
            more = {"data": {}}
        return getattr(caller.client, method.lower())(url, **more)

    def judge(self, answer: Any, method: str, url: str, whose: str, expected: int) -> None:
        """O1 and O2."""
        status, who = answer.status_code, self.caller.name
        refused = {302, 401, 403, 404} if self.caller.roles else {302, 403}
        if status >= 500:
            self.report.add("error of ours:", who, method, url, status)
        elif expected == 200 and status in refused - {302}:
            self.report.add("refused but allowed:", who, method, url, status)
        elif expected not in {200, -1} and status != expected:
            self.report.add("status", status, "instead of", expected, who, method, url, whose)
        if expected == 302 and "/login/" not in answer.get("Location", ""):
            self.report.add("not to sign-in:", who, method, url)
        self.scan(answer, method, url)

    def scan(self, answer: Any, method: str, url: str, *typed: str) -> None:
        """O2: nothing of the competitor for those who look after, or are, somebody else."""
        if self.caller.sees == "all":
            return
        theirs = "acme" if self.caller.sees == "globex" else "globex"
        if theirs == "acme":
            return  # Acme's rows carry no canaries; foreign ids are asked for in `objects`
        for hit in oracles.canaries_in(answer, self.cast, self.caller.sees, *typed, *_ids(url)):
            self.report.add("canary:", self.caller.name, method, url, hit)

    def reads(self, route: Route, rule: access.Rule) -> None:
        """Lists, exports and searches: variants of a readable address."""
        bases = self.bases(route, rule)
        for base, query in itertools.product(bases, READS):
            answer = self.send("GET", _joined(base, query))
            self.scan(answer, "GET", _joined(base, query))
        if self.caller.sees != "acme" or not self.probes:
            return
        for base, probe in itertools.product(bases, PROBES):
            self.probe(base, probe)

    def figures(self) -> None:
        """Every KPI: sums of all may be told to the vendor's people, foreign names and ids not."""
        is_staff = bool(self.caller.roles & access.STAFF_ROLES)
        for route, url in figures.addresses(self.routes):
            if self.may(access.POLICY[route.name], route, "GET") != 200:
                continue
            answer = self.send("GET", url)
            if answer.status_code not in ({200} if is_staff else {200, 400, 404}):
                self.report.add("status", answer.status_code, self.caller.name, url)
            for hit in oracles.canaries_in(answer, self.cast, self.caller.sees):
                if not (is_staff and hit in map(str, PRIMES)):
                    self.report.add("canary:", self.caller.name, "GET", url, hit)

    def bodies(self) -> None:
        """Ids in bodies: a foreign one and an unknown one are refused alike, and change nothing."""
        foreign, nothing = _typed(self.cast)
        for route in self.routes:
            rule = access.POLICY[route.name]
            for method, (fields, needed) in relations(route.path).items():
                if self.may(rule, route, method) != 200:
                    continue
                for base, name in itertools.product(self.bases(route, rule), fields):
                    kind = "customer" if name == "customer" else "id"
                    bodies = [needed | {name: one[kind]} for one in (foreign, nothing)]
                    self.compare_bodies(method, base, name, bodies)

    def compare_bodies(
        self, method: str, url: str, name: str, bodies: list[dict[str, str]]
    ) -> None:
        """The same request twice, with one id and with the other."""
        answers = []
        for body in bodies:
            with transaction.atomic():
                answer = getattr(self.caller.client, method.lower())(
                    url, json.dumps(body), content_type="application/json"
                )
                transaction.set_rollback(True)
            self.report.requests += 1
            answers.append(oracles.likeness(answer, body[name]))
        if answers[0] != answers[1]:
            self.report.add("foreign id in a body shows:", self.caller.name, method, url, name)

    def probe(self, base: str, probe: str) -> None:
        """A foreign value and one that does not exist get the same answer."""
        foreign, nothing = _typed(self.cast)
        answers = []
        for values in (foreign, nothing):
            url = _joined(base, probe.format(**values))
            answer = self.send("GET", url)
            typed = sorted(values.values(), key=len, reverse=True)
            if answer.status_code >= 500:
                self.report.add("error of ours:", self.caller.name, "GET", url)
            self.scan(answer, "GET", url, *typed)
            answers.append(oracles.likeness(answer, *typed))
        if answers[0] != answers[1]:
            self.report.add("foreign value shows:", self.caller.name, "GET", base + probe)


def relations(path: str) -> dict[str, tuple[list[str], dict[str, str]]]:
    """By method: the fields of a route's body that take an id, and what else it needs."""
    described = apidocs.schema()["paths"].get(PARAM.sub(lambda one: "{" + one["name"] + "}", path))
    found = {}
    for verb in ("post", "patch"):
        whole = apidocs.body_of((described or {}).get(verb, {}))
        fields = whole.get("properties", {})
        ids = [name for name, kind in fields.items() if kind.get("format") == "uuid"]
        needed = {name: SAMPLES.get(name, "x") for name in whole.get("required", [])}
        found[verb.upper()] = (ids, needed)
    return found


def _joined(base: str, query: str) -> str:
    """An address with one more piece of query."""
    return base + (query.replace("?", "&", 1) if "?" in base else query)


def _covers(scope: str, name: str, method: str) -> bool:
    if name == "*":
        return method == "GET"
    return scope == f"{name}:{'read' if method == 'GET' else 'write'}"


def rest_of(route: Route) -> dict[str, str]:
    """What stands for the parameters of a route that name no row."""
    return {name: PLAIN[name] for name in route.params if name != "public_id"}


def _ids(url: str) -> list[str]:
    """The ids that the address itself names."""
    return [part for part in url.replace("?", "/").split("/") if part.count("-") == 4]


def _typed(cast: Cast) -> tuple[dict[str, str], dict[str, str]]:
    """What belongs to Globex, and the same that belongs to nobody, of equal length."""
    world = cast.world
    foreign = {
        "id": str(world.globex.public_id),
        "customer": str(world.foreign_customer.public_id),
        "name": "Globex",
        "customer_name": "Hooli",
        "email": world.gil.user.email or "",
        "external": "zq7f3a-id",
    }
    nothing = {
        "id": UNKNOWN,
        "customer": UNKNOWN,
        "name": "Xqwzkv",
        "customer_name": "Xqwzk",
        "email": "x" * (len(foreign["email"]) - 12) + "@example.org",
        "external": "xxxxxx-id",
    }
    return foreign, nothing
