"""What people do with saved views: save, rename, share, delete. Each is audited."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from prm.common import audit
from prm.common.access import Actor
from prm.common.errors import InvalidInput, NotAllowed
from prm.common.models import SavedView, User
from prm.common.savedviews.places import known_query

MOST = 30  # views of one person and list


def _named(name: str) -> str:
    """Raises InvalidInput for a name that is empty or too long."""
    name = " ".join(name.replace("\0", "").split())
    if not name:
        raise InvalidInput(_("Give the view a name."), "name")
    if len(name) > 60:
        raise InvalidInput(_("Choose a name of at most 60 letters."), "name")
    return name


def _user(actor: Actor) -> User:
    if actor.user is None:
        raise NotAllowed(_("Sign in to save views."))
    return actor.user


@transaction.atomic
def save_view(
    actor: Actor, *, list_key: str, name: str, query: str, is_shared: bool, now: datetime
) -> SavedView:
    """Keep a list as it is seen now; a view of the same name is replaced.

    Only what the list knows is kept, and only the vendor's people share. Raises InvalidInput for
    an unknown list, no name, or more views than one person keeps.
    """
    user, name = _user(actor), _named(name)
    known = known_query(actor, list_key, query)[:2000]
    own = SavedView.objects.select_for_update().filter(owner=user, list_key=list_key)
    view = own.filter(name=name).first()
    if view is None and own.count() >= MOST:
        raise InvalidInput(
            _("You have %(n)s views of this list. Delete one that you no longer use.") % {"n": MOST}
        )
    before = audit.snapshot(view, ["query", "is_shared"]) if view else {}
    after = {"query": known, "is_shared": is_shared and actor.is_staff}
    view, _is_new = SavedView.objects.update_or_create(
        owner=user, list_key=list_key, name=name, defaults=after
    )
    audit.record(
        "view.save", view, by=user, now=now, before=before,
        after={"list": list_key, "name": name, **after},
    )  # fmt: skip
    return view


@transaction.atomic
def rename_view(view: SavedView, *, name: str, by: User | None, now: datetime) -> SavedView:
    """Give a view another name. Raises InvalidInput for a name that is empty or taken."""
    view, name = SavedView.objects.select_for_update().get(pk=view.pk), _named(name)
    if name == view.name:
        return view
    before = {"name": view.name}
    view.name = name
    try:
        with transaction.atomic():  # asking before would miss a name that another tab takes now
            view.save(update_fields=["name", "updated_at"])
    except IntegrityError as taken:
        sentence = _("You have a view of this name. Choose another one.")
        raise InvalidInput(sentence, "name") from taken
    audit.record("view.rename", view, by=by, now=now, before=before, after={"name": name})
    return view


@transaction.atomic
def share_view(view: SavedView, *, is_shared: bool, by: User | None, now: datetime) -> SavedView:
    """Let colleagues see a view, or keep it to oneself again.

    Raises NotAllowed for people of partners: what they save is theirs alone.
    """
    view = SavedView.objects.select_for_update().get(pk=view.pk)
    if view.is_shared == is_shared:
        return view
    if is_shared and not view.owner.staff_role:
        raise NotAllowed(_("Views of the portal cannot be shared."))
    view.is_shared = is_shared
    view.save(update_fields=["is_shared", "updated_at"])
    audit.record("view.share", view, by=by, now=now, after={"is_shared": is_shared})
    return view


@transaction.atomic
def delete_view(view: SavedView, *, by: User | None, now: datetime) -> None:
    """Remove a view. The list and its rows stay as they are."""
    audit.record(
        "view.delete", view, by=by, now=now,
        before={"list": view.list_key, "name": view.name, "query": view.query},
    )  # fmt: skip
    view.delete()
