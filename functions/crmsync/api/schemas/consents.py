"""Bodies of the calls about withdrawn addresses."""

from typing import Annotated

from pydantic import StringConstraints

from crmsync.api.http.body import Body

LONGEST_LIST = 800_000


class AddressListBody(Body):
    """A list of addresses that are no longer to be written to. dry_run: only count what it would do."""

    csv: Annotated[str, StringConstraints(max_length=LONGEST_LIST)]
    dry_run: bool = False
