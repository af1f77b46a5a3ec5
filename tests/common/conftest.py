"""Fixtures of the tests of what all rooms share."""

from tests.common.listground import ground  # noqa: F401
