"""Routes of other packages: sign-in (allauth) and the back office (Django admin).

Their doors are their own, so each is named here: a new one fails the build until somebody has
looked at who may open it.
"""

from pathlib import Path

FOREIGN = frozenset(Path(__file__).with_name("foreign_routes.txt").read_text().split())
BACK_OFFICE = "/admin/"
EVERYBODYS = {"/admin/login/"}
EXAMPLES = {
    r"/accounts/^confirm-email/(?P<key>[-:\w]+)/$": "/accounts/confirm-email/abc/",
    r"/accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": (
        "/accounts/password/reset/key/1-abc/"
    ),
    r"/admin/(?P<url>.*)$": "/admin/nothing/",
}


def example(path: str) -> str:
    """An address of this route."""
    if path.startswith("/admin/^(?P<app_label>"):
        return "/admin/partners/"
    known = EXAMPLES.get(path, path)
    for name in ("<path:object_id>", "<path:content_type_id>"):
        known = known.replace(name, "1")
    return known
