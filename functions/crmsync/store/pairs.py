"""Links and candidates: what is paired with Google, and what awaits a decision."""

from collections.abc import Iterable, Mapping, Sequence

from crmsync.core.account import ImportRounds
from crmsync.core.model import Resource
from crmsync.core.state import Candidate, Link
from crmsync.store import facets, paths, search, shapes
from crmsync.store.documents import ALTERNATIVES, Document, Filter, Op, Query
from crmsync.store.paths import CANDIDATES, LINKS
from crmsync.store.ports import CandidateQuery
from crmsync.store.reading import MOST_READ, Part, by_original_id, chunks

_OPEN = Filter("status", "==", "open")
_QUARANTINED = Filter("state", "==", "quarantined")


class Links(Part):
    """Reads of links."""

    def links(self, uid: str, keys: Sequence[str]) -> Mapping[str, Link]:
        """Links by key."""
        return by_original_id(self._several(uid, LINKS, keys), shapes.link_from)

    def links_of(self, uid: str, resource: Resource, crm_ids: Sequence[str]) -> Mapping[str, Link]:
        """Links by CRM id; of several, the living one."""
        found: dict[str, Link] = {}
        for document in self._any(uid, LINKS, "crm", "in", crm_ids):
            link = shapes.link_from(document)
            known = found.get(link.crm)
            if link.resource == resource and (known is None or known.state == "detached"):
                found[link.crm] = link
        return found

    def links_page(self, uid: str, resource: Resource, after: str | None, limit: int) -> Sequence[Link]:
        """All links in key order."""
        query = Query(paths.collection(uid, LINKS), (Filter("resource", "==", resource),))
        return [shapes.link_from(document) for document in self._by_id(query, after, limit)]

    def links_matching(self, uid: str, match_keys: Sequence[str]) -> Sequence[Link]:
        """Contact links that have any of these match keys."""
        found = self._any(uid, LINKS, "match_keys", "array_contains_any", match_keys)
        return [link for link in map(shapes.link_from, found) if link.resource == "contacts"]

    def count_links(self, uid: str, resource: Resource) -> int:
        """How many links there are."""
        return self._documents.count(
            Query(paths.collection(uid, LINKS), (Filter("resource", "==", resource),))
        )

    def quarantined(self, uid: str, after: str | None, limit: int) -> Sequence[Link]:
        """Links of records that Google refuses, in key order."""
        query = Query(paths.collection(uid, LINKS), (_QUARANTINED,))
        return [shapes.link_from(document) for document in self._by_id(query, after, limit)]

    def count_quarantined(self, uid: str) -> int:
        """How many records Google refuses."""
        return self._documents.count(Query(paths.collection(uid, LINKS), (_QUARANTINED,)))

    def _any(
        self, uid: str, collection: str, field: str, op: Op, values: Sequence[str], *also: Filter
    ) -> Iterable[Document]:
        """Documents whose field has any of the values, each once, by id within each group of values."""
        found: dict[str, Document] = {}
        for some in chunks(list(dict.fromkeys(values))):
            filters = (Filter(field, op, list(some)), *also)
            for document in self._all(Query(paths.collection(uid, collection), filters)):
                found[document.path] = document
        return found.values()


