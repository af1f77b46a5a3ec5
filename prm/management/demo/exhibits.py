"""What a new installation cannot show by itself: an import with refused rows, on the real way."""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from prm.common.imports import services
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


def import_accounts(now: datetime) -> int:
    """Import the customers of a CRM's file; returns how many rows were refused. Once only."""
    if Import.objects.exists():
        return 0
    by = User.objects.get(email=sign_ins()[0][1])
    with TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_text(ROWS, encoding="utf-8")
        run = services.new_run(FILE, resource="customer", source="crm", by=by, now=now)
        return services.run_import(run, now=now, path=path).rejected
