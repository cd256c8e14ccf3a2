"""What must hold once the system has come to rest, whatever happened before."""

from collections import Counter
from typing import Any

from crmsync.core.journal import JournalEntry
from crmsync.core.pair.canon import Canon
from crmsync.core.pair.guard import FEW, WINDOW
from crmsync.core.shown.waits import waits_of
from crmsync.core.state import Candidate, Link
from tests.machine.people import Witness, source_of
from tests.stage import DIGEST_KEY, Stage

ALL = 1000


class Checks:
    """The state of one user at rest."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.store = stage.store
        self.scope = stage.scope
        user = self.store.user(self.scope)
        assert user is not None
        self.canon = Canon(DIGEST_KEY, user.settings.region)
        self.links: list[Link] = list(self.store.links_page(self.scope, "contacts", None, ALL))
        self.records = {s.id: s for s in self.store.changed(self.scope, "contacts", None, None, ALL)}
        self.persons = stage.persons()
        self.held = {key for hold in self.store.holds(self.scope) for key, _ in hold.items}
        self.journal = self._journal()

    def _journal(self) -> list[JournalEntry]:
        found: list[JournalEntry] = []
        after: str | None = None
        while True:
            entries, after = self.store.journal(self.scope, crm=None, run=None, after=after, limit=200)
            found += entries
            if after is None:
                return found

    def candidates(self) -> list[Candidate]:
        """Every candidate, whatever its status."""
        keys = [source_of(person) for person in self.persons]
        return list(self.store.candidates(self.scope, keys).values())

    def everything(self, witness: Witness, most_deleted: int | None, *, queued: bool = False) -> None:
        """most_deleted: at Google by one job; None when the user allowed any number. queued: jobs may be."""
        self.pairs_agree()
        self.nobody_is_there_twice(witness)
        self.nobody_is_forgotten()
        self.nothing_typed_is_lost(witness)
        if most_deleted is not None:
            self.no_deletion_beyond_the_guard(most_deleted)
        self.nothing_is_left_at_work(queued)

    def pairs_agree(self) -> None:
        """Linked records are canonically equal, both alive."""
        grant = self.store.grant(self.scope)
        assert grant is not None
        session = self.stage.google.session(self.scope.name, grant.token)
        assert session is not None
        living = [link for link in self.links if not link.is_silent and link.key not in self.held]
        found = session.contacts().read([link.remote_id for link in living])
        for link in living:
            assert link.state == "linked", f"{link.crm} is {link.state}: {link.problem}"
            stored = self.records[link.crm]
            assert stored.archived_at is None, f"{link.crm} is archived and still linked"
            seen = found.get(link.remote_id)
            assert seen is not None, f"{link.crm} is linked with a contact that is gone"
            assert seen.value is not None
            ours, theirs = self.canon.project(stored.value), self.canon.project(seen.value)
            assert ours == theirs, f"{link.crm} differs: {stored.value} / {seen.value}"

    def nobody_is_there_twice(self, witness: Witness) -> None:
        """A CRM record has one link, and one Google contact with its key.

        A merge at Google leaves the keys of all in the survivor, which is one contact and linked once. It
        does not stand for a record whose contact was merged away while it was archived, and that came back.
        What a person takes out of Google's bin beside the contact that was made anew meanwhile is that
        person's second; so is what took over from a contact that came out of the bin again.
        """
        linked = Counter(link.crm for link in self.links)
        assert all(count == 1 for count in linked.values()), f"linked twice: {linked}"
        owners = {link.key: link.crm for link in self.links}
        back = witness.restored | {crm for key, crm in owners.items() if key in witness.out_of_bin}
        keys: Counter[str] = Counter()
        for person in self.persons:
            key, taken_over = source_of(person), source_of(person) in witness.survivors | witness.out_of_bin
            for item in person.get("clientData", ()):
                restored = item["value"] in back or key in witness.out_of_bin
                came_back = restored and owners.get(key) != item["value"]
                if item["key"].startswith("crmsync") and not (taken_over and came_back):
                    keys[item["value"]] += 1
        assert all(count == 1 for count in keys.values()), f"created twice: {keys}"

    def nobody_is_forgotten(self) -> None:
        """A living CRM contact is linked or waits for the user; a Google contact is linked or was offered."""
        candidates = self.candidates()
        claimed = {claim.crm for row in candidates for claim in row.claims if claim.strength}
        asked = {each.held for each in self.store.doubles_in(self.scope, "asked", None, ALL)}
        known = {link.crm for link in self.links} | claimed | asked
        for id, stored in self.records.items():
            assert stored.archived_at is not None or id in known, f"{id} was never sent to Google"
        offered = {row.key for row in candidates if row.status == "open" or row.crm in self.records}
        linked = {link.key for link in self.links}
        for person in self.persons:
            key = source_of(person)
            assert key in linked or key in offered, f"{key} is neither linked nor offered"

    def nothing_typed_is_lost(self, witness: Witness) -> None:
        """Every text that somebody typed and nobody took back is on a side, in the journal or a conflict."""
        books = [account.people.contents() for account in self.stage.world.accounts()]
        places: list[Any] = [*books, *self.records.values(), *self.journal]
        places += self.store.conflicts(self.scope, None, ALL)
        text = "\n".join(str(place) for place in places)
        lost = {word for word in witness.typed - witness.gone if word not in text}
        assert not lost, f"nobody has {lost} any more"

    def no_deletion_beyond_the_guard(self, most_deleted: int) -> None:
        """No job deletes more than a few on a side, nor do the jobs of an hour together; there are never
        enough links here for a share of them.
        """
        assert most_deleted <= FEW, f"one job deleted {most_deleted} contacts at Google"
        for action in ("archive_local", "delete_remote"):
            times = [
                entry.at for entry in self.journal for change in entry.changes if change.action == action
            ]
            for end in times:
                together = sum(end - WINDOW < at <= end for at in times)
                assert together <= FEW, f"{action} {together} times within an hour"

    def nothing_is_left_at_work(self, queued: bool = False) -> None:
        """No create in doubt, no lease held, no job queued, no phase shown, no import running."""
        user = self.store.user(self.scope)
        assert user is not None
        assert not list(self.store.intents(self.scope)), "creates are in doubt"
        assert queued or self.stage.queue.tasks == []
        until = user.contacts.lease_until
        assert until is None or until <= self.stage.clock.now(), "somebody holds the lease"
        shown = (user.contacts.phase, user.contacts.problem)
        assert shown == ("idle", None), f"the status shows {shown}"
        assert waits_of([("contacts", user.contacts)], list(self.store.intents(self.scope))) == ()
        assert user.rounds.running is None
