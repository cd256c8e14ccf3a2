"""After a clean-up that a new connection has ended: what became of the copies that it had marked.

No deletion can be under way any more: the clean-up held the lease, which the sync has waited for. So a direct
read tells. What is there still stays in step; what is gone goes to Google again like any other record, and
its tombstone, which lists bring later, meets no link: nothing in the CRM is archived for it, and the guard
does not count it.
"""

from dataclasses import replace
from typing import Any

from crmsync.core.calendar.occurrences import series_key
from crmsync.core.model import R
from crmsync.engine.ports import Remote
from crmsync.engine.run.pending import Pending
from crmsync.engine.run.reading import read_all
from crmsync.engine.run.run import Run
from crmsync.store.ports import DropLink, PutLink

PAGE = 200


def settle(run: Run[R]) -> None:
    """Looks up what was marked, before anything else is looked at. Safe to repeat. Raises Yield and what
    Google raises.
    """
    if not run.state.marked:
        return
    # The links are still those of a calendar that was left and is not yet wound up.
    left = run.state.leaving
    remote: Remote[Any] = run.remote if left is None else run.session.calendar(left.calendar_id)
    gone: set[str] = set()
    after: str | None = None
    while links := run.store.links_page(run.scope, run.resource, after, PAGE):
        run.check_time()
        marked = [link for link in links if link.leaving]
        found = read_all(remote, [link.remote_id for link in marked])
        there = {name for name, item in found.items() if not item.deleted}
        gone |= {link.key for link in marked if link.remote_id not in there}
        pending = Pending()
        for link in links:
            # Exceptions come behind their series, in the order of keys, and are gone with it.
            if link.key in gone or series_key(link.key) in gone:
                pending.put_each([DropLink(link.key)])
            elif link.leaving:
                pending.put_each([PutLink(replace(link, leaving=False))])
        if pending.writes:
            run.ledger.commit(pending)
        after = links[-1].key
    run.ledger.commit(marked=False)
