"""Tables as CSV that a spreadsheet opens as it should: as UTF-8, and with no cell taken for a formula."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

MARK = b"\xef\xbb\xbf"
"""The byte order mark by which spreadsheets know UTF-8."""
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
"""Full-width signs too: a spreadsheet set to Japanese or Chinese reads them as the others."""
_AT_ONCE = 64 * 1024


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """The file, piece by piece."""
    text = io.StringIO()
    writer = csv.writer(text)
    yield MARK
    writer.writerow(header)
    for row in rows:
        writer.writerow([inert(cell) for cell in row])
        if text.tell() > _AT_ONCE:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA) else cell
