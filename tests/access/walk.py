"""Lists every route of the URL map: name, address, converters, view."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

# What stands for a parameter that names no row of ours (every KPI is asked in `figures`).
PLAIN = {
    "key": "win_rate",
    "slug": "prm",
    "digest": "none",
    "suffix": "png",
    "resource": "deal",
    "secret": "nothing",
}
PARAM = re.compile(r"<(?:(?P<kind>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True)
class Route:
    """One pattern of the URL map."""

    name: str
    path: str
    view: Any
    is_regex: bool

    @property
    def params(self) -> dict[str, str]:
        """Parameter → converter."""
        return {found["name"]: found["kind"] or "str" for found in PARAM.finditer(self.path)}

    def url(self, **values: str) -> str:
        """The address with these values."""
        return PARAM.sub(lambda found: values[found["name"]], self.path)


def _walk(resolver: URLResolver, prefix: str, spaces: tuple[str, ...]) -> Iterator[Route]:
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern, path, inner)
        elif isinstance(pattern, URLPattern):
            name = ":".join((*spaces, pattern.name or f"unnamed:{path}"))
            yield Route(name, path, pattern.callback, isinstance(pattern.pattern, RegexPattern))


@functools.cache
def routes() -> tuple[Route, ...]:
    """All routes, in the order of the URL map."""
    return tuple(_walk(get_resolver(), "/", ()))
