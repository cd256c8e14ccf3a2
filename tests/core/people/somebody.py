"""Contacts in a line, for tests of who is who."""

from collections.abc import Sequence

from crmsync.core.model import Address, Birthday, Contact, Email, Phone
from crmsync.core.people.assignment import Tie, ties
from crmsync.core.people.comparison import Findings, Shared, compare
from crmsync.core.people.evidence import Evidence, prepare


def contact(
    name: str = "",
    *,
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    born: tuple[int, int, int] | None = None,
    lives: tuple[str, str, str] | None = None,
    organization: str = "",
    suffix: str = "",
    middle: str = "",
    nickname: str = "",
) -> Contact:
    """name: "Given|Family", or a whole name for the given name's field. lives: street, town, postal code."""
    given, _, family = name.partition("|")
    return Contact(
        given_name=given,
        family_name=family,
        middle_name=middle,
        suffix=suffix,
        nickname=nickname,
        organization=organization,
        emails=tuple(map(Email, emails)),
        phones=tuple(map(Phone, phones)),
        birthday=Birthday(born[1], born[2], born[0] or None) if born else None,
        addresses=(Address(street=lives[0], city=lives[1], postal_code=lives[2]),) if lives else (),
    )


def evidence(of: Contact) -> Evidence:
    return prepare(of, "CA")


def compared(a: Contact, b: Contact, shared: Shared | None = None) -> Findings:
    """The findings, which are the same either way."""
    one, other = evidence(a), evidence(b)
    found = compare(one, other, shared or Shared())
    assert found == compare(other, one, shared or Shared())
    return found


def met(crm: Sequence[Contact], google: Sequence[Contact]) -> dict[tuple[str, str], str]:
    """The verdicts between two sides: {("c0", "g1"): "same"}."""
    return {(tie.left, tie.right): tie.verdict.kind for tie in tied(crm, google)}


def tied(crm: Sequence[Contact], google: Sequence[Contact]) -> list[Tie]:
    left = {f"c{number}": evidence(each) for number, each in enumerate(crm)}
    right = {f"g{number}": evidence(each) for number, each in enumerate(google)}
    return ties(left, right)
