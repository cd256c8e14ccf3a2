"""Who may import whom: the table of rooms, and what keeps the core pure."""

import ast
from pathlib import Path

import pytest

from tests.imports import breaches, imports, walls, within

ROOT = Path(__file__).resolve().parent.parent
FUNCTIONS = ROOT / "functions"

_DECISIONS = ("pair.decide", "pair.merge", "people.matching", "pair.guard", "sheet.candidates")

# room: what of ours it may import, and what of others only it and its like may.
MAY = {
    "main": ("api", "compose"),
    "core": ("core",),
    "gateway": ("gateway", "core", "settings", "engine.ports", "logs", "tally"),
    "store": ("store", "core", "tally"),
    "engine": ("engine", "core", "store.ports", "logs", "tally"),
    "api": ("api", "engine", "core", "store.ports", "store.errors", "settings", "logs", "tally"),
}
ONLY = {
    "flask": ("main", "api"),
    "google": ("gateway", "store"),
    "googleapiclient": ("gateway",),
    "google_auth_oauthlib": ("gateway",),
    "requests": ("gateway",),
    "urllib3": ("gateway",),
    "cryptography": ("gateway", "api"),
}
# The walls inside the rooms. A line: packages and modules of a room, and which of those above they import.
# What is named by two words (`http.partial`) is a part of a folder with a place of its own.
INSIDE = {
    "functions/crmsync/core": """
        chunks doubles erasure errors json_types model quarantine scope validate:
        text: model
        encoding: json_types model
        journal: json_types model scope
        consent: encoding json_types model text validate
        fields: encoding json_types model
        loops: journal
        state: json_types loops model scope
        calendar: fields model state text
        pair: calendar fields journal json_types model state text
        departure: model
        account: departure model pair scope
        people: consent fields json_types model pair state text
        sheet: consent encoding json_types model pair people state text validate
        due: account model
        shown: account model state
    """,
    "functions/crmsync/store": """
        deadlines errors writes:
        counts: writes
        documents: deadlines errors
        encoding: documents errors writes
        ports: deadlines errors writes
        sheet: documents encoding ports
        withdrawn: documents encoding errors
        parts: counts documents encoding errors ports sheet withdrawn writes
        repository: parts ports
    """,
    "functions/crmsync/engine": """
        in_line payload ports:
        deps: in_line ports
        seals: deps
        run: deps ports
        sessions: deps ports seals
        users: deps run
        schedule: deps payload run users
        requests: deps payload users
        status: deps users
        frame: deps payload requests run sessions users
        pairs series: run
        imports: deps pairs ports requests run schedule sessions users
        pull: pairs ports run series
        push: pairs ports run series
        doubles: deps requests run users
        account: deps ports requests run schedule series sessions users
        review: deps pairs push requests run series users
        sides: account pairs pull push run series
        sync: account pull push review run
        sync_job: deps frame payload ports run sessions sides sync
        jobs: account deps frame imports payload requests schedule seals sync_job
    """,
    "functions/crmsync/api": """
        http:
        router schemas: http
        imports sync: http schemas
        records: http schemas sync
        activity: http schemas
        export: activity http imports records sync
        routes: activity export http imports records router schemas sync
        doors: http routes sync
    """,
    "local": """
        demo_people home keys leash logfile own_hosts ports progress scheduler:
        identity: keys
        data_dir: keys progress
        google: demo_people keys own_hosts
        tasks: google ports
        chromium: progress
        doctor: ports progress
        demo: demo_people identity
        environment: identity keys progress
        doors: environment
        emulator: ports progress
        exports: emulator progress
        programs: progress
        packages: progress
        pin: packages programs progress
        node: programs progress
        lint: node packages programs progress
        check: chromium emulator lint programs progress
        web_server: own_hosts ports
        runner: data_dir demo doors emulator environment exports google home identity keys logfile ports
        runner: progress scheduler tasks web_server
        __main__: environment progress runner
    """,
    "local/google": """
        clock faults json:
        errors: json
        http.partial: errors json
        calendar: clock errors json
        oauth: clock json
        people: clock errors http.partial json
        world: calendar clock faults oauth people
        http: errors faults http.partial json oauth world
        calendar.batch: errors http world
        calendar.api: calendar calendar.batch errors http http.partial json world
        oauth.endpoints: errors http json oauth world
        people.batch: errors http json people world
        people.groups_api: clock errors http json people world
        people.photos: people world
        people.api: errors faults http http.partial json people people.batch people.groups_api world
        control: calendar clock errors faults json oauth world
        pages: calendar clock control errors faults http json oauth people world
        seed: calendar clock json people world
        app: calendar.api control oauth.endpoints pages people.api people.photos world
        kept: calendar oauth people world
        server: app kept world
        __main__: kept seed server
    """,
}
PURE_WORDS = """
    __future__ abc anyascii base64 bisect calendar collections dataclasses dateutil datetime decimal enum
    fractions functools hashlib heapq hmac html icalendar itertools json math nicknames operator phonenumbers
    rapidfuzz re string struct types typing typing_extensions unicodedata urllib.parse zoneinfo crmsync
"""
PURE = set(PURE_WORDS.split())


