"""What a listing of contacts brings: echoes, edits, tombstones, merges, our own creates, strangers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from crmsync.core.model import Contact, Stored
from crmsync.core.pair.decide import account_for
from crmsync.core.state import Candidate, Link, Observation
from crmsync.engine.pairs import matches, returns
from crmsync.engine.pairs.absorb import absorb_linked, adopt
from crmsync.engine.pairs.merges import MERGED, Heirs, follow
from crmsync.engine.pull import candidates
from crmsync.engine.pull.intake import Step
from crmsync.engine.run import aside
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.reading import confirm
from crmsync.engine.run.run import Run
from crmsync.store.ports import DropLink, PutCandidate

Contact_ = Observation[Contact]


class ContactsIntake:
    """How one listing of contacts is taken in."""

    holds_candidates = True

    def __init__(self, run: Run[Contact], *, full: bool) -> None:
        self._run = run
        self.remote = run.remote
        self.heirs: Heirs[Contact] = Heirs()
        self.offers = full and matches.any_open(run)
        self._offered: set[str] = set()

    def parts(self, items: Sequence[Contact_]) -> Sequence[Sequence[Contact_]]:
        """All contacts are alike."""
        return (items,)

    def absorb(self, batch: Sequence[Contact_], effects: Effects[Contact]) -> None:
        """Decides what some of a page's observations lead to.

        Raises Unaccounted when a record was lost on the way: the job fails, and the cursor stays before it.
        """
        run = self._run
        by_key = {item.key: item for item in batch}
        known = run.store.known_links(run.scope, list(by_key))
        gone_before = {
            key: link for key, link in known.items() if link.state == "gone" or _is_back(link, by_key[key])
        }
        links = {key: link for key, link in known.items() if key not in gone_before}
        items = by_key | confirm(run, [link for key, link in links.items() if by_key[key].deleted])
        for key, item in items.items():
            self.heirs.note(item, links.get(key))
        gone = [link for key, link in links.items() if items[key].deleted]
        followed, taken = follow(run, self.heirs, gone, effects)
        done = followed | taken | aside.unreadable(run, items, links, effects)
        done |= self._known([(link, items[key]) for key, link in links.items() if key not in done], effects)
        strangers = [item for key, item in items.items() if key not in links and key not in done]
        done |= _meet(run, strangers, gone_before, effects)
        # Who comes back is news for whoever may be the same person.
        back = [replace(link, match_keys=("",)) for link in gone_before.values()]
        candidates.follow(run, [*links.values(), *back], effects)
        aside.come_out(run, [item.key for item in strangers], effects)
        account_for(by_key, done)

    def _known(self, pairs: Sequence[tuple[Link, Contact_]], effects: Effects[Contact]) -> set[str]:
        """Contacts with a link. Answers the keys decided."""
        # Who took over may come on a later page, and creating a merged contact anew would undo the merge.
        vanished = [(link, item) for link, item in pairs if item.deleted]
        effects.vanished += vanished
        living = [(link, item) for link, item in pairs if not item.deleted]
        return {link.key for link, _ in vanished} | absorb_linked(self._run, living, effects)

    def committed(self, effects: Effects[Contact]) -> None:
        """Remembers which open rows of the sheet the listing has shown."""
        if self.offers:
            rows = [write.candidate for write in effects.writes if isinstance(write, PutCandidate)]
            self._offered |= effects.offered
            self._offered -= {row.key for row in rows if row.status != "open"}

    def unsettled(self) -> bool:
        """Nothing of a contact waits for others."""
        return False

    def conclude(self) -> Iterator[Step[Contact]]:
        """Nothing waits for the end."""
        return iter(())

    def absent(self, missing: Sequence[Link]) -> tuple[Sequence[Link], Step[Contact] | None]:
        """All are looked for by a direct read."""
        return missing, None

    def withdraw(self) -> None:
        """Rows of the sheet that the listing did not show are looked for, and go."""
        if self.offers:
            candidates.withdraw(self._run, self._offered)

    def progress(self) -> Mapping[str, Any]:
        """Nothing besides."""
        return {}

    def closing(self) -> Mapping[str, Any]:
        """Nothing besides."""
        return {}


def _is_back(link: Link, item: Contact_) -> bool:
    """Whether a contact that was merged into another one lives by itself: the person has undone that."""
    return link.state == "detached" and link.problem == MERGED and item.value is not None


def _meet(
    run: Run[Contact], strangers: Sequence[Contact_], gone: Mapping[str, Link], effects: Effects[Contact]
) -> set[str]:
    """Contacts without a link: who was here before comes back, ours come home, the others become candidates.
    Answers the keys decided. gone: links of those who were here before.
    """
    rows = run.store.candidates(run.scope, [item.key for item in strangers]) if strangers else {}
    back = returns.take_in(run, strangers, gone, rows, effects)
    known = back.linked | back.nothing | back.was.keys()
    ours = [item for item in strangers if _keys(run, item) and not item.deleted and item.key not in known]
    adopted = _bring_home(run, ours, rows, effects)
    rest = [item for item in strangers if item.key not in adopted | back.linked | back.nothing]
    candidates.offer(run, rest, adopted | back.linked, rows, back.was, effects)
    return {item.key for item in strangers}


def _keys(run: Run[Contact], item: Contact_) -> tuple[str, ...]:
    """The CRM ids of which a contact without a link says that it was made of them, for this very user."""
    return (*item.keys, *(crm for crm in item.bare if crm in run.memory.bare))


def _bring_home(
    run: Run[Contact], ours: Sequence[Contact_], rows: Mapping[str, Candidate], effects: Effects[Contact]
) -> set[str]:
    """Links contacts that carry our key with the records they were made of; answers their keys.

    One that took over others carries several keys: it comes home to the first record that is alive and alone.
    rows: of the sheet, which know what an undo has parted.
    """
    crms = list(dict.fromkeys(crm for item in ours for crm in _keys(run, item)))
    owned = run.store.links_of(run.scope, run.resource, crms) if crms else {}
    alone = _alone(run, crms, owned)
    parted = {(item.key, crm) for item in ours if item.key in rows for crm in rows[item.key].parted}
    adopted: set[str] = set()
    for item in ours:
        homes = (crm for crm in _keys(run, item) if crm in alone and (item.key, crm) not in parted)
        crm = next(homes, None)
        if crm is not None:
            effects.unit()
            effects.put(*([DropLink(owned[crm].key)] if crm in owned else []))
            adopt(run, alone.pop(crm), item, effects, why="carries our key", made_here=True)
            adopted.add(item.key)
    return adopted


def _alone(run: Run[Contact], crms: Sequence[str], owned: Mapping[str, Link]) -> dict[str, Stored[Contact]]:
    """Those of the records that are alive, and whom nobody at Google stands for."""
    homeless = [crm for crm in crms if crm not in owned or owned[crm].state == "quarantined"]
    records = run.store.records(run.scope, run.kind, homeless) if homeless else {}
    return {crm: stored for crm, stored in records.items() if stored.archived_at is None}
