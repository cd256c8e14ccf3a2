"""What must hold of appointments once the system has come to rest, whatever happened before."""

from collections import Counter
from collections.abc import Set
from typing import Any

from crmsync.core.calendar.occurrences import (
    is_called_off,
    is_exception_key,
    series_key,
    takes_place,
)
from crmsync.core.pair.canon import Canon
from crmsync.core.shown.waits import waits_of
from crmsync.core.state import Link
from tests.both_calendars import linked_alike
from tests.machine.people import Witness
from tests.stage import DIGEST_KEY, Stage

ALL = 1000


class CalendarChecks:
    """The state of one user's appointments at rest."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.store = stage.store
        self.scope = stage.scope
        self.canon = Canon(DIGEST_KEY, "CA")
        self.links: list[Link] = list(self.store.links_page(self.scope, "calendar", None, ALL))
        self.records = {s.id: s for s in self.store.changed(self.scope, "appointments", None, None, ALL)}
        user = self.store.user(self.scope)
        assert user is not None
        self.user = user
        self.calendar_id = user.calendar.calendar_id
        self.events = {e.id: e for e in stage.calendar.calendar(self.calendar_id).events.values()}

    def everything(self, witness: Witness, told: Set[str] = frozenset(), *, queued: bool = False) -> None:
        """told: the records, or events, whose guests may be mailed. queued: jobs may be."""
        self.pairs_agree()
        self.nobody_is_there_twice()
        self.nobody_is_forgotten()
        self.series_take_place_alike()
        self.nothing_typed_is_lost(witness)
        self.nobody_else_was_mailed(told)
        self.nothing_is_left_at_work(queued)

    def _living(self) -> list[Link]:
        return [link for link in self.links if link.state != "detached"]

    def pairs_agree(self) -> None:
        """Linked records are canonically equal, both alive; a cancelled occurrence is so on both sides."""
        by_key = {link.key: link for link in self.links}
        grant = self.store.grant(self.scope)
        assert grant is not None
        session = self.stage.google.session(self.scope.name, grant.token)
        assert session is not None
        remote = session.calendar(self.calendar_id)
        for link in self._living():
            if link.key.startswith("refused-"):
                assert link.problem == "not_an_occurrence", f"{link.crm}: {link.problem}"
                continue
            assert link.state == "linked", f"{link.crm} is {link.state}: {link.problem}"
            if is_exception_key(link.key):
                owner = by_key.get(series_key(link.key))
                assert owner is not None, f"{link.crm} is linked and its series is not"
                if owner.state == "detached":
                    continue
            stored = self.records[link.crm]
            assert stored.archived_at is None, f"{link.crm} is archived and still linked"
            seen = remote.read([link.remote_id]).get(link.remote_id)
            assert seen is not None, f"{link.crm} is linked with an event that is gone"
            assert seen.value is not None, f"{link.crm} is linked with a deleted event"
            if not link.shadow:
                ours, theirs = self.canon.project(stored.value), self.canon.project(seen.value)
                assert ours == theirs, f"{link.crm} differs: {stored.value} / {seen.value}"

    def nobody_is_there_twice(self) -> None:
        linked = Counter(link.crm for link in self.links)
        assert all(count == 1 for count in linked.values()), f"linked twice: {linked}"
        ids = {link.remote_id for link in self.links}
        made = Counter(
            event.fields["extendedProperties"]["private"]["crmsync"]
            for event in self.events.values()
            if not event.cancelled and event.series_id is None and event.id not in ids
            if event.fields.get("extendedProperties", {}).get("private", {}).get("crmsync") not in linked
            if "crmsync" in event.fields.get("extendedProperties", {}).get("private", {})
        )
        assert not made, f"ours at Google without a link: {made}"

    def nobody_is_forgotten(self) -> None:
        linked = {link.crm for link in self.links}
        detached = {link.crm for link in self.links if link.state == "detached"}
        for id, stored in self.records.items():
            value = stored.value
            if value.series_id in detached:
                continue
            if stored.archived_at is not None or is_called_off(value):
                continue
            owner = self.records.get(value.series_id or "")
            if value.series_id is not None:
                if owner is None or owner.archived_at is not None or is_called_off(owner.value):
                    continue
                if not takes_place(owner.value, value):
                    continue
            assert id in linked, f"{id} was never sent to Google: {value}"
        if self.user.settings.google_events == "full":
            remote = {link.remote_id for link in self.links}
            for event in self.events.values():
                if not event.cancelled and event.series_id is None:
                    assert event.id in remote, f"{event.id} was never brought in"

    def series_take_place_alike(self) -> None:
        """What is linked takes place alike over two years: when, and called what."""
        linked_alike(self.stage, self.calendar_id, self.links)

    def nothing_typed_is_lost(self, witness: Witness) -> None:
        """Every text that somebody typed and nobody took back is on a side, in the journal or a conflict."""
        accounts = self.stage.world.accounts()
        places: list[Any] = [
            event.fields
            for account in accounts
            for calendar in account.calendars.calendars.values()
            for event in calendar.events.values()
        ]
        places += self.records.values()
        places += self.store.conflicts(self.scope, None, ALL)
        entries, after = self.store.journal(self.scope, crm=None, run=None, after=None, limit=200)
        while entries:
            places += entries
            if after is None:
                break
            entries, after = self.store.journal(self.scope, crm=None, run=None, after=after, limit=200)
        text = "\n".join(str(place) for place in places)
        lost = {word for word in witness.typed - witness.gone if word not in text}
        assert not lost, f"nobody has {lost} any more"

    def nobody_else_was_mailed(self, told: Set[str]) -> None:
        """Google mails the guests of those appointments only where the user asked for it.

        An occurrence counts as its series: its own id at Google follows from a time that may have changed.
        """
        asked = told | {self.records[id].value.series_id or id for id in told if id in self.records}
        owners = {link.remote_id: link.crm for link in self.links}
        for account in self.stage.world.accounts():
            for mail in account.calendars.outbox.mails:
                series = mail.event_id.partition("_")[0]
                events = account.calendars.calendar(mail.calendar_id).events
                event = events.get(mail.event_id) or events.get(series)
                at_google = f"{event.series_id} {event.fields}" if event else ""
                known = f"{series} {owners.get(mail.event_id)} {owners.get(series)} {at_google}"
                assert any(id in known for id in asked), f"somebody was mailed: {mail}"

    def nothing_is_left_at_work(self, queued: bool = False) -> None:
        assert queued or self.stage.queue.tasks == []
        until = self.user.calendar.lease_until
        assert until is None or until <= self.stage.clock.now(), "somebody holds the lease"
        assert (self.user.calendar.phase, self.user.calendar.problem) == ("idle", None)
        assert waits_of([("calendar", self.user.calendar)], []) == ()
