from dataclasses import replace

from crmsync.core.model import Contact, Email, Phone
from crmsync.core.people.match_keys import MATCH_KEYS, match_keys
from tests.core.people.somebody import contact
from tests.core.records import CANON


def shared(one: Contact, other: Contact) -> set[str]:
    return set(match_keys(CANON, one)) & set(match_keys(CANON, other))


def test_an_address_a_number_and_a_name_are_each_enough_however_they_are_written() -> None:
    assert shared(contact(emails=["A@x.example"]), contact("Bob|Roy", emails=["b@x.example", "a@X.example"]))
    assert shared(contact(emails=["gmaildots@gmail.com"]), contact(emails=["gmail.dots+crm@gmail.com"]))
    assert shared(contact("Bob", phones=["416-555-0199"]), contact("Ann", phones=["+1 416 555 0199,,123#"]))
    assert shared(contact("Zoé|Müller"), contact("MULLER Zoe"))
    assert not shared(contact("Zoe|Muller"), contact("Zoe|Quist"))
    assert not shared(contact(emails=["n/a"]), contact(emails=["n/a"])), "what is no address matches nobody"


def test_they_say_nothing_of_anybody() -> None:
    for key in match_keys(CANON, contact("Ann|Roy", emails=["ann@x.example"], phones=["416-555-0199"])):
        assert len(key) == 16
        int(key, 16)


def test_they_are_few_enough_for_one_query_and_the_same_in_any_order() -> None:
    many = Contact(
        given_name="Ann",
        emails=tuple(Email(f"a{i}@x.example") for i in range(20)),
        phones=tuple(Phone(f"41655501{i}") for i in range(10, 30)),
    )
    assert len(match_keys(CANON, many)) == MATCH_KEYS
    turned = replace(many, emails=many.emails[::-1], phones=many.phones[::-1])
    assert match_keys(CANON, many) == match_keys(CANON, turned)
