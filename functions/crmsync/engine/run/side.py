"""What contacts and the calendar differ in, as far as every room asks."""

from typing import Protocol

from crmsync.core.account import UserSettings
from crmsync.core.model import R, Resource
from crmsync.core.state import Observation
from crmsync.store.ports import Kind


class Side(Protocol[R]):
    """One of the two resources of one user: its names, its keys, its settings."""

    @property
    def resource(self) -> Resource:
        """What Google calls it."""
        ...

    @property
    def kind(self) -> Kind:
        """The CRM collection that belongs to it."""
        ...

    def pushes(self, settings: UserSettings) -> bool:
        """Whether the user lets it be written to Google."""
        ...

    def key_of(self, observation: Observation[R]) -> str:
        """The link key of an observed record."""
        ...

    @property
    def may_be_merged(self) -> bool:
        """Whether a record that is gone may live on in another one, of which only a listing tells."""
        ...

    @property
    def deletes_blindly(self) -> bool:
        """Whether Google takes no etag with a deletion: an edit since the last look would go unseen."""
        ...

    def match_keys(self, value: R) -> tuple[str, ...]:
        """Digests by which duplicates are found; none for appointments."""
        ...
