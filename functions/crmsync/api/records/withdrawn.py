"""Withdrawn addresses over HTTP."""

from collections.abc import Iterator

from crmsync.core.consent.addresses import Withdrawal
from crmsync.core.model import Contact
from crmsync.core.scope import Scope
from crmsync.engine.deps import Deps

PAGE = 300


def with_addresses(deps: Deps, scope: Scope) -> Iterator[tuple[Withdrawal, str | None]]:
    """All withdrawals, latest first, each with the address as a record has it, archived ones too; None when
    none carries it any more.

    Walks over all contacts, when anything is withdrawn at all.
    """
    withdrawals = deps.store.withdrawals(scope)
    addresses: dict[str, str] = {}
    after = None
    while withdrawals and (page := deps.store.kept_records(scope, "contacts", after, PAGE)):
        after = page[-1].id
        contacts = (kept.record.value for kept in page if kept.record is not None)
        carried = [item.value for each in contacts if isinstance(each, Contact) for item in each.emails]
        for address, found in deps.store.withdrawn(scope, carried).items():
            addresses.setdefault(found.digest, address)
    return ((each, addresses.get(each.digest)) for each in withdrawals)
