"""What a new installation cannot show by itself: imports that ended in every way there is."""

from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from prm.common.imports import drafts, services
from prm.common.imports.models import Import
from prm.common.models import User
from prm.management.demo.people import sign_ins

FILE = "crm-accounts-nordics.csv"
ROWS = """\
customer_id,name,region,country,segment,domain
ACC-1001,Aker Polar Logistics,Nordics,NO,Enterprise,akerpolar.example
ACC-1002,Bergkvist Timber,Nordics,SE,Mid-market,bergkvist.example
ACC-1003,Copenhagen Cold Stores,Nordics,DK,Mid-market,coldstores.example
ACC-1004,Dalarna Tools,Nordics,SE,Small business,dalarnatools.example
ACC-1002,Bergkvist Timber AB,Nordics,SE,Mid-market,bergkvist.example
ACC-1005,Esbjerg Offshore Supply,Nordics,DK,Enterprise,esbjergsupply.example
,,Nordics,FI,Mid-market,finnwood.example
ACC-1006,Fjordline Foods,Nordics,NO,Mid-market,fjordlinefoods.example
ACC-1007,Gotland Wind,Nordics,SE,Enterprise,gotlandwind.example
ACC-1004,Dalarna Verktyg,Nordics,SE,Small business,dalarnatools.example
ACC-1008,Hamar Paper,Nordics,NO,Mid-market,hamarpaper.example
"""
IBERIA = """\
customer_id,name,region,country,segment
ACC-2001,Aceites del Ebro,Iberia,ES,Mid-market
ACC-2002,Braga Ceramics,Iberia,PT,Small business
"""
# The name of the file, its rows, days ago: each one ends in another way.
UNDONE = ("crm-accounts-test.csv", IBERIA.replace("ACC-2", "TEST-2"), 6)
FAILED = ("accounts-export.csv", "number;remark\n1;see the other sheet\n", 5)
STOPPED = ("crm-accounts-all.csv", IBERIA.replace("ACC-2", "ALL-2"), 4)
CHECKED = ("crm-accounts-iberia.csv", IBERIA, 1)
DRAFT = ("crm-accounts-dach.csv", IBERIA.replace("Iberia", "DACH").replace("ACC-2", "ACC-3"), 0)


def import_accounts(now: datetime) -> int:
    """Import the customers of a CRM's file; returns how many rows were refused. Once only."""
    if Import.objects.exists():
        return 0
    by = User.objects.get(email=sign_ins()[0][1])
    with TemporaryDirectory() as folder:
        _others(Path(folder), by, now)
        path = Path(folder) / FILE
        path.write_text(ROWS, encoding="utf-8")
        run = services.new_run(FILE, resource="customer", source="crm", by=by, now=now)
        return services.run_import(run, now=now, path=path).rejected


def _others(folder: Path, by: User, now: datetime) -> None:
    """Taken back, failed, stopped, checked only, and one whose columns are being matched."""

    def at(days: int) -> datetime:
        return now - timedelta(days=days)

    def prepared(name: str, text: str, days: int) -> Import:
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return drafts.prepare_import(path, resource="customer", source="crm", by=by, now=at(days))

    undone = services.run_import(prepared(*UNDONE), now=at(UNDONE[2]))
    services.undo_import(undone, by=by, now=at(UNDONE[2]) + timedelta(minutes=9))
    services.run_import(prepared(*FAILED), now=at(FAILED[2]))
    stopped = prepared(*STOPPED)
    Import.objects.filter(pk=stopped.pk).update(state=Import.State.WAITING)
    drafts.stop_import(stopped, by=by, now=at(STOPPED[2]) + timedelta(seconds=4))
    checked = prepared(*CHECKED)
    checked.dry_run = True
    checked.save(update_fields=["dry_run"])
    services.run_import(checked, now=at(CHECKED[2]))
    prepared(*DRAFT)
