"""Where people live and work: cities with their postal codes and area codes, streets, firms, jobs."""

from __future__ import annotations

from dataclasses import dataclass

from bench.identity.names import Language, words


@dataclass(frozen=True, slots=True)
class City:
    """A city: its province, the first half of its postal codes, its area codes, the language most use."""

    name: str
    region: str
    sortation: tuple[str, ...]
    area_codes: tuple[str, ...]
    language: Language


CITIES = (
    City("Montréal", "QC", ("H2X", "H3K", "H1V", "H4C"), ("514", "438"), "fr"),
    City("Toronto", "ON", ("M4C", "M5V", "M6H", "M2N"), ("416", "647", "437"), "en"),
    City("Québec", "QC", ("G1R", "G1S", "G2E"), ("418", "581"), "fr"),
    City("Laval", "QC", ("H7N", "H7W"), ("450", "579"), "fr"),
    City("Vancouver", "BC", ("V6B", "V5K", "V5T"), ("604", "778", "236"), "en"),
    City("Ottawa", "ON", ("K1N", "K2P"), ("613", "343"), "en"),
    City("Gatineau", "QC", ("J8X", "J8T"), ("819", "873"), "fr"),
    City("Mississauga", "ON", ("L5B", "L5M"), ("905", "289", "365"), "en"),
    City("Calgary", "AB", ("T2P", "T3A"), ("403", "587", "825"), "en"),
    City("Longueuil", "QC", ("J4K", "J4H"), ("450", "579"), "fr"),
    City("Sherbrooke", "QC", ("J1H", "J1L"), ("819", "873"), "fr"),
    City("Edmonton", "AB", ("T5J", "T6E"), ("780", "825"), "en"),
    City("Winnipeg", "MB", ("R3C", "R2M"), ("204", "431"), "en"),
    City("Hamilton", "ON", ("L8P", "L9C"), ("905", "289"), "en"),
    City("London", "ON", ("N6A", "N5Y"), ("519", "226", "548"), "en"),
    City("Halifax", "NS", ("B3J", "B3M"), ("902",), "en"),
    City("Trois-Rivières", "QC", ("G9A", "G8T"), ("819",), "fr"),
    City("Saguenay", "QC", ("G7H", "G7X"), ("418", "581"), "fr"),
    City("Victoria", "BC", ("V8W", "V9A"), ("250", "236", "672"), "en"),
    City("Moncton", "NB", ("E1C", "E1A"), ("506",), "fr"),
    City("Saskatoon", "SK", ("S7K",), ("306", "639"), "en"),
    City("Sudbury", "ON", ("P3E",), ("705", "249"), "en"),
    City("Kelowna", "BC", ("V1Y",), ("250",), "en"),
    City("St. John's", "NL", ("A1C",), ("709",), "en"),
    City("Thunder Bay", "ON", ("P7B",), ("807",), "en"),
    City("Charlottetown", "PE", ("C1A",), ("902",), "en"),
)
"""Largest first."""

FREE_OF_CHARGE = ("800", "888", "877", "866")
STREETS = {
    "en": words(
        """
        Main Maple Elm Oak King Queen Church Park Victoria Wellington Cedar Pine Birch Lakeshore Mill
        Station Dundas Bay River Hillcrest Sunnyside Willow Forest Highland Prospect Spruce Regent Duke
        College Centre
        """
    ),
    "fr": words(
        """
        Principale Saint-Denis Sherbrooke Notre-Dame Sainte-Catherine Saint-Joseph des_Érables du_Parc
        Cartier Papineau Saint-Laurent de_l'Église du_Moulin des_Pins des_Bouleaux Saint-Jean Laurier
        Champlain Frontenac de_la_Montagne des_Lilas Beaubien Rachel Saint-Hubert Gouin du_Lac Saint-Paul
        des_Ormes Monk Wolfe
        """
    ),
}
TRADES_EN = (
    ("Plumbing", "plumber"),
    ("Electric", "electrician"),
    ("Roofing", "roofer"),
    ("Movers", "mover"),
    ("Home Inspection", "inspector"),
    ("Landscaping", "gardener"),
    ("Painting", "painter"),
    ("Staging", "stager"),
    ("Law Office", "lawyer"),
    ("Mortgages", "mortgage broker"),
    ("Photography", "photographer"),
    ("Insurance", "insurance broker"),
)
"""What a firm does, and what one calls a person who does it."""

TRADES_FR = (
    ("Plomberie", "plombier"),
    ("Électricité", "électricien"),
    ("Toitures", "couvreur"),
    ("Déménagement", "déménageur"),
    ("Inspection", "inspecteur"),
    ("Paysagiste", "paysagiste"),
    ("Peinture", "peintre"),
    ("Notaires", "notaire"),
    ("Hypothèques", "courtier hypothécaire"),
    ("Photo", "photographe"),
    ("Assurances", "courtier d'assurances"),
    ("Rénovation", "entrepreneur"),
)
EMPLOYERS = (
    "Maple Leaf Community Bank",
    "Caisse du Fleuve",
    "Hôpital Sainte-Anne",
    "Lakeside General Hospital",
    "Centre scolaire des Rives",
    "Northern School Board",
    "Université du Cap",
    "Borealis Airlines",
    "Hydro du Nord",
    "Ville de Rivemont",
    "Prairie Telecom",
    "Magasins Lavigueur",
    "Great Bay Insurance",
    "Ministère des Rivages",
    "Cedar & Pine Realty",
    "Immobilier Trois-Pignons",
    "Harbour Logistics",
    "Atlas Engineering",
    "Groupe Conseil Opale",
    "Silverbirch Software",
)
"""Where many people work who know nothing of each other."""

JOBS = {
    "en": (
        "Teacher",
        "Nurse",
        "Engineer",
        "Manager",
        "Analyst",
        "Accountant",
        "Sales",
        "Director",
        "Technician",
    ),
    "fr": ("Comptable", "Gestionnaire", "Analyste", "Ventes", "Architecte", "Ergonome", "Secrétariat"),
}
MAIL_DOMAINS = (
    "mail.example",
    "courriel.example",
    "inbox.example",
    "poste.example",
    "home.example",
    "fibre.example",
    "nordnet.example",
    "webmail.example",
)
"""Where private people have their mailboxes."""

HANDLES = words(
    """
    hockeyfan skimom gardenlover bluejay canoe sirop puckhead lakelife soleil chaton bigmoose guitarguy
    quilter velo tricot marathon loonie boreal redwagon poutine birdwatch sailor papillon campfire snowbird
    """
)
"""Mailboxes that say nothing of a name."""
