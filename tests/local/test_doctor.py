"""script/doctor against the simulated Google, on which each wrong thing is dialled."""

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests

from local import doctor, ports
from local.doctor import Finding, Setup, examine
from local.google.faults import Fault, SignInRefusal
from local.google.server import GoogleServer
from local.google.world import World

EMAIL = "ann@gmail.example"


@pytest.fixture(scope="module")
def google() -> Iterator[GoogleServer]:
    with GoogleServer(World()) as server:
        server.world.add_account(EMAIL)
        yield server


@pytest.fixture
def setup(google: GoogleServer) -> Iterator[Setup]:
    """A set-up in which nothing is wrong; each test dials one thing."""
    made = Setup("client", "secret", ports.free_port(), google.origin)
    google.world.register_client("client", "secret", [made.redirect_uri])
    yield made
    google.world.controls.clear_faults()
    google.world.controls.sign_in_refusal = None
    google.world.grants.revoke(google.world.account(EMAIL).sub)


def person(*scopes: str, decision: str = "allow") -> Callable[[str], object]:
    """Somebody at a browser, who ticks these permissions."""

    def walk(address: str) -> None:
        page = requests.get(address, timeout=20)
        origin = address.partition("/o/")[0]
        form: dict[str, object] = {"email": EMAIL, "decision": decision, "scope": scopes}
        for step in ("account", "consent"):
            found = re.search(r'name="flow" value="([^"]+)"', page.text)
            if found is None:
                return
            page = requests.post(f"{origin}/signin/{step}", {**form, "flow": found[1]}, timeout=20)

    return lambda address: threading.Thread(target=walk, args=(address,)).start()


CONTACTS, EVENTS = (f"https://www.googleapis.com/auth/{name}" for name in ("contacts", "calendar.events"))
ALL = person(CONTACTS, EVENTS)


def wrong(found: Iterator[Finding]) -> list[tuple[str, str, str]]:
    """What is wrong, with what is said and done about it."""
    return [(it.what, it.said, f"{it.remedy} {it.page}") for it in found if it.well is False]


def test_where_nothing_is_wrong_everything_is_looked_at(setup: Setup) -> None:
    found = list(examine(setup, ALL))
    assert [(it.what, it.well) for it in found] == [
        ("client", True),
        ("clock", True),
        ("redirect URI", True),
        ("push", None),
        ("scopes", True),
        ("consent screen", True),
        ("People API", True),
        ("Google Calendar API", True),
    ]


def test_without_a_client_only_that_is_said(setup: Setup) -> None:
    [(what, said, remedy)] = wrong(examine(replace(setup, client_secret=""), ALL))
    assert (what, said) == ("client", "GOOGLE_CLIENT_SECRET not set")
    assert doctor.CLIENTS in remedy


@pytest.mark.parametrize(("client_id", "secret"), [("client", "old"), ("mistyped", "secret")])
def test_id_and_secret_are_tried_by_a_real_request(setup: Setup, client_id: str, secret: str) -> None:
    [(what, said, remedy)] = wrong(examine(replace(setup, client_id=client_id, client_secret=secret), ALL))
    assert (what, said) == ("client", "Google does not take id and secret (invalid_client)")
    assert doctor.CLIENTS in remedy


def test_a_redirect_uri_that_is_not_registered_is_named_to_the_letter(setup: Setup) -> None:
    elsewhere = replace(setup, port=setup.port - 1)
    [(what, said, remedy)] = wrong(examine(elsewhere, ALL))
    assert what == "redirect URI"
    assert f"http://127.0.0.1:{elsewhere.port}/oauth/callback (redirect_uri_mismatch)" in said
    assert doctor.CLIENTS in remedy


@pytest.mark.parametrize(
    ("error", "page", "where"),
    [
        ("org_internal", True, doctor.AUDIENCE),
        ("admin_policy_enforced", True, "admin.google.com"),
        ("access_denied", True, doctor.AUDIENCE),
        ("access_denied", False, doctor.AUDIENCE),
    ],
)
def test_what_the_consent_screen_lets_nobody_through_is_said(
    setup: Setup, google: GoogleServer, error: str, page: bool, where: str
) -> None:
    google.world.controls.sign_in_refusal = SignInRefusal(error, page=True) if page else None
    # What Google's first page does not say comes with whoever comes back.
    [(what, said, remedy)] = wrong(examine(setup, ALL if page else person(decision="cancel")))
    assert (what, error in said) == ("redirect URI" if page else "sign-in", True)
    assert where in remedy


def test_permissions_that_were_left_out_are_named(setup: Setup) -> None:
    [(what, said, remedy)] = wrong(examine(setup, person(CONTACTS)))
    assert (what, said) == ("scopes", "not allowed: calendar")
    assert doctor.SCOPES in remedy


def test_a_client_in_testing_is_told_with_its_week(setup: Setup, google: GoogleServer) -> None:
    google.world.register_client("client", "secret", [setup.redirect_uri], testing=True)
    found = {it.what: it for it in examine(setup, ALL)}
    assert "in testing: each permission ends after 7 days" in found["consent screen"].said


@pytest.mark.parametrize(
    ("operation", "reason", "name"),
    [
        ("people.*", "SERVICE_DISABLED", "People API"),
        ("calendar.*", "accessNotConfigured", "Google Calendar API"),
    ],
)
def test_an_api_that_is_not_enabled_is_told_with_its_page(
    setup: Setup, google: GoogleServer, operation: str, reason: str, name: str
) -> None:
    google.world.controls.plan(Fault(operation, status=403, reason=reason, times=None))
    [(what, said, remedy)] = wrong(examine(setup, ALL))
    assert (what, said) == (name, "not enabled in the project of the client")
    assert "console.cloud.google.com/apis/library/" in remedy


@pytest.mark.parametrize("seconds", [3600, -3600])
def test_a_clock_that_is_out_is_told_by_how_much(seconds: int) -> None:
    here = datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(seconds=seconds)
    found = doctor._clock("Sun, 22 Nov 2026 12:00:00 GMT", here)
    assert found is not None
    assert (found.well, "3600 s" in found.said, "timedatectl" in found.remedy) == (False, True, True)


def test_an_address_that_does_not_answer_gets_no_push(setup: Setup) -> None:
    public = replace(setup, public_url=f"https://sync.localhost:{ports.free_port()}")
    [(what, said, _)] = wrong(examine(public, None))
    assert (what, "does not answer" in said) == ("push", True)


def test_a_google_that_cannot_be_reached_is_told(setup: Setup) -> None:
    [(what, said, remedy)] = wrong(
        examine(replace(setup, google=f"http://127.0.0.1:{ports.free_port()}"), ALL)
    )
    assert (what, "does not answer" in said, "network" in remedy) == ("client", True, True)


def test_a_port_that_is_taken_is_told(setup: Setup) -> None:
    with ports.listen(setup.port):
        [(what, said, _)] = wrong(examine(setup, ALL))
    assert (what, said) == ("sign-in", f"port {setup.port} is taken")


def test_it_says_at_the_terminal_what_is_wrong_and_ends_with_one(
    setup: Setup, capsys: pytest.CaptureFixture[str]
) -> None:
    env = {"GOOGLE_CLIENT_ID": "client", "GOOGLE_CLIENT_SECRET": "secret"}
    words = ["--port", str(setup.port), "--google", str(setup.google), "--no-sign-in"]
    assert doctor.main(words, env) == 0
    assert doctor.main(words, {**env, "GOOGLE_CLIENT_SECRET": "old"}) == 1
    said = capsys.readouterr().out
    assert "nothing is wrong" in said
    assert "WRONG  client: Google does not take id and secret" in said
