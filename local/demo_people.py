"""People in both the demo CRM and the simulated Google accounts: what a first sync links, or asks about.

All are invented; domains are those reserved for examples, numbers those reserved for fiction (555-01xx).
"""

from __future__ import annotations

_PEOPLE = (
    ("Amélie", "Tremblay", "amelie.tremblay@mail.example.com", "+1 514 555 0101"),
    ("Benjamin", "Okafor", "ben.okafor@mail.example.com", "+1 416 555 0102"),
    ("Chiara", "Rossi", "chiara.rossi@mail.example.net", "+1 604 555 0103"),
    ("Daniel", "Nguyen", "daniel.nguyen@mail.example.com", "+1 403 555 0104"),
    ("Élodie", "Gagnon", "elodie.gagnon@mail.example.org", "+1 418 555 0105"),
    ("Fatima", "Haddad", "fatima.haddad@mail.example.com", "+1 613 555 0106"),
    ("George", "Papadopoulos", "george.p@mail.example.net", "+1 905 555 0107"),
    ("Harpreet", "Gill", "harpreet.gill@mail.example.com", "+1 778 555 0108"),
    ("Ines", "Fernández", "ines.fernandez@mail.example.org", "+1 647 555 0109"),
    ("Jack", "O’Connor", "jack.oconnor@mail.example.com", "+1 902 555 0110"),
    ("Keiko", "Tanaka", "keiko.tanaka@mail.example.net", "+1 236 555 0111"),
    ("Lukas", "Müller", "lukas.mueller@mail.example.com", "+1 519 555 0112"),
    ("Mei", "Wong", "mei.wong@mail.example.org", "+1 604 555 0113"),
    ("Nikolai", "Petrov", "nikolai.petrov@mail.example.com", "+1 204 555 0114"),
    ("Olivia", "Smith", "olivia.smith@mail.example.net", "+1 416 555 0115"),
    ("Patrick", "Bouchard", "patrick.bouchard@mail.example.com", "+1 438 555 0116"),
    ("Quentin", "Leblanc", "quentin.leblanc@mail.example.org", "+1 506 555 0117"),
    ("Rania", "Mansour", "rania.mansour@mail.example.com", "+1 437 555 0118"),
    ("Sofia", "Kowalska", "sofia.kowalska@mail.example.net", "+1 587 555 0119"),
    ("Thomas", "Brown", "thomas.brown@mail.example.com", "+1 250 555 0120"),
    ("Uma", "Krishnan", "uma.krishnan@mail.example.org", "+1 365 555 0121"),
    ("Victor", "Silva", "victor.silva@mail.example.com", "+1 289 555 0122"),
    ("Wei", "Chen", "wei.chen@mail.example.net", "+1 343 555 0123"),
    ("Yasmine", "Benali", "yasmine.benali@mail.example.com", "+1 579 555 0124"),
    ("Zoë", "Campbell", "zoe.campbell@mail.example.org", "+1 825 555 0125"),
)


NICKNAMED = {
    "crm": ("William", "Fraser", "william.fraser@work.example.net", "+1 519 555 0131"),
    "google": ("Bill", "Fraser", "", "519.555.0131"),
}
"""One person under two given names: the same telephone, no e-mail at Google. The sheet asks."""

SPOUSE = ("Marc", "Tremblay", "amelie.tremblay@mail.example.com", "(514) 555-0199")
"""Who shares the mailbox of Amélie, and is somebody else. The sheet asks."""

COPY = ("Daniel", "Nguyen", "", "403-555-0104")
"""A second entry at Google of somebody whom the first sync links, with the telephone alone."""


def overlap() -> list[dict[str, str]]:
    """The 25 people, each with `given_name`, `family_name`, `email` and `phone` (international form)."""
    names = ("given_name", "family_name", "email", "phone")
    return [dict(zip(names, person, strict=True)) for person in _PEOPLE]
