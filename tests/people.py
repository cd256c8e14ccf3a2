"""Several users on one stage."""

import copy

from tests.stage import Stage


def beside(stage: Stage, uid: str) -> Stage:
    """Another user of the same installation, with a Google account of their own."""
    other = copy.copy(stage)
    other.uid = uid
    other.account = stage.world.add_account(f"{uid}@gmail.example", uid.title())
    other.connect()
    return other
