"""The words of the demo world: regions, people, products, and what invented names are made of."""


def listed(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


VENDOR = "Aldermoor"
VENDOR_DOMAIN = "aldermoor.example"

TYPES = ("Reseller", "Systems integrator", "Managed services", "Referral", "Technology")
TIERS = ("Registered", "Silver", "Gold", "Platinum")
SEGMENTS = ("Small business", "Mid-market", "Enterprise")
REGIONS = (
    "North America",
    "UK & Ireland",
    "Nordics",
    "DACH",
    "Iberia",
    "Benelux",
    "Japan & Pacific",
)
REGION_SHARES = (46, 28, 17, 17, 10, 6, 24)

# region: its countries with a share, their currency and some cities
COUNTRIES: dict[str, tuple[tuple[str, int, str, tuple[str, ...]], ...]] = {
    "North America": (
        ("United States", 38, "USD", ("Denver", "Austin", "Columbus", "Portland", "Raleigh")),
        ("Canada", 8, "CAD", ("Calgary", "Halifax", "Ottawa")),
    ),
    "UK & Ireland": (
        ("United Kingdom", 22, "GBP", ("Leeds", "Bristol", "Norwich", "Cardiff", "Dundee")),
        ("Ireland", 6, "EUR", ("Cork", "Galway", "Limerick")),
    ),
    "Nordics": (
        ("Sweden", 6, "SEK", ("Uppsala", "Malmö", "Umeå")),
        ("Norway", 4, "NOK", ("Bergen", "Trondheim")),
        ("Denmark", 4, "DKK", ("Aarhus", "Odense")),
        ("Finland", 3, "EUR", ("Tampere", "Oulu", "Vaasa")),
    ),
    "DACH": (
        ("Germany", 11, "EUR", ("Kassel", "Leipzig", "Ulm", "Bremen")),
        ("Austria", 3, "EUR", ("Graz", "Linz")),
        ("Switzerland", 3, "CHF", ("Basel", "Winterthur")),
    ),
    "Iberia": (
        ("Spain", 7, "EUR", ("Zaragoza", "Valencia", "Bilbao")),
        ("Portugal", 3, "EUR", ("Braga", "Coimbra")),
    ),
    "Benelux": (
        ("Netherlands", 4, "EUR", ("Utrecht", "Groningen")),
        ("Belgium", 2, "EUR", ("Ghent", "Leuven")),
    ),
    "Japan & Pacific": (
        ("Japan", 13, "JPY", ("Nagoya", "Sendai", "Fukuoka")),
        ("Australia", 11, "AUD", ("Adelaide", "Hobart", "Perth")),
    ),
}
# one unit in US dollars at the beginning; it wanders from month to month
RATES = {
    "EUR": 1.08,
    "GBP": 1.25,
    "CAD": 0.74,
    "SEK": 0.095,
    "NOK": 0.094,
    "DKK": 0.145,
    "CHF": 1.12,
    "JPY": 0.0069,
    "AUD": 0.66,
}
REPORT_CURRENCY = "USD"
NO_RATE = "SGD"  # a currency that somebody forgot to give a rate

PRODUCTS = ("Flow Enterprise", "Flow Team", "Flow Analytics", "Flow Connect", "Flow Field")
ENDEAVOURS = ("", " pilot", "", " expansion", "", " phase 2", "", " rollout", "")
STAGES = (
    ("discovery", "Discovery", "0.1000"),
    ("qualified", "Qualified", "0.2500"),
    ("proposal", "Proposal", "0.5000"),
    ("negotiation", "Negotiation", "0.7500"),
)
TOUCHES = ("intro", "workshop", "poc", "demo", "exec_call", "joint_call", "discovery", "email")
REJECTIONS = (
    "Already in work with our own team",
    "Existing customer of another partner",
    "No named contact and no budget",
    "Outside the agreed territory",
)
END_REASONS = ("not_renewed", "terminated", "insolvent", "dormant")

FIRST_NAMES = listed(
    """Ada Aino Akira Alba Alex Amara Anders Anja Astrid Ben Bruno Carla Chloe Clara Daan Dario
    Diego Ebba Elias Emma Erin Eva Felix Fiona Freya Gabriel Greta Hanna Haruto Hugo Ines
    Ingrid Isla Ivo Jan Jonas Joris Julia Kai Karin Kenji Lara Lars Lea Leo Liam Lina Lotte
    Lucas Luisa Maja Marco Marta Mateo Mei Mia Mika Nadia Nils Nina Nora Oskar Owen Paula
    Pedro Petra Rafael Ren Rosa Ruben Ryo Sara Saskia Selma Silas Sofia Sven Tara Theo Tilda
    Tom Vera Yuki Zoe"""
)
LAST_NAMES = listed(
    """Abbott Almeida Andersson Aoki Barros Becker Bergman Blom Bouwman Brandt Byrne Campos
    Carlsen Castell Clarke Costa Dahl Dekker Doyle Eklund Endo Falk Fischer Foley Fraser
    Garrido Graf Hansen Hayashi Heikkinen Herrera Holm Hughes Ibarra Ito Jansen Jensen Keane
    Keller Kimura Koskinen Kruger Lam Lange Larsen Lindgren Lopes Madsen Marsh Mendes Mori
    Murray Navarro Nielsen Nolan Novak Okada Olsen Ortega Palmer Peeters Pinto Quinn Ramos
    Reid Rossi Ruiz Saito Salo Santos Schmid Serra Sharma Silva Soler Stewart Strand Sutter
    Tanaka Torres Ueda Vega Vidal Visser Vogt Wagner Walsh Weber Wilde Winter Wolff Young
    Zeller"""
)

# invented roots: beginning + end, e.g. Bramwick, Fennholt
BEGINNINGS = listed(
    """Alder Amber Arden Ash Aster Birken Black Bram Bright Calder Cedar Clover Copper Crest Dove
    Drift Elder Ember Fair Fenn Fern Field Flint Fox Gale Glen Gold Grey Harrow Hazel Heather
    Hollow Iron Ivy Kings Kite Lake Lark Linden Long Maple Marl Mill Moor Moss North Oak
    Orchard Otter Pine Quarry Raven Reed River Rowan Salt Sea Silver Stone Summer Swift Thorn
    Tide Vale Water West White Wild Willow Winter Wren Yarrow"""
)
ENDS = listed(
    """beck berg bourne bridge brook bury by crest croft dale don fall ford gate grove ham haven
    holt hurst land lea ley lock mark mere more ness path port quist ridge rock shaw side
    stead strand thwaite ton vale vik wall ward way well wick wood worth"""
)
PARTNER_ENDS = {
    "Reseller": ("Systems", "Technologies", "IT", "Computing", "Data", "Software", "Solutions"),
    "Systems integrator": ("Consulting", "Group", "Integration", "Engineering", "Advisory"),
    "Managed services": ("Networks", "Managed IT", "Cloud", "Operations", "Services", "Hosting"),
    "Referral": ("Digital", "Partners", "Associates", "Advisors", "Agency"),
    "Technology": ("Labs", "Apps", "Analytics", "Platforms", "Works"),
}
CUSTOMER_ENDS = listed(
    """Logistics Foods Clinics Robotics Schools Marine Textiles Energy Freight Timber Bank
    Insurance Hotels Pharma Motors Paper Ceramics Dairy Rail Airports Housing Museums
    Publishing Retail Breweries Optics Steel Farms Water Hospitals College Council Packaging
    Chemicals Fashion Toys Media Glass Furniture Tools"""
)
PASSWORD_WORDS = listed("amber birch cedar delta ember fern grove heron iris jade kite larch")
