"""What stands in README.txt of the archive, in the user's language."""

from datetime import datetime
from typing import Literal

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, Language] = ("en", "fr")

_EN = """\
Your data in CRM Google Sync
============================

Everything that is kept about you, as of {at} (UTC).

contacts.vcf      Your contacts as vCards, for Google Contacts, Apple Contacts, Outlook and
                  other address books. Archived contacts are left out.
calendar.ics      Your appointments as an iCalendar file, for Google Calendar, Apple Calendar,
                  Outlook and other calendars. Archived and cancelled ones are left out.
contacts.csv      Your contacts as a table, archived ones too.
appointments.csv  Your appointments as a table, archived ones too. A series is one row, and each
                  occurrence that differs is another that names its series.
consents.csv      Every change of a contact's consent to e-mail: when, by whom, from what to what.
import-sheet.csv  The Google contacts that were offered to you, and what you picked for them.
activity.csv      What the sync changed in the last 30 days.
conflicts.csv     Values that lost when both sides had changed, and wait for you to look at them.
everything.json   All of this and the rest, for programs: your settings, how each sync stands,
                  which records belong together, your imports.

Tables. They open in a spreadsheet. A cell that a spreadsheet would take for a formula (a phone
number that begins with +, say) has an apostrophe in front. To take your contacts to another
program, use contacts.vcf.

Not in here. The permission that Google gave us is kept encrypted and is not part of this file:
it could be used in your name. Fingerprints by which changes are noticed are left out as well:
nothing can be read from them.

Keep this file safe. It holds other people's names, addresses and birthdays.
"""

_FR = """\
Vos données dans CRM Google Sync
================================

Tout ce qui est conservé à votre sujet, en date du {at} (UTC).

contacts.vcf      Vos contacts en vCards, pour Google Contacts, Contacts d’Apple, Outlook et
                  d’autres carnets d’adresses. Les contacts archivés n’y sont pas.
calendar.ics      Vos rendez-vous en fichier iCalendar, pour Google Agenda, Calendrier d’Apple,
                  Outlook et d’autres agendas. Ceux qui sont archivés ou annulés n’y sont pas.
contacts.csv      Vos contacts en tableau, y compris ceux qui sont archivés.
appointments.csv  Vos rendez-vous en tableau, y compris ceux qui sont archivés. Une série est une
                  ligne; chaque occurrence qui diffère en est une autre, qui nomme sa série.
consents.csv      Chaque changement du consentement d’un contact à recevoir des courriels : quand,
                  par qui, de quoi à quoi.
import-sheet.csv  Les contacts Google qui vous ont été proposés, et vos choix pour chacun.
activity.csv      Ce que la synchronisation a changé au cours des 30 derniers jours.
conflicts.csv     Les valeurs écartées quand les deux côtés avaient changé, et qui attendent que
                  vous les regardiez.
everything.json   Tout cela et le reste, pour les programmes : vos paramètres, l’état de chaque
                  synchronisation, les fiches qui vont ensemble, vos importations.

Tableaux. Ils s’ouvrent dans un tableur. Une cellule qu’un tableur prendrait pour une formule (un
numéro de téléphone qui commence par +, par exemple) est précédée d’une apostrophe. Pour emporter
vos contacts dans un autre programme, servez-vous de contacts.vcf.

Ce qui n’y est pas. L’autorisation que Google nous a donnée est conservée chiffrée et ne fait pas
partie de ce fichier : elle permettrait d’agir en votre nom. Les empreintes qui servent à remarquer
les changements n’y sont pas non plus : on ne peut rien y lire.

Gardez ce fichier en lieu sûr. Il contient les noms, adresses et anniversaires d’autres personnes.
"""

_TEXTS = {"en": _EN, "fr": _FR}


def readme(language: Language, at: datetime) -> bytes:
    """The text. at: when the export was made, in UTC."""
    # With the line ends and the mark by which Windows reads it too.
    return _TEXTS[language].format(at=f"{at:%Y-%m-%d %H:%M}").replace("\n", "\r\n").encode("utf-8-sig")