class Candidates(Links):
    """Reads of candidates: the rows of the import sheet."""

    def candidates(self, uid: str, keys: Sequence[str]) -> Mapping[str, Candidate]:
        """Candidates by key, whatever their status."""
        return by_original_id(self._several(uid, CANDIDATES, keys), shapes.candidate_from)

    def candidates_matching(self, uid: str, match_keys: Sequence[str]) -> Sequence[Candidate]:
        """Open candidates that have any of these match keys."""
        found = self._any(uid, CANDIDATES, "match_keys", "array_contains_any", match_keys, _OPEN)
        return [shapes.candidate_from(document) for document in found]

    def candidates_claimed(self, uid: str, after: str | None, limit: int) -> Sequence[Candidate]:
        """Open candidates with claims, in key order."""
        return self._flagged(uid, "claimed", after, limit)

    def candidates_selected(self, uid: str, after: str | None, limit: int) -> Sequence[Candidate]:
        """Open candidates whose choice is selected, in key order."""
        return self._flagged(uid, "selected", after, limit)

    def count_selected(self, uid: str) -> int:
        """How many open candidates have a choice that is selected."""
        return self._documents.count(
            Query(paths.collection(uid, CANDIDATES), (_OPEN, Filter("selected", "==", True)))
        )

    def candidate_page(
        self, uid: str, query: CandidateQuery, rounds: ImportRounds, after: str | None, limit: int
    ) -> tuple[Sequence[Candidate], str | None]:
        """A page of the sheet, and the next position."""
        return self._sheet(uid, query, rounds, after, limit)

    def count_candidates(self, uid: str, query: CandidateQuery, rounds: ImportRounds) -> int:
        """How many there are: counted by the server, or where it cannot by reading, at most MOST_READ."""
        tab, tokens = _of_tab(query, rounds), _of_filters(query)
        if query.q.strip() or (tokens and _is_range(tab)):
            return len(self._sheet(uid, query, rounds, None, MOST_READ)[0])
        return self._documents.count(Query(paths.collection(uid, CANDIDATES), (*tokens, *tab)))

    def _flagged(self, uid: str, flag: str, after: str | None, limit: int) -> Sequence[Candidate]:
        query = Query(paths.collection(uid, CANDIDATES), (_OPEN, Filter(flag, "==", True)))
        return [shapes.candidate_from(document) for document in self._by_id(query, after, limit)]

    def _sheet(
        self, uid: str, query: CandidateQuery, rounds: ImportRounds, after: str | None, limit: int
    ) -> tuple[list[Candidate], str | None]:
        """Asks Firestore for as much of the question as one of its indexes answers, and checks the rest.

        Every row of the tab that has the token of the filters is shown; of a search, the longest word is
        asked for. A tab of very many rounds is a range, which cannot stand beside a token: then the rounds
        are checked.
        """
        wanted = search.asked(query.q)
        if query.q.strip() and not wanted:
            return [], None
        tokens = _of_search(wanted) or _of_filters(query)
        tab = _of_tab(query, rounds)
        if tokens and _is_range(tab):
            tab = (_OPEN,)

        def made(document: Document) -> Candidate | None:
            row = shapes.candidate_from(document)
            shown = _shows(query, rounds, row) and search.matches(wanted, shapes.candidate_words(row))
            return row if shown else None

        order = "order" if query.order == "name" else "recent"
        asked = Query(paths.collection(uid, CANDIDATES), (*tokens, *tab), (order,))
        return self._scan(asked, after, limit, made)


def _of_tab(query: CandidateQuery, rounds: ImportRounds) -> tuple[Filter, ...]:
    """The tab as a list of its rounds, which reads only rows that it shows; as a range, of many rounds."""
    if query.tab == "imported":
        return (Filter("status", "in", ["imported", "linked"]),)
    if rounds.closed < 0:
        return (_OPEN,)
    if query.tab == "open":
        shown, otherwise = range(rounds.closed + 1, rounds.incoming + 1), Filter("round", ">", rounds.closed)
    else:
        shown, otherwise = range(rounds.closed + 1), Filter("round", "<=", rounds.closed)
    if len(shown) == 1:
        return (_OPEN, Filter("round", "==", shown[0]))
    if 1 < len(shown) <= ALTERNATIVES:
        return (_OPEN, Filter("round", "in", list(shown)))
    return (_OPEN, otherwise)


def _is_range(filters: tuple[Filter, ...]) -> bool:
    return any(condition.op in (">", "<=") for condition in filters)


def _of_filters(query: CandidateQuery) -> tuple[Filter, ...]:
    """All filters of the sheet as one condition."""
    token = _token(query)
    return () if token is None else (Filter("facets", "array_contains", token),)


def _token(query: CandidateQuery) -> str | None:
    if query.fate is not None:
        return facets.fate(query.fate)
    return facets.facet(query.filters, query.label)


def _of_search(wanted: Sequence[str]) -> tuple[Filter, ...]:
    return (Filter("tokens", "array_contains", search.token(wanted)),) if wanted else ()


def _shows(query: CandidateQuery, rounds: ImportRounds, row: Candidate) -> bool:
    """The whole question, asked of one row."""
    if query.tab == "imported":
        of_tab = row.status in ("imported", "linked")
    else:
        of_tab = row.status == "open" and (row.round > rounds.closed) == (query.tab == "open")
    token = _token(query)
    return of_tab and (token is None or token in facets.facets(row))
