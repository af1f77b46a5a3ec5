"""The partners and people of the demo's story, by name."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """A partner of the story. ``joined`` and ``trend`` count in days and months before today.

    ``weight`` is its part of the partner revenue; ``tiers`` goes from the oldest to today's;
    ``trend`` multiplies its business in the last ``turn`` months, gradually.
    """

    name: str
    type: str
    tier: str
    region: str
    country: str
    city: str
    weight: float
    joined: int
    trend: float = 1.0
    turn: int = 12
    tier_before: str = ""
    ended: int = 0
    people: tuple[tuple[str, str], ...] = ()


MANAGED, INTEGRATOR = "Managed services", "Systems integrator"
AMERICA, PACIFIC, UK = "North America", "Japan & Pacific", "UK & Ireland"

PARTNERS = (
    Role("Nordlys Data", "Reseller", "Platinum", "Nordics", "Finland", "Oulu", 142, 2300, 1.35,
         people=(("Sanna Lindqvist", "admin,sales"), ("Mikael Virta", "technical"))),
    Role("Fjordline IT", "Reseller", "Gold", "Nordics", "Norway", "Bergen", 88, 1900, 1.1,
         people=(("Erik Haugen", "admin,sales"), ("Silje Moen", "sales"))),
    Role("Hartwell Group", INTEGRATOR, "Platinum", UK, "United Kingdom", "Leeds", 128, 2600),
    Role("Maru Solutions", MANAGED, "Gold", PACIFIC, "Japan", "Nagoya", 97, 1150, 1.9,
         tier_before="Silver"),
    Role("Oakline Consulting", INTEGRATOR, "Gold", AMERICA, "United States", "Denver", 84, 2100),
    Role("Sagrada Tech", "Reseller", "Gold", "Iberia", "Spain", "Zaragoza", 72, 1700, 1.2),
    Role("Kestrel IT", "Reseller", "Gold", UK, "United Kingdom", "Bristol", 55, 1500, 0.8),
    Role("Tidepool Networks", MANAGED, "Silver", AMERICA, "United States", "Austin", 48, 900, 1.6,
         tier_before="Registered", people=(("Dana Ruiz", "admin,sales"),)),
    Role("Brightwater Systems", "Reseller", "Gold", AMERICA, "United States", "Columbus", 78, 1710,
         0.12, turn=9, people=(("Marcus Webb", "admin,sales"), ("Priya Nair", "technical"),
                               ("Tom Okafor", "sales"))),
    Role("Fernhill Digital", "Referral", "Silver", "Benelux", "Netherlands", "Utrecht", 36, 1200),
    Role("Larkspur Labs", "Technology", "Silver", AMERICA, "Canada", "Calgary", 31, 1000, 1.6),
    Role("Quillon Partners", "Referral", "Registered", "DACH", "Germany", "Kassel", 18, 800),
    Role("Delta Ridge MSP", MANAGED, "Registered", PACIFIC, "Australia", "Adelaide", 16, 190),
    Role("Oakline Advisory", INTEGRATOR, "Silver", AMERICA, "United States", "Portland", 18, 1400),
    Role("Stonebridge Telecom", "Reseller", "Silver", UK, "Ireland", "Cork", 30, 1600, 0.4,
         ended=75),
)  # fmt: skip
NORDLYS, FJORDLINE, OAKLINE, KESTREL, BRIGHTWATER, STUB = 0, 1, 4, 6, 8, 13
SILENT_DAYS = 34  # since anybody of Brightwater signed in
MERGED_DAYS = 110  # since Oakline Advisory turned out to be Oakline Consulting

# The vendor's people: name, role. The first two can sign in.
STAFF = (
    ("Robin Hale", "admin"),
    ("Elena Ward", "channel_manager"),
    ("Noor Bakker", "operations"),
    ("Simon Achebe", "finance_prepare"),
    ("Lucía Ferrer", "finance_approve"),
    ("Margaret Lindholm", "executive"),
)
MANAGERS = ("Elena Ward", "Jonas Albrecht", "Priya Raman", "Hana Ito", "Callum Reyes")
# Territories beside the portfolio: manager, region.
TERRITORIES = ((0, "Nordics"), (1, AMERICA), (2, UK), (3, PACIFIC), (4, "DACH"))
# Customers of the waiting registrations, with the age in working days and an amount in dollars.
QUEUE = (
    ("Hollis & Reed Logistics", 7, 14, 86_000),
    ("Port of Vaasa", 0, 11, 64_000),
    ("Caldera Foods", 4, 3, 41_000),
    ("Ibérica Seguros", 5, 2, 38_000),
    ("Thornbury Hospitals", 2, 1, 92_000),
    ("Kanda Robotics", 3, 1, 57_000),
    ("Mossvale Schools", 9, 0, 12_000),
    ("Aster Biologics", 10, 0, 29_000),
)
