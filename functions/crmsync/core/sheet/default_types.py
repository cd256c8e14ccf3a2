"""The contact types that the product comes with: those of real-estate agents in Canada."""

from crmsync.core.sheet.contact_types import ContactTypes, Detail, Type, Value


def _label(en: str, fr: str) -> dict[str, str]:
    return {"en": en, "fr": fr}


def _detail(name: str, en: str, fr: str, *values: tuple[str, str, str]) -> Detail:
    return Detail(name, _label(en, fr), tuple(Value(id, _label(*words)) for id, *words in values))


_TEMPERATURE = _detail(
    "temperature",
    "Temperature",
    "Intérêt",
    ("new", "New", "Nouveau"),
    ("hot", "Hot", "Chaud"),
    ("warm", "Warm", "Tiède"),
    ("cold", "Cold", "Froid"),
)
_HORIZON = _detail(
    "horizon",
    "Time horizon",
    "Horizon",
    ("unknown", "Unknown", "Inconnu"),
    ("lt1m", "< 1 month", "< 1 mois"),
    ("lt3m", "< 3 months", "< 3 mois"),
    ("lt6m", "< 6 months", "< 6 mois"),
    ("lt1y", "< 1 year", "< 1 an"),
    ("lt2y", "< 2 years", "< 2 ans"),
    ("lt3y", "< 3 years", "< 3 ans"),
    ("lt5y", "< 5 years", "< 5 ans"),
    ("lt7y", "< 7 years", "< 7 ans"),
)
_TRANSACTION = _detail(
    "transaction",
    "Transaction",
    "Transaction",
    ("buyer", "Buyer", "Acheteur"),
    ("seller", "Seller", "Vendeur"),
    ("both", "Buyer & Seller", "Acheteur et vendeur"),
    ("unknown", "Unknown", "Inconnue"),
)
_GRADE = _detail("grade", "Grade", "Cote", *((grade, grade, grade) for grade in "ABCD"))
_CATEGORY = _detail(
    "category",
    "Category",
    "Catégorie",
    ("agent", "Agent", "Courtier immobilier"),
    ("lawyer", "Lawyer", "Avocat ou notaire"),
    ("mover", "Mover", "Déménageur"),
    ("stager", "Stager", "Valorisation résidentielle"),
    ("lender", "Lender", "Prêteur"),
    ("inspector", "Inspector", "Inspecteur"),
    ("other", "Other", "Autre"),
)

DEFAULT_TYPES = ContactTypes(
    (
        Type("lead", _label("Lead", "Client potentiel"), (_TEMPERATURE, _HORIZON, _TRANSACTION)),
        Type("contact", _label("Contact", "Contact"), (_GRADE,)),
        Type("business", _label("Business Contact", "Contact d’affaires"), (_CATEGORY,)),
    )
)
