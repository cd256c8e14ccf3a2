"""`python -m tests.processes.age`: an instance of the functions that is told, line by line, what to do.

Its answer to a line is what it logs meanwhile, and then `{"keys": …}`. An instance is started anew with other
keys by telling it these: whatever it held in memory is gone.
"""

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from crmsync import compose
from crmsync.core.account import Connection, Grant
from crmsync.core.scope import Scope
from crmsync.engine import jobs
from crmsync.engine.deps import Deps
from crmsync.store.ports import PutUser
from tests.stage import BOTH


@dataclass
class _Queue:
    """Delivers what is queued for all users at once, and nothing else."""

    deps: Deps | None = None

    def enqueue(self, job: str, payload: Mapping[str, Any], **_: Any) -> bool:
        if job == "reseal":
            assert self.deps is not None
            jobs.run(self.deps, job, payload)
        return True


def instance() -> Deps:
    """What an instance has in its hands that starts now."""
    queue = _Queue()
    queue.deps = replace(compose.surroundings().deps, queue=queue)
    return queue.deps


def main() -> None:
    """Serves until its standard input ends."""
    deps = instance()
    print(json.dumps({"keys": deps.vault.key}), flush=True)
    for line in sys.stdin:
        told = json.loads(line)
        match told.pop("do"):
            case "start":
                os.environ["TOKEN_KEYS"] = told["keys"]
                deps = instance()
            case "connect":
                connect(deps, **told)
            case "job":
                jobs.run(deps, told["job"], told["payload"])
            case "tick":
                jobs.tick(deps, told["tick"])
        print(json.dumps({"keys": deps.vault.key}), flush=True)


def connect(deps: Deps, uid: str, sub: str, refresh_token: str) -> None:
    """The user has come back from Google, whose answer this is."""
    vault, now, holder = deps.vault, deps.clock.now(), deps.google.holder(sub)
    sealed = vault.seal(refresh_token)
    grant = Grant(uid, sub, sealed, BOTH, holder=holder, key=vault.key, id=deps.new_id())
    deps.store.put_grant(grant)
    connection = Connection(sub, f"{uid}@gmail.example", BOTH, now, allowed_at=now)
    deps.store.commit(Scope.of(uid), [PutUser({"connection": connection, "previous_sub": sub})])


if __name__ == "__main__":
    main()
