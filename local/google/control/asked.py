"""What a program asks of a person's hand: a JSON body, whose members must be there when they are read."""

from __future__ import annotations

from dataclasses import dataclass

from local.google.json import Json, JsonObject, flag, inner, text


@dataclass(frozen=True, slots=True)
class Asked:
    """The body of a gesture. KeyError for what it lacks, where no default is given."""

    body: JsonObject

    def text(self, name: str, default: str | None = None) -> str:
        """A text."""
        return text(self._having(name, default), name)

    def flag(self, name: str, default: bool) -> bool:
        """A truth value."""
        return flag(self.body, name, default)

    def inner(self, name: str) -> JsonObject:
        """An object."""
        return inner(self._having(name), name)

    def within(self, name: str) -> Asked:
        """An object of which more is asked."""
        return Asked(self.inner(name))

    def _having(self, name: str, default: Json = None) -> JsonObject:
        if self.body.get(name) is not None:
            return self.body
        if default is None:
            raise KeyError(name)
        return {name: default}
