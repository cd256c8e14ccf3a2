"""JSON as it travels: in journals and conflicts, in the answers of the API, in the payload of a job.

What comes from outside and is still to be checked is an `object`, not `Json`: whoever checks it narrows it.
"""

from collections.abc import Mapping, Sequence

from typing_extensions import TypeAliasType

Json = TypeAliasType("Json", "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None")
"""Any JSON value. It keeps its name at run time, by which a codec that is led by type hints knows it."""

JsonObject = Mapping[str, Json]
"""A JSON object that nobody changes; one that is still being built is a `dict[str, Json]`."""
