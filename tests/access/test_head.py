"""HEAD is GET without the body: whatever can be opened can be asked about."""

import pytest

from prm.common import access
from tests.access.cast import Cast, cast  # noqa: F401  (a fixture)
from tests.access.harness import NEEDED, PLAIN
from tests.access.walk import Route, routes


def address(route: Route, cast: Cast, who: str) -> str | None:  # noqa: F811
    """The route's address with a row that this caller may know of; None without one."""
    values = {name: PLAIN.get(name, "") for name in route.params}
    if "public_id" in values:
        model = access.POLICY[route.name].model
        own, _foreign = cast.own_and_foreign(model, cast.caller(who))
        if not own:
            return None
        values["public_id"] = own[0]
    return route.url(**values) + NEEDED.get(route.name, "")


@pytest.mark.django_db
@pytest.mark.parametrize(("who", "least"), [("anonymous", 5), ("admin", 60), ("pat", 15)])
def test_what_answers_get_answers_head(cast: Cast, who: str, least: int) -> None:  # noqa: F811
    client, asked, refused = cast.caller(who).client, 0, []
    for route in routes():
        rule = access.POLICY.get(route.name)
        if rule is None or ("GET" not in rule.methods and not rule.open):
            continue
        url = address(route, cast, who)
        if url is None or client.get(url).status_code != 200:
            continue
        asked += 1
        if (status := client.head(url).status_code) != 200:
            refused.append(f"HEAD {url}: {status}")
    assert not refused, "\n".join(refused)
    assert asked >= least
