"""Which connection a job belongs to: whatever is queued for one ends when the user has connected anew."""

from crmsync.core.account import User


class Outdated(Exception):
    """The connection that the job was queued for has ended; what is there now has jobs of its own."""


def refuse_outdated(user: User | None, generation: int) -> None:
    """Raises Outdated unless the user still has the connection, or the lack of one, of that generation."""
    if user is None or user.generation != generation:
        raise Outdated("the connection is another")
