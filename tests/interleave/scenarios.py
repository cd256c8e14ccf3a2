"""Which scenarios there are: the fixed part of `script/test`, and the whole of `script/soak --interleave`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from crmsync.core.model import Resource
from tests.interleave.casts import Start
from tests.interleave.hub import Fate
from tests.interleave.orders import Scenario

RESOURCES: tuple[Resource, ...] = ("contacts", "calendar")
STARTS: tuple[Start, ...] = ("at rest", "busy", "first")
JOBS = ("job 1", "job 2")
FATES: tuple[Fate, ...] = ("dies", "unheard", "refused")

# What happens beside the jobs, by who does it: of each line at most one is in a scenario.
CRM = ("crm", "crm archives", "crm adds", "crm on bo")
PHONE = ("phone", "phone deletes", "phone adds", "phone on bo")
OTHERS = ("disconnect", "tick 1", "import", "undo")
TIME = ("clock",)
BESIDE = (CRM, PHONE, OTHERS, TIME)
FEW = (CRM[:2], PHONE[:2], OTHERS[:2], TIME)
"""Where something fails, or reads are stops beside two jobs, only these."""
ASKED: Mapping[Resource, tuple[str, ...]] = {
    "contacts": ("click", "consents", "agrees", "declines"),
    "calendar": ("click", "webhook"),
}
"""What else somebody asks for: beside the jobs alone, and beside one more of `WITH_ASKED`."""
WITH_ASKED = ("crm", "phone", "clock")
OTHER = "other job"
"""A sync of the other resource, which meets the jobs in the user document alone, at each of their commits: so
beside one job with all that there is, and beside two with nothing else.
"""
THREE = (
    ("crm", "phone", "clock"),
    ("crm archives", "phone", "clock"),
    ("crm", "phone deletes", "clock"),
    ("crm", "phone", "tick 1"),
    ("crm", "phone", "disconnect"),
    ("crm", "disconnect", "clock"),
    ("phone", "tick 1", "clock"),
)
"""Three beside two jobs: one of each two lines meets another so, in each way that matters."""

KNOWN: dict[Scenario, str] = {}
"""Scenarios that are known to break, and by what; `script/test` leaves them out."""


def fixed(resource: Resource) -> tuple[Scenario, ...]:
    """What `script/test` goes: about half a minute of one core, for both resources together."""
    alone = {
        "contacts": (("import", "phone"), ("undo", "phone"), ("declines", "crm")),
        "calendar": (("webhook", "disconnect"), ("tick 1", "tick 2"), ("other job",)),
    }
    scenarios = [
        *(Scenario(resource, start, JOBS) for start in STARTS),
        *(Scenario(resource, "busy", JOBS, fates=(fate,)) for fate in FATES),
        *(Scenario(resource, "busy", (*JOBS, one)) for one in ("crm", "phone", "clock")),
        *(Scenario(resource, "busy", (*JOBS[:1], *others)) for others in alone[resource]),
        Scenario(resource, "busy", JOBS, reads=True),
    ]
    return tuple(scenario for scenario in scenarios if scenario not in KNOWN)


@dataclass(frozen=True, slots=True)
class Group:
    """Scenarios of one kind. steps: so many one of them takes, to estimate how long the rest will."""

    name: str
    steps: int
    scenarios: tuple[Scenario, ...]


def whole() -> Sequence[Group]:
    """What `script/soak --interleave` goes: small ones first, so that an end that comes early leaves out
    large ones.
    """
    return [
        Group("two jobs", 500, tuple(_pairs())),
        Group("a job and one more, reads", 500, tuple(_reads(1))),
        Group("two jobs and one more", 1_500, tuple(_beside(1))),
        Group("one that goes wrong", 2_500, tuple(_fates())),
        Group("two jobs and one more, reads", 10_000, tuple(_reads(2))),
        Group("two jobs and two more", 8_000, tuple(_beside(2))),
        Group("two jobs and what is asked for", 5_000, tuple(_asked())),
        Group("two jobs and three more", 40_000, tuple(_beside(3))),
    ]


def _pairs() -> Iterable[Scenario]:
    for resource, start, reads in product(RESOURCES, STARTS, (False, True)):
        yield Scenario(resource, start, JOBS, reads)
    for resource in RESOURCES:
        yield Scenario(resource, "busy", ("job 1", "job 1 again"))
        yield Scenario(resource, "busy", ("job 1", "tick 1", "tick 2"))


def _beside(number: int) -> Iterable[Scenario]:
    """Two jobs, and so many others: every order at the stops of writes."""
    every = THREE if number == 3 else [c for lines in combinations(BESIDE, number) for c in product(*lines)]
    for resource, beside in product(RESOURCES, every):
        yield Scenario(resource, "busy", (*JOBS, *beside))
    for resource in RESOURCES:
        if number == 1:
            yield Scenario(resource, "busy", (*JOBS, OTHER))
        elif number == 2:
            for one in (*CRM, *PHONE, *TIME):
                yield Scenario(resource, "busy", (JOBS[0], OTHER, one))


def _asked() -> Iterable[Scenario]:
    """What somebody asks for, beside two jobs and one more."""
    for resource in RESOURCES:
        for asked in ASKED[resource]:
            yield Scenario(resource, "busy", (*JOBS, asked))
            for one in WITH_ASKED:
                yield Scenario(resource, "busy", (*JOBS, asked, one))


def _reads(jobs: int) -> Iterable[Scenario]:
    """Jobs and one more, and everything that they read is a stop, too."""
    for resource in RESOURCES:
        lines = (*BESIDE, ASKED[resource], (OTHER,)) if jobs == 1 else FEW
        for one in (one for line in lines for one in line):
            yield Scenario(resource, "busy", (*JOBS[:jobs], one), reads=True)


def _fates() -> Iterable[Scenario]:
    """One write, or one task that is queued, goes wrong: of each job alone, of two, and beside another."""
    for resource, fate in product(RESOURCES, FATES):
        for start in STARTS:
            yield Scenario(resource, start, JOBS, fates=(fate,))
        for one in (one for line in FEW for one in line):
            yield Scenario(resource, "busy", (*JOBS[:1], one), fates=(fate,))
            yield Scenario(resource, "busy", (*JOBS, one), fates=(fate,))
        for one in (*ASKED[resource], *OTHERS[2:], OTHER):
            yield Scenario(resource, "busy", (*JOBS[:1], one), fates=(fate,))
