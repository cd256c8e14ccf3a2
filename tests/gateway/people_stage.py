"""What the tests of a user's contacts share: plain contacts, and the verbs of `Remote` without ceremony."""

from crmsync.core.errors import SyncError
from crmsync.core.model import Contact, Email, Phone
from crmsync.core.state import Observation
from crmsync.engine.ports import New, Remote


def simple(number: int) -> Contact:
    return Contact(
        given_name=f"Given{number}",
        family_name=f"Family{number}",
        emails=(Email(f"person{number}@example.test", "home"),),
        phones=(Phone(f"+1 416 555 {number:04}", "mobile"),),
    )


def made(outcome: Observation[Contact] | SyncError | None) -> Observation[Contact]:
    assert isinstance(outcome, Observation), outcome
    return outcome


def create(contacts: Remote[Contact], *values: Contact) -> list[Observation[Contact]]:
    answer = contacts.create([New(f"crm-{at}", value) for at, value in enumerate(values)])
    return [made(answer[f"crm-{at}"]) for at in range(len(values))]


def listed(contacts: Remote[Contact], token: str | None = None) -> tuple[list[Observation[Contact]], str]:
    found: list[Observation[Contact]] = []
    page_token: str | None = None
    while True:
        page = contacts.list_page(token, page_token)
        found += page.items
        page_token = page.next_page_token
        if page_token is None:
            assert page.next_sync_token is not None
            return found, page.next_sync_token
