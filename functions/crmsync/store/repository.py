"""The store over any `Documents`: one class, made of a part for each subject."""

from crmsync.store.parts.commits import Commits
from crmsync.store.parts.erasing import Erasing
from crmsync.store.parts.everything import Everything
from crmsync.store.parts.pairs import Candidates
from crmsync.store.parts.private import Private
from crmsync.store.parts.records import Records
from crmsync.store.parts.trail import Trail
from crmsync.store.ports import Store


class DocumentStore(Commits, Records, Candidates, Trail, Private, Everything, Erasing, Store):
    """Everything the product keeps, in documents. Safe to share between threads when its documents are.

    It remembers recent states of user documents by version, and nothing else.
    """
