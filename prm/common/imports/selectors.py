"""Who may know of which imports."""

from django.db.models import QuerySet

from prm.common import access
from prm.common.access import Actor
from prm.common.imports.models import Import, ImportMapping, ImportProblem


@access.rows_of(Import)
def imports_of(actor: Actor) -> QuerySet[Import]:
    """All for those who run the programme; nobody else loads data."""
    return Import.objects.all() if actor.has(*access.RUNS_PROGRAM) else Import.objects.none()


@access.rows_of(ImportProblem)
def problems_of(actor: Actor) -> QuerySet[ImportProblem]:
    """The refused rows of the imports that the actor may know of."""
    return ImportProblem.objects.filter(run__in=access.scope(actor, Import))


@access.rows_of(ImportMapping)
def mappings_of(actor: Actor) -> QuerySet[ImportMapping]:
    """Saved mappings belong to the programme, not to the person who saved them."""
    runs = actor.has(*access.RUNS_PROGRAM)
    return ImportMapping.objects.all() if runs else ImportMapping.objects.none()
