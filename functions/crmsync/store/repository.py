"""The store over any `Documents`: one class, made of a part for each subject."""

from crmsync.store.commits import Commits
from crmsync.store.pairs import Candidates
from crmsync.store.ports import Store
from crmsync.store.private import Private
from crmsync.store.records import Records
from crmsync.store.trail import Trail


class DocumentStore(Commits, Records, Candidates, Trail, Private, Store):
    """Everything the product keeps, in documents. Safe to share between threads when its documents are.

    It remembers recent states of user documents by version, and nothing else.
    """
