"""Links and candidates: what is paired with Google, and what awaits a decision."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Literal

from crmsync.core.account import ImportRounds
from crmsync.core.chunks import chunks
from crmsync.core.journal import Side
from crmsync.core.model import Resource
from crmsync.core.people.assignment import MOST_TOGETHER
from crmsync.core.scope import Scope
from crmsync.core.sheet.alike import Ticked
from crmsync.core.state import Candidate, Link
from crmsync.store.documents.port import ALTERNATIVES, Document, Filter, Op, Query
from crmsync.store.encoding import paths, shapes
from crmsync.store.encoding.paths import CANDIDATES, LINKS
from crmsync.store.parts.reading import Part, by_original_id, position, read_position
from crmsync.store.ports import CandidateQuery, SheetRows
from crmsync.store.sheet.rows import GRANTS, is_plain, of_tab, short, sifted, ticked

_OPEN = Filter("status", "==", "open")
_TICKED = CandidateQuery("open", frozenset(("selected",)))
_COPY = Filter("status", "==", "copy")
_CLAIMED = Filter("claimed", "==", True)
_QUARANTINED = Filter("state", "==", "quarantined")


class Links(Part):
    """Reads of links."""

    def links(self, scope: Scope, keys: Sequence[str]) -> Mapping[str, Link]:
        """Links by key."""
        found = self.known_links(scope, keys)
        return {key: link for key, link in found.items() if link.state != "gone"}

    def known_links(self, scope: Scope, keys: Sequence[str]) -> Mapping[str, Link]:
        """Links by key, those of contacts that are gone at Google too."""
        return by_original_id(self._several(scope, LINKS, keys), shapes.link_from)

    def links_of(self, scope: Scope, resource: Resource, crm_ids: Sequence[str]) -> Mapping[str, Link]:
        """Links by CRM id; of several, the living one."""
        return self.known_links_of(scope, resource, crm_ids)[0]

    def known_links_of(
        self, scope: Scope, resource: Resource, crm_ids: Sequence[str]
    ) -> tuple[Mapping[str, Link], Mapping[str, Sequence[Link]]]:
        """The same, and those of contacts that are gone at Google."""
        found: dict[str, Link] = {}
        gone: dict[str, list[Link]] = {}
        for document in self._any(scope, LINKS, "crm", "in", crm_ids):
            link = shapes.link_from(document)
            known = found.get(link.crm)
            if link.resource != resource:
                continue
            if link.state == "gone":
                gone.setdefault(link.crm, []).append(link)
            elif known is None or known.is_silent:
                found[link.crm] = link
        return found, gone

    def links_page(self, scope: Scope, resource: Resource, after: str | None, limit: int) -> Sequence[Link]:
        """All links in key order."""
        query = Query(paths.collection(scope, LINKS), (Filter("resource", "==", resource),))
        return [shapes.link_from(document) for document in self._by_id(query, after, limit)]

    def links_matching(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[Link]:
        """Contact links that have any of these match keys."""
        found = self._any(scope, LINKS, "match_keys", "array_contains_any", match_keys)
        links = map(shapes.link_from, found)
        return [link for link in links if link.resource == "contacts" and link.state != "gone"]

    def count_links(self, scope: Scope, resource: Resource) -> int:
        """How many links there are."""
        return self._documents.count(
            Query(paths.collection(scope, LINKS), (Filter("resource", "==", resource),))
        )

    def gone_links_page(self, scope: Scope, after: str | None, limit: int) -> Sequence[Link]:
        """Links of contacts that are gone at Google, in key order."""
        query = Query(paths.collection(scope, LINKS), (Filter("resource", "==", shapes.GONE),))
        return [shapes.link_from(document) for document in self._by_id(query, after, limit)]

    def count_made(self, scope: Scope, resource: Resource, side: Side) -> int:
        """Of how many pairs the sync itself made the record on this side."""
        made = Filter("made_here" if side == "google" else "made_crm", "==", True)
        filters = (Filter("resource", "==", resource), made)
        return self._documents.count(Query(paths.collection(scope, LINKS), filters))

    def quarantined(self, scope: Scope, after: str | None, limit: int) -> Sequence[Link]:
        """Links of records that Google refuses, in key order."""
        query = Query(paths.collection(scope, LINKS), (_QUARANTINED,))
        return [shapes.link_from(document) for document in self._by_id(query, after, limit)]

    def count_quarantined(self, scope: Scope) -> int:
        """How many records Google refuses."""
        return self._documents.count(Query(paths.collection(scope, LINKS), (_QUARANTINED,)))

    def _any(
        self, scope: Scope, collection: str, field: str, op: Op, values: Sequence[str], *also: Filter
    ) -> Iterable[Document]:
        """Documents whose field has any of the values, each once, by id within each group of values."""
        found: dict[str, Document] = {}
        for some in chunks(list(dict.fromkeys(values)), ALTERNATIVES):
            filters = (Filter(field, op, list(some)), *also)
            for document in self._all(Query(paths.collection(scope, collection), filters)):
                found[document.path] = document
        return found.values()


class Candidates(Links):
    """Reads of candidates: the rows of the import sheet."""

    def candidates(self, scope: Scope, keys: Sequence[str]) -> Mapping[str, Candidate]:
        """Candidates by key, whatever their status."""
        return by_original_id(self._several(scope, CANDIDATES, keys), shapes.candidate_from)

    def candidates_matching(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[Candidate]:
        """Open candidates that have any of these match keys."""
        found = self._any(scope, CANDIDATES, "match_keys", "array_contains_any", match_keys, _OPEN)
        return [shapes.candidate_from(document) for document in found]

    def candidates_about(self, scope: Scope, crm_ids: Sequence[str]) -> Sequence[Candidate]:
        """Open candidates that any of these CRM records may be."""
        found = self._any(scope, CANDIDATES, "about", "array_contains_any", crm_ids, _OPEN)
        return [shapes.candidate_from(document) for document in found]

    def candidates_joined(self, scope: Scope, crm_ids: Sequence[str]) -> Sequence[Candidate]:
        """Candidates that were joined with any of these CRM records."""
        found = self._any(scope, CANDIDATES, "about", "array_contains_any", crm_ids)
        rows = map(shapes.candidate_from, found)
        return [row for row in rows if row.status in ("linked", "copy") and row.crm in {*crm_ids}]

    def candidates_awaited(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[Candidate]:
        """Open candidates that a record with any of these match keys claims."""
        found = self._any(scope, CANDIDATES, "awaited_by", "array_contains_any", match_keys, _OPEN)
        return [shapes.candidate_from(document) for document in found]

    def candidates_claimed(self, scope: Scope, after: str | None, limit: int) -> Sequence[Candidate]:
        """Open candidates with claims, in key order."""
        query = Query(paths.collection(scope, CANDIDATES), (_OPEN, _CLAIMED))
        return [shapes.candidate_from(document) for document in self._by_id(query, after, limit)]

    def count_claimed(self, scope: Scope) -> int:
        """How many open candidates hold a claimant back."""
        return self._documents.count(Query(paths.collection(scope, CANDIDATES), (_OPEN, _CLAIMED)))

    def candidates_not_imported(self, scope: Scope, after: str | None, limit: int) -> Sequence[Candidate]:
        """Candidates of which no CRM record was made, in key order."""
        query = Query(paths.collection(scope, CANDIDATES), (Filter("status", "in", ["open", "gone"]),))
        return [shapes.candidate_from(document) for document in self._by_id(query, after, limit)]

    def candidates_selected(self, scope: Scope, after: str | None, limit: int) -> Sequence[Candidate]:
        """Open candidates whose choice is selected, those of one leaf of the directory together."""
        directory = self._directories.read(scope)
        rows = [row for row in directory.rows() if row.is_open and row.is_selected]
        placed = sorted((directory.places[row.key], row.key) for row in rows)
        if after is not None:
            passed = (directory.places.get(after, ""), after)
            placed = [place for place in placed if place > passed]
        keys = [key for _, key in placed[:limit]]
        found = self.candidates(scope, keys)
        return [found[key] for key in keys if key in found]

    def alike_keys(self, scope: Scope, match_keys: Sequence[str]) -> Sequence[str]:
        """Keys of open candidates that share a match key with any, but for what too many share."""
        wanted = {short(key) for key in match_keys}
        holders: dict[str, list[str]] = defaultdict(list)
        for row in self._directories.read(scope).rows() if wanted else ():
            if row.is_open and not wanted.isdisjoint(row.keys):
                for key in row.keys:
                    holders[key].append(row.key)
        near = (keys for key, keys in holders.items() if key in wanted and len(keys) <= MOST_TOGETHER)
        return list(dict.fromkeys(key for keys in near for key in keys))

    def twice(self, scope: Scope, limit: int) -> Sequence[Candidate]:
        """Copies, and open rows that likely are the same as another."""
        query = Query(paths.collection(scope, CANDIDATES), (_COPY,))
        copies = [shapes.candidate_from(document) for document in self._by_id(query, None, limit)]
        rows = self._directories.read(scope).rows()
        keys = sorted(row.key for row in rows if row.is_open and (row.alike or row.same_row))
        found = self.candidates(scope, keys[:limit])
        return [*copies, *(found[key] for key in keys[:limit] if key in found)]

    def ticked_together(
        self, scope: Scope, rounds: ImportRounds
    ) -> Mapping[str, tuple[Ticked, Sequence[str]]]:
        """The ticked rows of which others are asked about, or said to be one, with what each becomes."""
        rows = {row.key: row for row in sifted(list(self._directories.read(scope).rows()), _TICKED, rounds)}
        meant = {
            key: {*row.alike, *([row.same_row] if row.same_row else [])} & rows.keys()
            for key, row in rows.items()
        }
        found = {key for key, others in meant.items() if others} | {
            key for others in meant.values() for key in others
        }
        return {key: (ticked(rows[key]), rows[key].fates) for key in sorted(found)}

    def count_selected(self, scope: Scope) -> int:
        """How many open candidates have a choice that is selected."""
        return self._directories.counts(scope).selected

    def candidate_page(
        self, scope: Scope, query: CandidateQuery, rounds: ImportRounds, after: str | None, limit: int
    ) -> tuple[Sequence[Candidate], str | None]:
        """Rows of the sheet, and the next position."""
        found = self.sheet_page(scope, query, rounds, after, limit)
        return found.rows, found.following

    def sheet_page(
        self, scope: Scope, query: CandidateQuery, rounds: ImportRounds, after: str | None, limit: int
    ) -> SheetRows:
        """The same, with what the sheet says beside its rows."""
        start = "" if after is None else read_position(after)
        directory = self._directories.read(scope)
        by: Literal["order", "recent"] = "order" if query.order == "name" else "recent"
        order = attrgetter(by)
        rows = sifted(directory.ordered(by), query, rounds, self._withdrawn_for(scope, [query]))
        first = bisect_right(rows, start, key=order)
        page = rows[first : first + limit]
        found = self.candidates(scope, [row.key for row in page])
        return SheetRows(
            rows=[found[row.key] for row in page if row.key in found],
            following=position(order(page[-1])) if first + limit < len(rows) else None,
            total=len(rows),
            selected=directory.counts.selected,
            newest=directory.counts.newest,
        )

    def count_candidates(self, scope: Scope, query: CandidateQuery, rounds: ImportRounds) -> int:
        """How many there are: of a whole tab for one read."""
        if is_plain(query):
            belongs = of_tab(query, rounds)
            return sum(count for tab, count in self._directories.counts(scope).tabs.items() if belongs(tab))
        return self.count_each(scope, [(query, rounds)])[0]

    def count_each(self, scope: Scope, asked: Sequence[tuple[CandidateQuery, ImportRounds]]) -> Sequence[int]:
        """The counts of several questions."""
        every = list(self._directories.read(scope).rows())
        withdrawn = self._withdrawn_for(scope, [query for query, _ in asked])
        return [len(sifted(every, query, rounds, withdrawn)) for query, rounds in asked]

    def granting(
        self, scope: Scope, rounds: ImportRounds, without: Collection[str] = ()
    ) -> Sequence[tuple[Sequence[str], date | None]]:
        """Addresses and evidence of ticked rows whose consent says yes."""
        every = list(self._directories.read(scope).rows())
        rows = sifted(every, CandidateQuery("open", fate=GRANTS), rounds)
        return [
            (row.digests, date.fromisoformat(row.evidence) if row.evidence else None)
            for row in rows
            if row.key not in without
        ]

    def _withdrawn_for(self, scope: Scope, queries: Iterable[CandidateQuery]) -> frozenset[str]:
        """The withdrawn addresses, where a query asks for rows that carry one."""
        if not any("withdrawn" in query.filters for query in queries):
            return frozenset()
        return frozenset(each.digest for each in self._shards.all(scope))
