"""What can go wrong in the store.

StoreError
├── Conflicted            a precondition failed: read and decide again
├── Superseded            another job of this resource committed: stop
├── StoreUnavailable      try later
├── InvalidWrite          the store cannot hold this
│   └── TooLarge          over Firestore's limits
└── InvalidPosition       not a position that a page gave out
"""

from collections.abc import Collection


class StoreError(Exception):
    """Any failure of the store."""


class Conflicted(StoreError):
    """A precondition failed: the document changed, exists, or is missing. Nothing of the commit was written.

    `what` names the first such document's kind and id, as in "contacts/c1" or "users/ann".
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"precondition failed: {what}")
        self.what = what


class Superseded(StoreError):
    """The guard's resource moved on: another job committed. Stop; the work is someone else's now."""


class StoreUnavailable(StoreError):
    """The store does not answer, or too many write at once; try later."""


class InvalidWrite(StoreError):
    """The store cannot hold this: its shape, an id, or text that is not Unicode. Trying again is no use."""


class TooLarge(InvalidWrite):
    """A document above 1 MiB or a commit above 10 MiB, Firestore's limits. Smaller commits may pass.

    What fits into no commit is named, where that is known: `records` are CRM ids, `keys` those of links and
    of rows of the sheet.
    """

    def __init__(
        self, message: str = "", *, records: Collection[str] = (), keys: Collection[str] = ()
    ) -> None:
        super().__init__(message)
        self.records = frozenset(records)
        self.keys = frozenset(keys)


class InvalidPosition(StoreError):
    """The `after` of a page is not one that this store gave out."""
