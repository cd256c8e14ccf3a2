"""Exceptions of series as Google shows them: moved, edited, cancelled occurrences.

They come after the events of their page, so that their series is known; one whose series is not waits for the
end of the listing, or the series is read directly. A cancelled occurrence is believed only while its series
lives: with a series Google cancels all of its exceptions, and they are dealt with where the series is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import NamedTuple

from crmsync.core.calendar.occurrences import continues, takes_place
from crmsync.core.chunks import chunks, parted
from crmsync.core.model import Appointment, Stored
from crmsync.core.pair import ids
from crmsync.core.pair.plan import Seen
from crmsync.core.pair.settle import changed_fields
from crmsync.core.state import CANON_VERSION, Link
from crmsync.engine.pairs.absorb import absorb_pair
from crmsync.engine.pull import events, splits
from crmsync.engine.pull.known import Known
from crmsync.engine.run import aside
from crmsync.engine.run.effects import newer
from crmsync.engine.run.pending import Effects
from crmsync.engine.run.reading import read_all
from crmsync.engine.run.run import Run
from crmsync.engine.series import following, shadows
from crmsync.engine.series.meetings import drop, meet, plain_base
from crmsync.engine.series.shown import Event, Series, Shown, all_shown
from crmsync.engine.series.told import Told
from crmsync.store.ports import DropLink


@dataclass(frozen=True, slots=True)
class _Placed:
    """An occurrence that Google shows, with its link, if it has one, and link and record of its series."""

    shown: Shown
    link: Link | None
    owner: Link
    record: Stored[Appointment] | None

    @property
    def series(self) -> Series | None:
        """The series, when its record fits: both are of days, or both of times; else one is out of date."""
        if self.record is None or type(self.shown.at) is not type(self.record.value.start):
            return None
        return Series(self.owner, self.record)


class _News(NamedTuple):
    """A linked occurrence that needs a look. differs: from what the two sides have agreed on."""

    link: Link
    shown: Shown
    record: Stored[Appointment] | None
    remote: Seen[Appointment]
    differs: bool


def absorb(run: Run[Appointment], batch: Sequence[Event], effects: Effects[Appointment], told: Told) -> None:
    """Decides what these exceptions lead to, and adds it to `effects`."""
    listed = [replace(shown, listed=not shown.is_cancelled) for shown in all_shown(run, batch)]
    take_in(run, listed, effects, told, Known(run))


def take_in(
    run: Run[Appointment],
    batch: Sequence[Shown],
    effects: Effects[Appointment],
    told: Told,
    known: Known,
) -> None:
    """The same of occurrences that were listed or read directly. known: what has been read of their links and
    records.
    """
    told.shown.update(shown.key for shown in batch)
    at_home = _of_known_series(run, batch, told, known)
    placed = _placed(_confirmed(run, at_home, told), told, known)
    void = _void(run, placed) | _dropped(run, placed)
    stale, valid = parted(placed, lambda each: each.shown.key in void)
    _stand_in_line(run, [each.link for each in stale if each.link], effects, known)
    linked, strangers = parted(valid, lambda each: each.link is not None)
    _take_linked(run, linked, effects, known)
    _take_strangers(run, strangers, effects, known)
    aside.come_out(run, (shown.key for shown in at_home), effects)


def settle_later(run: Run[Appointment], told: Told, effects: Effects[Appointment]) -> None:
    """At the end of a listing: exceptions whose series had not been shown when they were."""
    batch = list({shown.key: shown for shown in told.later}.values())
    known = Known(run)
    if run.user.settings.events != "off":
        _introduce(run, _by_home(batch, known)[1], told, known)
    at_home, homeless = _by_home(batch, known)
    # Their series is none of the sync's business, and so neither are they.
    aside.come_out(run, (shown.key for shown in homeless), effects)
    aside.each(
        run, at_home, lambda some, part: take_in(run, some, part, told, known), effects, attrgetter("item")
    )


def _introduce(run: Run[Appointment], homeless: Iterable[Shown], told: Told, known: Known) -> None:
    """Reads the series of these exceptions, and commits what follows from them."""
    wanted = sorted({shown.series_id for shown in homeless} - told.gone)
    for some in chunks(wanted, run.remote.read_size):
        found = run.remote.read(some)
        told.missing(some, found.values())
        effects: Effects[Appointment] = Effects()
        living = [item for item in found.values() if not item.deleted]
        aside.each(
            run, living, lambda few, part: events.absorb(run, few, part, told), effects, lambda item: item
        )
        if effects.writes:
            run.ledger.commit(effects)
            known.forget()


def _links(batch: Sequence[Shown], known: Known) -> dict[str, Link]:
    """The links of these exceptions, and those of their series."""
    return known.links([shown.key for shown in batch] + [shown.series_key for shown in batch])


def _by_home(batch: Sequence[Shown], known: Known) -> tuple[list[Shown], list[Shown]]:
    """Those whose series has a link, and the others."""
    links = _links(batch, known)
    return parted(batch, lambda shown: shown.series_key in links)


def _of_known_series(run: Run[Appointment], batch: Sequence[Shown], told: Told, known: Known) -> list[Shown]:
    """Those whose series are known by now. The others wait, where they may; else their series are read."""
    at_home, homeless = _by_home(batch, known)
    if told.keeps:
        told.later += homeless
        return at_home
    _introduce(run, homeless, told, known)
    return _by_home(batch, known)[0]


def _confirmed(run: Run[Appointment], batch: Sequence[Shown], told: Told) -> list[Shown]:
    """The same, with cancelled occurrences as direct reads show them, and their series noted.

    Google cancels exceptions with their series, too, and says so of them for good: once the series is back,
    its occurrences are as the rules give them.
    """
    cancelled = [shown for shown in batch if shown.is_cancelled]
    owners = {shown.series_id for shown in cancelled} - told.alive - told.gone
    found = read_all(run.remote, sorted(owners | {shown.item.remote_id for shown in cancelled}))
    told.missing(owners, [found[event_id] for event_id in owners & found.keys()])
    fresh = {shown.key: shown for shown in all_shown(run, found.values())}
    return [replace(fresh.get(shown.key, shown), listed=shown.listed) for shown in batch]


def _placed(batch: Sequence[Shown], told: Told, known: Known) -> list[_Placed]:
    """Each beside its series, as far as that lives and is followed."""
    links = _links(batch, known)
    living = [shown for shown in batch if shown.series_id not in told.gone]
    followed = [shown for shown in living if links[shown.series_key].state != "detached"]
    owners = [links[shown.series_key] for shown in followed]
    records = known.records(owner.crm for owner in owners)
    return [
        _Placed(shown, links.get(shown.key), owner, records.get(owner.crm))
        for shown, owner in zip(followed, owners, strict=True)
    ]


def _void(run: Run[Appointment], placed: Sequence[_Placed]) -> set[str]:
    """Keys of cancelled occurrences that Google's series does not have as it is now, while the CRM's has them
    and is still to be sent: moved there and here, say, and the CRM's time won. Nobody has cancelled these.
    """
    doubtful = [each.shown for each in placed if _is_pending(run, each)]
    read = read_all(run.remote, sorted({shown.series_id for shown in doubtful}))
    now = {event_id: item.value for event_id, item in read.items()}
    return {shown.key for shown in doubtful if _lacks(now.get(shown.series_id), shown)}


def _is_pending(run: Run[Appointment], each: _Placed) -> bool:
    """Whether it is cancelled there, and its series is yet to be moved."""
    if each.record is None or not each.shown.is_cancelled:
        return False
    return following.is_to_be_moved(run, each.owner, each.record)


def _lacks(series: Appointment | None, shown: Shown) -> bool:
    return series is not None and not takes_place(series, shown.value)


def _dropped(run: Run[Appointment], placed: Sequence[_Placed]) -> set[str]:
    """Keys of exceptions that Google has dropped with their occurrence, which it has again: it shows that as
    the series gives it, and not as an exception. Nobody has taken back what they say.
    """
    return {
        each.shown.key
        for each in placed
        if each.link is not None
        and each.series is not None
        and _is_dropped(run, each, each.link, each.series)
    }


def _is_dropped(run: Run[Appointment], each: _Placed, link: Link, series: Series) -> bool:
    if each.shown.listed or each.shown.is_cancelled or link.shadow or link.state == "detached":
        return False
    plain = plain_base(run, series, each.shown.at).remote
    shown = run.shown(link, each.shown.item, each.shown.value).projection
    return bool(changed_fields(plain, link.base.remote)) and not changed_fields(plain, shown)


def _stand_in_line(
    run: Run[Appointment], links: Sequence[Link], effects: Effects[Appointment], known: Known
) -> None:
    """These exceptions are sent once more when their series has been."""
    own = known.records(link.crm for link in links)
    for link in links:
        effects.unit()
        effects.put(DropLink(link.key))
        if link.crm in own and own[link.crm].archived_at is None:
            effects.put(run.touch(own[link.crm]))


def _take_linked(
    run: Run[Appointment], placed: Sequence[_Placed], effects: Effects[Appointment], known: Known
) -> None:
    found = (_news(run, each) for each in placed)
    differing = [news for news in found if news is not None]
    own = known.records(news.link.crm for news in differing)
    for news in differing:
        effects.unit()
        _take_news(run, news, own.get(news.link.crm), effects)


def _news(run: Run[Appointment], each: _Placed) -> _News | None:
    """What a linked occurrence may lead to; None when it leads to nothing."""
    link, shown = each.link, each.shown
    if link is None or link.state == "detached" or not newer(link, shown.item):
        return None
    if link.stuck and link.stuck == shown.item.etag and not aside.is_due(run, link):
        return None
    remote = shadows.seen(run, link, shown.item, shown.value)
    differs = bool(run.is_news(link, remote) or link.stuck)
    differs = differs or link.canon_version != CANON_VERSION or shadows.grows(run, link, shown.item)
    # A cancellation may be known and yet mean more by now: that its series no longer has the occurrence.
    return _News(link, shown, each.record, remote, differs) if differs or shown.is_cancelled else None


def _take_news(
    run: Run[Appointment], news: _News, stored: Stored[Appointment] | None, effects: Effects[Appointment]
) -> None:
    if stored is not None and news.record is not None:
        if news.record.archived_at is not None:
            # It was archived with its series, not by itself; it is kept up to date, should that come back.
            stored = replace(stored, archived_at=None)
        elif news.shown.is_cancelled and not takes_place(news.record.value, stored.value):
            # It was cancelled because its series no longer has the occurrence.
            drop(news.link.key, stored, effects)
            return
    if news.differs:
        absorb_pair(run, news.link, stored, news.shown.item, news.remote, effects)


def _take_strangers(
    run: Run[Appointment], placed: Sequence[_Placed], effects: Effects[Appointment], known: Known
) -> None:
    """Occurrences that no link knows."""
    places = {
        ids.exception_id(run.canon, series.record.id, each.shown.at): (series, each.shown)
        for each in placed
        if (series := each.series) is not None
    }
    own = known.records(places)
    for crm, (series, shown) in places.items():
        effects.unit()
        if not run.sharing.takes and crm not in own:
            continue
        later = continues(series.link.remote_id)
        if not (later and splits.take_over(run, series, shown, known, effects)):
            meet(run, series, shown, own.get(crm), effects)