def files(room: str) -> list[Path]:
    """The files of a room."""
    return sorted((FUNCTIONS / "crmsync" / room).rglob("*.py")) if room != "main" else [FUNCTIONS / "main.py"]


@pytest.mark.parametrize("room", MAY)
def test_a_room_touches_only_what_it_may(room: str) -> None:
    assert files(room)
    for path in files(room):
        for module in imports(path):
            ours, _, inside = module.partition(".")
            if ours == "crmsync":
                assert within(inside, MAY[room]), f"{path} imports {module}"
            for package, rooms in ONLY.items():
                assert room in rooms or not within(module, (package,)), f"{path} imports {module}"


@pytest.mark.parametrize("room", INSIDE)
def test_the_walls_inside_a_room_stand(room: str) -> None:
    prefix = room.removeprefix("functions/").replace("/", ".")
    assert breaches(ROOT / room, prefix, walls(INSIDE[room])) == []


def test_a_breach_is_told_with_its_file_and_import(tmp_path: Path) -> None:
    sources = {
        "attic/trunk.py": "import house.cellar.wine\nfrom house.street import lamp\n",
        "cellar/wine.py": "def pour():\n    from house.attic.trunk import glass\n    return glass\n",
        "shed.py": "",
        "street.py": "import os\n",
    }
    for name, source in sources.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(source)
    table = walls("street:\n cellar: street\n attic: cellar street\n well: tower")
    assert breaches(tmp_path, "house", table) == [
        f"{tmp_path}/cellar/wine.py imports house.attic.trunk.glass, which cellar may not",
        f"{tmp_path}/shed.py has no place in the table",
        "the table lets cellar import street, which it does not",
        "the table names well, which is not there",
        "the table points upwards, from well to tower",
        "the table lets well import tower, which it does not",
    ]


@pytest.mark.parametrize("room", ["api", "gateway", "store"])
def test_decisions_are_left_to_the_core(room: str) -> None:
    forbidden = {f"crmsync.core.{name}" for name in _DECISIONS}
    for path in files(room):
        assert not [module for module in imports(path) if within(module, forbidden)], path


def test_the_core_is_pure() -> None:
    for path in files("core"):
        impure = [module for module in imports(path) if not within(module, PURE)]
        assert not impure, f"{path} imports {impure}"
        calls = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        called = {function.attr for function in calls if isinstance(function, ast.Attribute)}
        assert not called & {"now", "utcnow", "today"}, f"{path} asks for the time"


def test_what_is_deployed_knows_nothing_local() -> None:
    for path in FUNCTIONS.rglob("*.py"):
        local = [module for module in imports(path) if within(module, ("local", "tests", "bench"))]
        assert not local, f"{path} imports {local}"
