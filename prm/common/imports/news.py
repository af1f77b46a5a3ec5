"""What whoever started an import is told when it has ended: they can leave meanwhile."""

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from prm.common import access
from prm.common.display import number
from prm.common.imports.models import Import
from prm.common.notices.kinds import Kind, declare
from prm.common.notices.services import notify

LONG = 10_000  # rows: shorter files are done while the person watches
GROUP = _("Imports")
SEE = _("See the import")
RUNS = access.RUNS_PROGRAM
BY_MAIL = _("By mail for files of 10,000 rows or more; shorter ones are done while you watch.")


def _done(run: Import, args: dict[str, Any]) -> str:
    words = {"file": run.file_name, "n": number(args["rows"])}
    if args["checked"]:
        return (
            ngettext(
                "%(file)s is checked: %(n)s row, none refused",
                "%(file)s is checked: %(n)s rows, none refused",
                args["rows"],
            )
            % words
        )
    return (
        ngettext(
            "%(file)s is imported: %(n)s row", "%(file)s is imported: %(n)s rows", args["rows"]
        )
        % words
    )


def _refused(run: Import, args: dict[str, Any]) -> str:
    words = {"file": run.file_name, "n": number(args["refused"])}
    if args["checked"]:
        text = ngettext(
            "%(file)s is checked: %(n)s row would be refused",
            "%(file)s is checked: %(n)s rows would be refused",
            args["refused"],
        )
    else:
        text = ngettext(
            "%(file)s is imported: %(n)s row was refused",
            "%(file)s is imported: %(n)s rows were refused",
            args["refused"],
        )
    return text % words


def _failed(run: Import, _args: dict[str, Any]) -> str:
    return now_("%(file)s could not be imported. Nothing of it is stored.") % {
        "file": run.file_name
    }


DONE = declare(
    Kind("import_done", _("Your import has ended"), GROUP, "upload", RUNS, _done, SEE, BY_MAIL)
)
REFUSED = declare(
    Kind("import_refused", _("Rows of your import were refused"), GROUP, "triangle-alert", RUNS,
         _refused, SEE, BY_MAIL)
)  # fmt: skip
FAILED = declare(
    Kind("import_failed", _("Your import broke off"), GROUP, "circle-alert", RUNS, _failed, SEE)
)


def tell_ended(run: Import, *, now: datetime) -> None:
    """A run has ended, in the transaction in which it did; nobody is told of the command line."""
    if run.by is None:
        return
    kind = REFUSED if run.rejected else DONE
    if run.state == Import.State.FAILED:
        kind = FAILED
    notify(
        kind,
        [run.by],
        key=f"{run.public_id}/{run.tries}/{run.state}/{int(run.dry_run)}",
        url=reverse("imports:import_detail", args=[run.public_id]),
        about=run,
        args={"rows": run.rows_read, "refused": run.rejected, "checked": run.dry_run},
        mail=kind is FAILED or run.rows_read >= LONG,
        now=now,
    )
