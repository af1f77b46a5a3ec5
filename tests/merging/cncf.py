"""The real set of partner programmes, imported, with what is known of it."""

import csv
from collections import defaultdict

from partners.models import Partner
from tests.imports.sets import EXAMPLES, run, sample_folder


def load_cncf() -> dict[str, list[str]]:
    """Import the set; returns the names of each firm (by its Crunchbase page) in two programmes."""
    folder = sample_folder("cncf_partners")
    path = folder / "cncf_partners.csv"
    told = run(
        "import_csv", "partner", str(path), "--source", "cncf",
        "--mapping", str(EXAMPLES / "cncf_partners" / "partner.toml"),
    )  # fmt: skip
    assert Partner.objects.filter(source="cncf").count() == 251, told
    firms, programs = defaultdict(list), defaultdict(set)
    with path.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            firms[row["crunchbase"]].append(row["name"])
            programs[row["crunchbase"]].add(row["program"])
    return {firm: names for firm, names in firms.items() if len(programs[firm]) > 1}
