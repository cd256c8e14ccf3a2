"""What People calls cost of a user's quota: writes spend reads too, for Google reads back what it wrote."""

from collections.abc import Mapping
from types import MappingProxyType

from crmsync.gateway.quota import BATCH_UNITS

READ: Mapping[str, int] = MappingProxyType({"people.read": 1})
WRITE: Mapping[str, int] = MappingProxyType({"people.read": 1, "people.write": 1})
BATCH: Mapping[str, int] = MappingProxyType({"people.read": BATCH_UNITS, "people.write": BATCH_UNITS})
DELETE: Mapping[str, int] = MappingProxyType({"people.delete": 1})
GROUPS: Mapping[str, int] = MappingProxyType({"people.groups": 1})
