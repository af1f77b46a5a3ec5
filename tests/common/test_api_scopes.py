"""API scopes and their words."""

from prm.common import access


def test_every_scope_of_the_api_says_what_it_is_about() -> None:
    """The page of tokens shows the words; a scope without them would break it."""
    administrator = access.Actor(kind="staff", roles=frozenset({"admin"}))
    names = {scope.partition(":")[0] for scope in access.scopes_for(administrator)}
    assert names >= {"customers", "deals", "imports", "kpis", "partners"}
    assert names <= set(access.SCOPE_WORDS)
