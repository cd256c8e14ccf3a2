"""Withdrawn addresses, as every answer that names them has them."""

from crmsync.api.http import times
from crmsync.core.consent.addresses import Withdrawals
from crmsync.core.json_types import Json


def as_json(known: Withdrawals) -> list[Json]:
    """Addresses, and since when each is withdrawn. known: by the address as it is to be shown."""
    return [{"address": address, "at": times.instant(it.at)} for address, it in known.items()]
