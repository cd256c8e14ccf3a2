"""What a call asks of the import sheet: its tab, filters, words and order, and which page."""

from typing import Literal, get_args

from crmsync.api.http.errors import InvalidRequest
from crmsync.store.ports import CandidateQuery, SheetFilter

Order = Literal["name", "recent"]

TABS: tuple[Literal["open"], Literal["declined"], Literal["imported"]] = ("open", "declined", "imported")
ORDERS: tuple[Order, ...] = ("name", "recent")
_FILTERS: tuple[SheetFilter, ...] = get_args(SheetFilter)


def query(tab: str, words: str, filters: str, order: str = "name") -> CandidateQuery:
    """What `status`, `q`, `filter` and `order` ask for. Raises InvalidRequest.

    filters: SheetFilters with commas between them. Last may come `label:` and the name of a label, which may
    have commas too.
    """
    names, mark, label = f",{filters}".partition(",label:")
    wanted: set[SheetFilter] = set()
    for name in filter(None, (part.strip() for part in names.split(","))):
        known = next((each for each in _FILTERS if each == name), None)
        if known is None:
            raise InvalidRequest(f"Say {', '.join(_FILTERS)}, and last label:….", field="filter")
        wanted.add(known)
    of_tab = next(each for each in TABS if each == tab)
    ordered = next(each for each in ORDERS if each == order)
    return CandidateQuery(of_tab, frozenset(wanted), label.strip() if mark else None, words, ordered)


def name_of(asked: CandidateQuery) -> tuple[str, ...]:
    """The list that a query makes, by which its page tokens know it."""
    return "candidates", asked.tab, ",".join(sorted(asked.filters)), asked.label or "", asked.q, asked.order
