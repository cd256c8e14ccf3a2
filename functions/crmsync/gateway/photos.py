"""Whose pictures of contacts are shown: Google's own. Any other host would learn who looks at whom."""

import re
from dataclasses import dataclass

LONGEST = 2048
_GOOGLES = re.compile(r"https://([a-z0-9-]+\.)+(googleusercontent|ggpht)\.com/[\x21-\x7e]*")
"""By the whole address, since browsers and libraries take odd ones for different hosts."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures that may be shown. origin: of a Google of our own, which serves them itself."""

    origin: str | None = None

    def shows(self, url: object) -> bool:
        """Whether an address is one of Google's pictures. The pages' policy allows the same hosts."""
        if not isinstance(url, str) or len(url) > LONGEST:
            return False
        ours = self.origin is not None and url.startswith(f"{self.origin}/")
        return ours or _GOOGLES.fullmatch(url) is not None


GOOGLES = Pictures()
"""Google's own, and no others."""
