"""Which scenarios there are: the fixed part of `script/test`, and the whole of `script/soak --interleave`."""

from collections.abc import Iterable, Sequence
from itertools import combinations, product

from crmsync.core.model import Resource
from tests.interleave.casts import Start
from tests.interleave.hub import Fate
from tests.interleave.orders import Scenario

RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")
STARTS: tuple[Start, ...] = ("at rest", "busy", "first")
JOBS = ("job 1", "job 2")
FATES: tuple[Fate, ...] = ("dies", "unheard", "refused")
SWITCHES = 3
"""Where reads are stops too."""

# What happens beside the jobs, by who does it: of each line at most one is in a scenario.
CRM = ("crm", "crm archives", "crm adds", "crm on bo")
PHONE = ("phone", "phone deletes", "phone adds", "phone on bo")
OTHERS = ("other job", "disconnect", "tick 1", "import", "undo")
TIME = ("clock",)
BESIDE = (CRM, PHONE, OTHERS, TIME)
FEW = (CRM[:2], PHONE[:2], OTHERS[:3], TIME)
"""Where three jobs meet, or reads are stops too, or something fails, only these."""
THREE = (
    ("crm", "phone", "clock"),
    ("crm archives", "phone", "clock"),
    ("crm", "phone deletes", "clock"),
    ("crm", "phone", "other job"),
    ("crm", "phone", "disconnect"),
    ("crm", "disconnect", "clock"),
    ("phone", "tick 1", "clock"),
)
"""Three edits beside two jobs: one of each two lines meets another so, in each way that matters."""

KNOWN: dict[Scenario, str] = {}
"""Scenarios that are known to break, and by what; `script/test` leaves them out."""


def fixed(resource: Resource) -> tuple[Scenario, ...]:
    """What `script/test` goes: about a minute of one core, for both resources together."""
    jobs = [("import", "phone"), ("undo", "phone")]
    if resource == "calendar":
        jobs = [("job 2", "disconnect"), ("tick 1", "phone")]
    scenarios = [
        *(Scenario(resource, start, JOBS) for start in STARTS),
        *(Scenario(resource, "busy", JOBS, fates=(fate,)) for fate in FATES),
        *(Scenario(resource, "busy", (*JOBS, one)) for one in ("crm", "phone", "clock")),
        *(Scenario(resource, "busy", (*JOBS[:1], *others)) for others in jobs),
        Scenario(resource, "busy", JOBS, reads=True, switches=2),
    ]
    return tuple(scenario for scenario in scenarios if scenario not in KNOWN)


def whole() -> Sequence[Scenario]:
    """What `script/soak --interleave` goes: small ones first, so that an end that comes early leaves out
    large ones.
    """
    return [
        Scenario(resource, *rest)
        for rest in [*_pairs(), *_beside(1), *_reads(2), *_fates(), *_beside(2), *_reads(3), *_beside(3)]
        for resource in RESOURCES
    ]


Rest = tuple[Start, tuple[str, ...], bool, int | None, tuple[Fate, ...]]


def _pairs() -> Iterable[Rest]:
    for start in STARTS:
        yield start, JOBS, False, None, ()
        yield start, JOBS, True, SWITCHES, ()


def _beside(number: int) -> Iterable[Rest]:
    """Two jobs, and so many others: every order at the stops of writes."""
    every = THREE if number == 3 else [c for lines in combinations(BESIDE, number) for c in product(*lines)]
    for beside in every:
        yield "busy", (*JOBS, *beside), False, None, ()


def _reads(actors: int) -> Iterable[Rest]:
    """Jobs beside one another, and everything that they read is a stop, too."""
    jobs = JOBS[: actors - 1]
    for line in FEW if actors > 2 else BESIDE:
        for one in line:
            yield "busy", (*jobs, one), True, SWITCHES, ()


def _fates() -> Iterable[Rest]:
    """One write, or one task that is queued, goes wrong: of each job alone, of two, and beside another."""
    for fate, start in product(FATES, STARTS):
        yield start, JOBS, False, None, (fate,)
    for fate, line in product(FATES, FEW):
        for one in line:
            yield "busy", (*JOBS[:1], one), False, None, (fate,)
            yield "busy", (*JOBS, one), False, None, (fate,)
