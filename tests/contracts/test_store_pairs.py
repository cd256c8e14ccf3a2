"""Links and candidates in the store: lookups, the sheet's tabs, filters and pages, and what they cost."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.account import ImportRounds
from crmsync.core.model import Resource
from crmsync.core.state import Base, Candidate, Choice, Claim
from crmsync.store.documents.meter import MeteredDocuments
from crmsync.store.ports import (
    CandidateQuery,
    DropCandidate,
    DropLink,
    PutCandidate,
    PutLink,
    SheetFilter,
)
from crmsync.store.repository import DocumentStore
from tests.contracts.samples import FULL_CANDIDATE, HOSTILE, NOW, candidate, link
from tests.scopes import ANN, BOB

OPEN = CandidateQuery("open")
DECLINED = CandidateQuery("declined")
IMPORTED = CandidateQuery("imported")
FRESH = ImportRounds()
BOTH: tuple[Resource, ...] = ("contacts", "calendar")


def only(*filters: SheetFilter, **more: Any) -> CandidateQuery:
    return replace(OPEN, filters=frozenset(filters), **more)


def offer(store: DocumentStore, *candidates: Candidate) -> None:
    store.commit(ANN, [PutCandidate(one) for one in candidates])


def keys(store: DocumentStore, query: CandidateQuery, rounds: ImportRounds = FRESH) -> list[str]:
    found, after = store.candidate_page(ANN, query, rounds, None, 100)
    assert after is None
    assert store.count_candidates(ANN, query, rounds) == len(found)
    return [one.key for one in found]


# --- links


def test_a_link_comes_back_unchanged_and_is_replaced_under_its_version(store: DocumentStore) -> None:
    whole = link(
        resource="calendar",
        base=Base({"a": "", "b": ("x", "y"), "c": (), "local": "1"}, {"a": "", "b": ("y",), "remote": "2"}),
        rich=frozenset({"emails", "phones"}),
        match_keys=("m1", "m2"),
        canon_version=0,
        state="quarantined",
        problem="too_many",
        region="FR",
        tries=3,
        tried="f00",
        stuck="etag",
        retry_at=NOW,
        generation=2,
        made_here=True,
        made_crm=True,
        named=True,
    )
    for one in (whole, link("k2"), link(HOSTILE, name=HOSTILE, base=Base())):
        version = store.commit(ANN, [PutLink(one)]).versions[one.key]
        assert store.links(ANN, [one.key]) == {one.key: replace(one, version=version)}
    stored = store.links(ANN, ["k2"])["k2"]
    store.commit(ANN, [PutLink(replace(stored, base=Base(), rich=frozenset({"emails"})))])
    again = store.links(ANN, ["k2"])["k2"]
    assert again == replace(stored, base=Base(), rich=frozenset({"emails"}), version=again.version)


def test_a_link_of_a_contact_that_is_gone_is_no_pair(store: DocumentStore) -> None:
    """Only who asks for it finds it, and by the clock of the records it was gone when it was written."""
    pair, gone = link("k1", match_keys=("m",)), link("k2", "c2", match_keys=("m",), state="gone", gone_at=NOW)
    for_a_person = link("k3", "c2", state="gone")
    store.commit(ANN, [PutLink(pair), PutLink(gone), PutLink(for_a_person)])
    assert [*store.links(ANN, ["k1", "k2"])] == ["k1"]
    assert [it.key for it in store.links_page(ANN, "contacts", None, 9)] == ["k1"]
    assert [it.key for it in store.links_matching(ANN, ["m"])] == ["k1"]
    assert store.count_links(ANN, "contacts") == 1
    assert [*store.links_of(ANN, "contacts", ["c1", "c2"])] == ["c1"]
    assert sorted(store.known_links(ANN, ["k1", "k2", "k9"])) == ["k1", "k2"]
    pairs, before = store.known_links_of(ANN, "contacts", ["c1", "c2"])
    assert ([*pairs], [it.key for it in before["c2"]]) == (["c1"], ["k2", "k3"])
    assert [it.key for it in store.gone_links_page(ANN, "k2", 9)] == ["k3"]
    first, second = before["c2"]
    assert (first.resource, second.gone_at) == ("contacts", None)
    assert first.gone_at is not None
    again = replace(first, state="linked", gone_at=None)
    store.commit(ANN, [PutLink(again)])
    assert [*store.links(ANN, ["k2"])] == ["k2"]


def test_candidates_are_found_by_the_record_that_they_were_joined_with(store: DocumentStore) -> None:
    offer(store, candidate("a", status="linked", crm="c1"), candidate("b", crm="c1"), candidate("c"))
    offer(store, candidate("d", was=Claim("c1", "Ann", reasons=("formerly",))))
    assert [it.key for it in store.candidates_joined(ANN, ["c1", "c2"])] == ["a"]
    assert [it.key for it in store.candidates_about(ANN, ["c1"])] == ["b", "d"]


def test_links_are_found_by_crm_id_however_many(store: DocumentStore) -> None:
    store.commit(ANN, [PutLink(link(f"k{n:03}", f"c{n}")) for n in range(70)])
    store.commit(
        ANN,
        [
            PutLink(link("event", "c1", resource="calendar")),
            PutLink(link("old", "c2", state="detached")),
            PutLink(link("a-old", "c3", state="detached")),
        ],
    )
    found = store.links_of(ANN, "contacts", [f"c{n}" for n in range(100)])
    assert {crm: one.key for crm, one in found.items()} == {f"c{n}": f"k{n:03}" for n in range(70)}
    assert store.links_of(ANN, "calendar", ["c1", "c2"])["c1"].key == "event"
    assert store.links_of(ANN, "contacts", []) == {}


def test_links_of_refused_records_are_counted_and_paged_whatever_their_resource(store: DocumentStore) -> None:
    states = {"k1": "quarantined", "k2": "linked", "k3": "quarantined", "k4": "detached"}
    store.commit(ANN, [PutLink(link(key, f"c-{key}", state=state)) for key, state in states.items()])
    store.commit(ANN, [PutLink(link("k5", resource="calendar", state="quarantined"))])
    assert store.count_quarantined(ANN) == 3
    assert [one.key for one in store.quarantined(ANN, None, 2)] == ["k1", "k3"]
    assert [one.key for one in store.quarantined(ANN, "k3", 2)] == ["k5"]
    again = store.links(ANN, ["k1"])["k1"]
    store.commit(ANN, [PutLink(replace(again, state="linked"))])
    assert store.count_quarantined(ANN) == 2
    assert (store.count_quarantined(BOB), list(store.quarantined(BOB, None, 2))) == (
        0,
        [],
    )


def test_links_are_paged_in_key_order_by_resource(store: DocumentStore) -> None:
    store.commit(ANN, [PutLink(link(f"k{n}", f"c{n}")) for n in range(5)])
    store.commit(ANN, [PutLink(link("k22", "e", resource="calendar"))])
    first = store.links_page(ANN, "contacts", None, 3)
    rest = store.links_page(ANN, "contacts", first[-1].key, 3)
    assert [one.key for one in [*first, *rest]] == ["k0", "k1", "k2", "k3", "k4"]
    assert (
        store.count_links(ANN, "contacts"),
        store.count_links(ANN, "calendar"),
    ) == (5, 1)


def test_what_the_sync_made_is_counted_by_side_and_resource(store: DocumentStore) -> None:
    made = {"k1": (True, False), "k2": (True, False), "k3": (False, True), "k4": (False, False)}
    for key, (here, crm) in made.items():
        store.commit(ANN, [PutLink(link(key, f"c-{key}", made_here=here, made_crm=crm))])
    store.commit(ANN, [PutLink(link("k5", "a", resource="calendar", made_here=True, made_crm=False))])
    counts = [(store.count_made(ANN, each, "google"), store.count_made(ANN, each, "crm")) for each in BOTH]
    assert counts == [(2, 1), (1, 0)]
    assert store.count_made(BOB, "contacts", "google") == 0


def test_links_are_found_by_any_match_key_each_once(store: DocumentStore) -> None:
    store.commit(
        ANN,
        [
            PutLink(link("k1", "c1", match_keys=("m1", "m40"))),
            PutLink(link("k2", "c2", match_keys=("m2",))),
            PutLink(link("k3", "c3", match_keys=("other",))),
        ],
    )
    found = store.links_matching(ANN, [f"m{n}" for n in range(45)])
    assert sorted(one.key for one in found) == ["k1", "k2"]
    assert list(store.links_matching(ANN, [])) == []


def test_a_dropped_link_is_gone_and_may_be_dropped_again(store: DocumentStore) -> None:
    store.commit(ANN, [PutLink(link())])
    for _ in range(2):
        store.commit(ANN, [DropLink("k1")])
        assert store.links(ANN, ["k1"]) == {}


# --- candidates


def test_a_candidate_comes_back_unchanged_and_is_replaced_under_its_version(store: DocumentStore) -> None:
    for one in (
        FULL_CANDIDATE,
        candidate("g2"),
        candidate(HOSTILE, HOSTILE, sort=HOSTILE, emails=(HOSTILE,)),
    ):
        offer(store, one)
        found = store.candidates(ANN, [one.key, "none"])
        assert found == {one.key: replace(one, version=found[one.key].version)}
    stored = store.candidates(ANN, ["g1"])["g1"]
    offer(store, replace(stored, choice=Choice(), claims=(), linked=()))
    assert store.candidates_selected(ANN, None, 10) == []
    assert keys(store, only("possible_duplicate")) == []
    store.commit(ANN, [DropCandidate("g1"), DropCandidate("none")])
    assert store.candidates(ANN, ["g1"]) == {}


def test_open_candidates_are_found_by_match_key_claims_and_choice(store: DocumentStore) -> None:
    claim = (Claim("c1", "n", keys=("k1",)),)
    offer(
        store,
        candidate("a", match_keys=("m1",), claims=claim, choice=Choice(selected=True)),
        candidate("b", match_keys=("m2", "m1"), claims=claim, choice=Choice(selected=True)),
        candidate("c", match_keys=("m1",), claims=claim, choice=Choice(selected=True), status="imported"),
        candidate("d", match_keys=("m3",)),
        candidate("f", claims=(Claim("c3", "n", "different", 0),)),
        candidate("e", linked=(Claim("c2", "n", keys=("k2",)),)),
    )
    found = store.candidates_matching(ANN, ["m1", "m2", *(f"n{n}" for n in range(40))])
    assert sorted(one.key for one in found) == ["a", "b"]
    assert [one.key for one in store.candidates_about(ANN, ["c0", "c1"])] == ["a", "b"]
    assert [one.key for one in store.candidates_about(ANN, ["c2"])] == ["e"]
    assert [one.key for one in store.candidates_awaited(ANN, ["k1", "m3"])] == ["a", "b"]
    assert list(store.candidates_awaited(ANN, ["k2"])) == [], "who is linked awaits nothing"
    assert [one.key for one in store.candidates_claimed(ANN, None, 1)] == ["a"]
    assert [one.key for one in store.candidates_claimed(ANN, "a", 9)] == ["b"]
    assert store.count_claimed(ANN) == 2
    assert [one.key for one in store.candidates_selected(ANN, None, 1)] == ["a"]
    assert [one.key for one in store.candidates_selected(ANN, "a", 9)] == ["b"]
    assert store.count_selected(ANN) == 2


def test_candidates_of_which_no_record_was_made_are_paged_in_key_order(store: DocumentStore) -> None:
    statuses = {"a": "open", "b": "imported", "c": "gone", "d": "linked", "e/1": "open"}
    offer(store, *(candidate(key, status=status) for key, status in statuses.items()))
    first = store.candidates_not_imported(ANN, None, 2)
    rest = store.candidates_not_imported(ANN, first[-1].key, 2)
    assert [one.key for one in [*first, *rest]] == ["a", "c", "e/1"]
    assert store.candidates_not_imported(BOB, None, 2) == []


def test_tabs_follow_from_status_and_closed_round(store: DocumentStore) -> None:
    offer(
        store,
        *(candidate(f"r{n}", f"n{n}", round=n) for n in range(1, 5)),
        candidate("imp", status="imported"),
        candidate("linked", status="linked", round=9),
        candidate("gone", status="gone"),
    )
    rounds = ImportRounds(presented=3, closed=0)
    assert keys(store, OPEN, rounds) == ["r1", "r2", "r3", "r4"]
    assert keys(store, DECLINED, rounds) == []
    closed = ImportRounds(presented=3, closed=2)
    assert keys(store, OPEN, closed) == ["r3", "r4"]
    assert keys(store, DECLINED, closed) == ["r1", "r2"]
    assert keys(store, IMPORTED, closed) == ["imp", "linked"]
    assert keys(store, OPEN, ImportRounds(closed=-1)) == ["r1", "r2", "r3", "r4"]


@pytest.mark.parametrize("closed", [0, 1, 29, 30, 31, 35, 58])
def test_tabs_hold_over_many_rounds(store: DocumentStore, closed: int) -> None:
    offer(
        store,
        *(candidate(f"g{n:02}", f"{n:02}", round=n, emails=("x",) if n % 2 else ()) for n in range(1, 61)),
    )
    rounds = ImportRounds(presented=59, closed=closed)
    assert keys(store, OPEN, rounds) == [f"g{n:02}" for n in range(closed + 1, 61)]
    assert keys(store, DECLINED, rounds) == [f"g{n:02}" for n in range(1, closed + 1)]
    with_email = [f"g{n:02}" for n in range(closed + 1, 61) if n % 2]
    assert keys(store, only("has_email"), rounds) == with_email


def test_rows_are_filtered_and_searched(store: DocumentStore) -> None:
    claim = (Claim("c", "n"),)
    offer(
        store,
        candidate("a", "Ann Roy", emails=("ann@x.ca",), labels=("Friends", "VIP")),
        candidate("b", "Bob Roy", claims=claim, labels=("Friends",), phones=("+1 416 555 0001",)),
        candidate("c", "Zoë Ng", linked=claim, organization="Royal Bank"),
        candidate("d", "Ann Old", emails=("o@x.ca",), status="imported"),
    )
    assert keys(store, only("has_email")) == ["a"]
    assert keys(store, only("possible_duplicate")) == ["b", "c"]
    assert keys(store, replace(OPEN, label="Friends")) == ["a", "b"]
    assert keys(store, only("possible_duplicate", "has_email", label="Friends")) == []
    assert keys(store, replace(OPEN, q="roy")) == ["a", "b", "c"]
    assert keys(store, replace(OPEN, q="roy ann")) == ["a"]
    assert keys(store, replace(OPEN, q="ZOE")) == ["c"]
    assert keys(store, replace(OPEN, q="416555")) == ["b"]
    assert keys(store, only("possible_duplicate", q="roy", label="Friends")) == ["b"]
    assert keys(store, replace(IMPORTED, q="ann")) == ["d"]
    assert keys(store, replace(DECLINED, q="ann"), ImportRounds(1, 1)) == ["a"]
    assert keys(store, replace(OPEN, q="-")) == []


def test_any_filters_together_cost_no_more_than_the_rows_they_let_through(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    said = Choice(contact_type="lead")
    offer(
        store,
        candidate("a", "A", emails=("a@x.ca",), phones=("1",), labels=("VIP", HOSTILE)),
        candidate("b", "B", emails=("b@x.ca",), labels=("VIP",), choice=Choice(selected=True)),
        candidate("c", "C", phones=("2",), choice=said),
        candidate("d", "D", emails=("d@x.ca",), phones=("3",), status="imported", labels=("VIP",)),
        candidate("e", "E", emails=("e@x.ca",), phones=("3",), round=0, labels=("VIP",)),
    )
    rounds = ImportRounds(presented=1)
    for query, expected in (
        (only("has_phone"), ["a", "c"]),
        (only("has_phone", "has_email"), ["a"]),
        (only("selected"), ["b"]),
        (only("selected", "has_email", label="VIP"), ["b"]),
        (only("undecided"), ["a"]),
        (only("undecided", "has_email", label=HOSTILE), ["a"]),
        (only("selected", "undecided"), []),
        (replace(only("has_email", "has_phone", label="VIP"), tab="imported"), ["d"]),
        (replace(only("has_email", "has_phone", label="VIP"), tab="declined"), ["e"]),
    ):
        metered.reset()
        assert keys(store, query, rounds) == expected
        used = metered.reset()
        assert (used.reads, used.queries, used.counts) == (len(expected) + 2, 0, 0), "and the list, twice"


def test_rows_are_ordered_by_their_last_change_at_google(store: DocumentStore) -> None:
    times = {
        "a": NOW,
        "b": None,
        "c": NOW + timedelta(milliseconds=1),
        "d": NOW - timedelta(days=9),
        "e": NOW,
    }
    offer(store, *(candidate(key, f"{key} roy", changed_at=at, emails=("x@y",)) for key, at in times.items()))
    recent = CandidateQuery("open", order="recent")
    assert keys(store, recent) == ["c", "a", "e", "d", "b"]
    assert keys(store, replace(recent, q="roy")) == ["c", "a", "e", "d", "b"]
    assert keys(store, replace(recent, filters=frozenset({"has_email"}))) == ["c", "a", "e", "d", "b"]
    seen: list[str] = []
    after: str | None = None
    for _ in range(5):
        page, after = store.candidate_page(ANN, recent, FRESH, after, 1)
        seen += [one.key for one in page]
    assert (seen, after) == (["c", "a", "e", "d", "b"], None)


def test_what_ticked_rows_become_is_counted(store: DocumentStore) -> None:
    claim = (Claim("c", "n"),)
    implied = {"status": "implied", "basis": "inquiry"}
    offer(
        store,
        candidate("a", choice=Choice(True, "lead", consent=implied)),
        candidate("b", choice=Choice(True, "lead")),
        candidate("c", choice=Choice(True), claims=claim),
        candidate("d", choice=Choice(True, "lead", person="c"), claims=claim),
        candidate("e", choice=Choice(False, "lead")),
        candidate("f", choice=Choice(True, "lead"), round=0),
    )
    fates: tuple[str, ...] = (
        "type:lead",
        "type:contact",
        "consent:implied",
        "consent:none",
        "no_consent_decided",
        "link",
    )
    fates += ("unanswered",)
    counts = {fate: store.count_candidates(ANN, replace(OPEN, fate=fate), ImportRounds(1)) for fate in fates}
    assert list(counts.values()) == [2, 0, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    "rounds", [ImportRounds(2, 0), ImportRounds(40, 0)], ids=["few rounds", "many rounds"]
)
def test_a_page_of_the_sheet_reads_its_rows_and_the_list_up_to_the_last(
    store: DocumentStore, metered: MeteredDocuments, rounds: ImportRounds
) -> None:
    rows = [candidate(f"g{n:03}", f"name {n * 7 % 250:03}", round=1 + n % 3) for n in range(250)]
    offer(store, *rows)
    ordered = [one.key for one in sorted(rows, key=lambda one: (one.sort, one.key))]
    seen: list[str] = []
    after: str | None = None
    for size in (100, 100, 50):
        metered.reset()
        page, after = store.candidate_page(ANN, OPEN, rounds, after, 100)
        used = metered.reset()
        assert (used.reads, used.queries, used.counts) == (size + 1, 0, 0)
        seen += [one.key for one in page]
    assert after is None
    assert seen == ordered
    metered.reset()
    assert store.count_candidates(ANN, OPEN, rounds) == 250
    assert metered.reset().reads == 1


def test_namesakes_are_ordered_by_key_and_none_is_lost_between_pages(store: DocumentStore) -> None:
    name = "é🙂" * 5000
    offer(store, *(candidate(f"g{n}", "Same" if n % 2 else name) for n in range(9)))
    seen: list[str] = []
    after: str | None = None
    for _ in range(9):
        page, after = store.candidate_page(ANN, OPEN, FRESH, after, 1)
        seen += [one.key for one in page]
    assert after is None
    assert seen == ["g1", "g3", "g5", "g7", "g0", "g2", "g4", "g6", "g8"]


def test_a_search_among_very_many_finds_each_of_the_few(
    store: DocumentStore, metered: MeteredDocuments
) -> None:
    for start in range(0, 1200, 400):
        offer(
            store,
            *(
                candidate(f"g{n:04}", f"ann {n:04}", emails=("x@y",) if n in (7, 1150) else (), round=n % 40)
                for n in range(start, start + 400)
            ),
        )
    query = only("has_email", q="ann")
    metered.reset()
    found, after = store.candidate_page(ANN, query, ImportRounds(presented=60, closed=0), None, 10)
    assert ([one.key for one in found], after) == (["g0007", "g1150"], None)
    assert metered.reset().reads == 3
    assert store.count_candidates(ANN, query, ImportRounds(presented=60, closed=0)) == 2
