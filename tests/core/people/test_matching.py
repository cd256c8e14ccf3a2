import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmsync.core.model import Contact, Email, Phone
from crmsync.core.people.matching import claims, linked_claim, resolve
from crmsync.core.state import Candidate, Claim
from tests.core.records import CANON, candidate, quick

ANN = Contact(given_name="Ann", family_name="Martin", emails=(Email("ann@example.com"),))


def offered(key: str, contact: Contact, **changes: object) -> Candidate:
    """A candidate as it is made from a Google contact."""
    shown = {
        "name": f"{contact.given_name} {contact.family_name}".strip() or "(No name)",
        "emails": tuple(item.value for item in contact.emails),
        "phones": tuple(item.value for item in contact.phones),
        "match_keys": CANON.match_keys(contact),
    }
    return candidate(key, **shown | changes)


def claimed_by(contact: Contact, *candidates: Candidate) -> dict[str, Claim]:
    return claims("crm-1", contact, CANON.match_keys(contact), candidates)


def claim(crm: str, *, agrees: bool = True) -> Claim:
    return Claim(crm, "Ann Martin", "email", agrees)


def test_a_shared_address_claims_whatever_its_case() -> None:
    theirs = offered("g1", Contact(given_name="Ann", emails=(Email("ANN@Example.com"),)))
    assert claimed_by(ANN, theirs) == {"g1": Claim("crm-1", "Ann Martin", "email", agrees=True)}


def test_a_shared_number_and_name_claims_a_shared_number_alone_does_not() -> None:
    ours = Contact(given_name="Ann", family_name="Martin", phones=(Phone("416-555-0199"),))
    same = offered("g1", Contact(given_name="ann", family_name="MARTIN", phones=(Phone("+14165550199"),)))
    other = offered("g2", Contact(given_name="Bob", family_name="Martin", phones=(Phone("+14165550199"),)))
    found = claimed_by(ours, same, other)
    assert found == {"g1": Claim("crm-1", "Ann Martin", "phone_and_name", agrees=True)}


def test_another_name_at_the_same_address_claims_but_does_not_agree() -> None:
    theirs = offered("g1", Contact(given_name="Bob", family_name="Martin", emails=ANN.emails))
    assert not claimed_by(ANN, theirs)["g1"].agrees


def test_a_nameless_candidate_agrees_whatever_stands_in_for_its_name() -> None:
    for stand_in in ("(No name)", "ann@example.com", "Maple Homes"):
        theirs = offered("g1", Contact(emails=ANN.emails), name=stand_in, organization="Maple Homes")
        assert claimed_by(ANN, theirs)["g1"].agrees, stand_in


@pytest.mark.parametrize("changes", [{"status": "linked"}, {"status": "gone"}, {"distinct": ("crm-1",)}])
def test_what_is_decided_or_distinct_is_not_claimed(changes: dict[str, object]) -> None:
    assert claimed_by(ANN, offered("g1", ANN, **changes)) == {}


def test_a_linked_record_is_named_on_the_sheet_unless_the_user_said_it_is_another_person() -> None:
    theirs = offered("g1", ANN)
    assert linked_claim("crm-9", ANN, theirs, CANON) == Claim("crm-9", "Ann Martin", "email", agrees=True)
    assert linked_claim("crm-9", ANN, offered("g1", ANN, distinct=("crm-9",)), CANON) is None
    assert linked_claim("crm-9", Contact(given_name="Ann"), theirs, CANON) is None


# --- 4b rows 4a and 4b ----------------------------------------------------------------------------------


def test_row_4a_one_claims_one_and_agrees_is_linked() -> None:
    one, other = candidate("g1", claims=(claim("c1"),)), candidate("g2", claims=(claim("c2"),))
    resolution = resolve([one, other])
    assert resolution.links == ((one, "c1"), (other, "c2"))
    assert resolution.ambiguous == {}


@pytest.mark.parametrize(
    ("candidates", "ambiguous"),
    [
        ([candidate("g1", claims=(claim("c1", agrees=False),))], {"c1": ("g1",)}),
        (
            [candidate("g1", claims=(claim("c1"),)), candidate("g2", claims=(claim("c1"),))],
            {"c1": ("g1", "g2")},
        ),
        ([candidate("g1", claims=(claim("c1"), claim("c2")))], {"c1": ("g1",), "c2": ("g1",)}),
        ([candidate("g1", claims=(claim("c1"),), linked_match=claim("c9"))], {"c1": ("g1",)}),
    ],
    ids=["names disagree", "several candidates", "several CRM records", "a linked record too"],
)
def test_row_4b_ambiguous_is_held_back(
    candidates: list[Candidate], ambiguous: dict[str, tuple[str, ...]]
) -> None:
    resolution = resolve(candidates)
    assert resolution.links == ()
    assert resolution.ambiguous == ambiguous


def test_what_the_user_called_a_different_person_no_longer_stands_in_the_way() -> None:
    both = (claim("c1"), claim("c2"))
    one = candidate("g1", claims=both, distinct=("c2",), linked_match=claim("c9"))
    assert resolve([one]).ambiguous == {"c1": ("g1",)}
    free = candidate("g1", claims=both, distinct=("c2", "c9"), linked_match=claim("c9"))
    assert resolve([free]).links == ((free, "c1"),)


def test_candidates_that_are_settled_count_for_nothing() -> None:
    one = candidate("g1", claims=(claim("c1"),))
    assert resolve([one, candidate("g2", status="linked", claims=(claim("c1"),))]).links == ((one, "c1"),)


crm_ids = st.sampled_from(["c1", "c2", "c3"])
claim_lists = st.lists(st.builds(claim, crm_ids, agrees=st.booleans()), max_size=3, unique_by=lambda c: c.crm)


@quick
@given(st.lists(claim_lists, max_size=4))
def test_resolving_accounts_for_every_claim_and_links_nothing_twice(lists: list[list[Claim]]) -> None:
    candidates = [candidate(f"g{i}", claims=tuple(found)) for i, found in enumerate(lists)]
    resolution = resolve(candidates)
    linked = [crm for _, crm in resolution.links]
    assert len(linked) == len(set(linked))
    assert set(linked) | set(resolution.ambiguous) == {c.crm for found in lists for c in found}
    assert not set(linked) & set(resolution.ambiguous)
    assert resolve(candidates[::-1]).ambiguous == resolution.ambiguous
