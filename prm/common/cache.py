"""The cache may be away at any time: then nothing is cached and nothing fails.

Only what guards the sign-in must not be forgotten: while Redis is away, its counters and used
one-time codes live in a table, so that guessing stays limited.
"""

import logging
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)
GUARDS = "allauth"  # the keys of sign-in limits and used codes begin so
TABLE = "common_limit"
REST = 3.0  # seconds before an unreachable server is asked again


def _surviving(name: str, default: Any) -> Callable[..., Any]:
    method = getattr(RedisCache, name)

    def call(self: "SurvivingRedisCache", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= SurvivingRedisCache.away_until:
            try:
                return method(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                SurvivingRedisCache.away_until = time.monotonic() + REST
                log.warning("cache away: %s", type(error).__name__)
        return self.without_redis(name, default, *args, **kwargs)

    return call


class SurvivingRedisCache(RedisCache):
    """Redis as a cache that nobody waits for: an unreachable server means 'not cached'."""

    away_until: ClassVar[float] = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = params.setdefault("OPTIONS", {})
        options.setdefault("socket_connect_timeout", 1)
        options.setdefault("socket_timeout", 1)
        super().__init__(server, params)

    @cached_property
    def table(self) -> DatabaseCache:
        """Where the guards of the sign-in live meanwhile."""
        return DatabaseCache(TABLE, {"OPTIONS": {"MAX_ENTRIES": 100_000}})

    def without_redis(self, name: str, default: Any, *args: Any, **kwargs: Any) -> Any:
        """What an operation answers while the server is away."""
        key = str(args[0] if args else kwargs.get("key", ""))
        if key.startswith(GUARDS):
            return getattr(self.table, name)(*args, **kwargs)
        if name == "get":
            return args[1] if len(args) > 1 else kwargs.get("default")
        return default

    get = _surviving("get", None)
    set = _surviving("set", None)
    add = _surviving("add", True)  # noqa: FBT003
    touch = _surviving("touch", False)  # noqa: FBT003
    delete = _surviving("delete", False)  # noqa: FBT003
    get_many = _surviving("get_many", {})
    set_many = _surviving("set_many", [])
    has_key = _surviving("has_key", False)  # noqa: FBT003
    incr = _surviving("incr", 1)
    clear = _surviving("clear", False)  # noqa: FBT003
