import json
import time

import pytest

from crmsync.core.model import Address, Contact, Email, Phone
from crmsync.core.people.evidence import prepare
from crmsync.core.people.facts import ADDRESSES, contact_of, facts_of
from crmsync.core.people.match_keys import match_keys
from crmsync.core.people.person_name import NAME_LENGTH
from crmsync.core.sheet.candidates import candidate_from
from crmsync.core.state import Observation
from crmsync.core.text.titles import title_of
from tests.contracts.samples import FULL_CONTACT
from tests.core.people.somebody import contact
from tests.core.records import CANON, NOON, candidate


@pytest.mark.parametrize(
    "of",
    [
        FULL_CONTACT,
        contact("John|Stone", suffix="Jr", phones=["416-555-0180"], born=(1972, 8, 9)),
        contact("M.|Roy", born=(0, 2, 29), lives=("1 Elm St", "Guelph", "N1H 2B2"), nickname="Mo"),
        contact(organization="Acme Plumbing", phones=["416-555-0101"]),
        contact(emails=["a@a.example"]),
        contact(),
    ],
)
def test_a_candidate_is_known_as_well_as_its_contact(of: Contact) -> None:
    observed = Observation("1f", "people/c31", "people/c31", "e", NOON, False, of)
    made = candidate_from(observed, 1, CANON)
    assert json.loads(json.dumps(made.facts)) == made.facts
    assert prepare(contact_of(made), "CA") == prepare(of, "CA")


def test_no_more_is_kept_than_is_needed() -> None:
    long = contact("x" * 5000, lives=("y" * 5000, "", ""))
    facts = facts_of(Contact(given_name=long.given_name, addresses=long.addresses * 50))
    assert len(str(facts)) < (ADDRESSES + 2) * (NAME_LENGTH + 50)


@pytest.mark.parametrize(("shown", "name"), [("Ann Roy", "annroy"), ("a@a.example", ""), ("(No name)", "")])
def test_one_that_was_kept_without_facts_is_known_by_what_is_shown(shown: str, name: str) -> None:
    row = candidate("g1", name=shown, emails=("a@a.example",), phones=("416-555-0101",))
    found = contact_of(row)
    assert (found.emails, found.phones) == ((Email("a@a.example"),), (Phone("416-555-0101"),))
    assert prepare(found, "CA").name.whole == name


@pytest.mark.parametrize(
    "facts", [{"birthday": 7}, {"birthday": {"day": 1}}, {"addresses": [1, {}]}, {"suffix": 3}]
)
def test_what_is_kept_wrongly_says_nothing(facts: dict[str, object]) -> None:
    found = contact_of(candidate("g1", facts=facts))
    assert title_of(found) == title_of(Contact())


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "(" * 50_000, "é, " * 30_000, "& " * 50_000, "x@" * 50_000, "\u202e\x00\ud800"]
)
def test_hostile_values_take_no_time(text: str) -> None:
    of = Contact(
        given_name=text,
        family_name=text,
        suffix=text,
        nickname=text,
        organization=text,
        emails=(Email(text),) * 40,
        phones=(Phone(text),) * 40,
        addresses=(Address(street=text, city=text, postal_code=text),) * 40,
    )
    started = time.process_time()
    assert match_keys(CANON, of) == match_keys(CANON, of)
    facts_of(of)
    assert time.process_time() - started < 2
