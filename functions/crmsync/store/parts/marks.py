"""Marks by which a commit is known again whose answer was lost.

A try whose answer does not arrive may have landed, and then the next try meets its own doing as a
precondition that fails. So each commit that writes the user document leaves a mark of its own there: once as
that of the last commit, and a job's also as that of its resource. The mark of the last commit proves that
nobody has written the document since; that of the resource outlasts what others write beside the job.
"""

import secrets
from collections.abc import Mapping

from crmsync.core.model import Resource
from crmsync.store.documents.port import Document

_LAST = "commit"


def new() -> str:
    """The mark of one commit, which no other has."""
    return secrets.token_urlsafe(12)


def fields(mark: str, resource: Resource | None = None) -> Mapping[str, str]:
    """What a commit writes into the user document; with `resource` that of one of its jobs."""
    return {_LAST: mark} if resource is None else {_LAST: mark, _of(resource): mark}


def is_last(document: Document, mark: str) -> bool:
    """Whether the commit has landed, and nobody has written the user document since."""
    return document.data.get(_LAST) == mark


def is_last_of(document: Document, mark: str, resource: Resource) -> bool:
    """Whether the commit has landed, and no job of the resource has committed since."""
    return document.data.get(_of(resource)) == mark


def _of(resource: Resource) -> str:
    return f"{resource}_commit"
