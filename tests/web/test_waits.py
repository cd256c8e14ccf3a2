"""What the button and its panel say of what waits and of what needs the person, in both languages."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.web.conftest import Snap
from tests.web.stage import Stage
from tests.web.test_accessibility import Inspector

pytestmark = pytest.mark.browser

NOW = "2026-03-02T19:00:00Z"
"""Two in the afternoon in Toronto, a Monday."""
SOON, LATER, TOMORROW = "2026-03-02T19:00:20Z", "2026-03-02T19:12:00Z", "2026-03-03T13:05:00Z"
AGO = "2026-03-02T18:55:00Z"
BOTH = {"contacts": {"last_synced_at": AGO}, "calendar": {"last_synced_at": AGO}}
SILENT = {
    "code": "unavailable",
    "message": "Google does not answer at the moment. We keep trying.",
    "action": "wait",
}
SLOWED = {"code": "rate_limited", "message": "Google asks us to wait.", "action": "wait"}
GONE = {"code": "calendar_gone", "message": "The chosen Google calendar is gone.", "action": "settings"}
HELD = {"code": "deletions_held", "message": "A deletion waits for your decision.", "action": "review"}


def wait(why: str, until: str | None, count: int | None = None, what: str = "contacts") -> dict[str, Any]:
    return {"what": what, "count": count, "until": until, "why": why}


def status(state: str, *waits: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An answer of the service."""
    progress = (
        {"phase": "waiting", "done": 0, "total": None, "seconds_left": None} if state == "syncing" else None
    )
    return {
        "state": state,
        "label": "…",
        "account": {"email": "ann.martin@gmail.example"},
        "granted": {"contacts": True, "calendar": True},
        "progress": progress,
        "waits": list(waits),
        **dict.fromkeys(("waiting", "conflicts", "holds", "refused"), 0),
        "problems": [],
        "last_synced_at": AGO,
        "resources": BOTH,
        "changed_at": AGO,
        **more,
    }


FAR = {"phase": "waiting", "done": 200, "total": 450, "seconds_left": 700}
STATES: dict[str, tuple[dict[str, Any], list[str], list[str]]] = {
    # What the service says; what the button and the panel say, in English and in French.
    "quota": (
        status("syncing", wait("rate_limited", LATER, 250), progress=FAR, problems=[SLOWED]),
        [
            "Waiting for Google|200 of 450 · until 2:12 p.m.",
            "250 contacts wait|Google asks us to wait.|The sync goes on at 2:12 p.m.",
        ],
        [
            "En attente de Google|200 sur 450 · jusqu’à 14 h 12",
            "250 contacts en attente|Google nous demande d’attendre.|La synchronisation reprendra à 14 h 12.",
        ],
    ),
    "quota-of-the-day": (
        status("syncing", wait("rate_limited", TOMORROW), problems=[SLOWED]),
        ["Waiting for Google|until Tuesday at 8:05 a.m.", "The sync goes on Tuesday at 8:05 a.m."],
        ["En attente de Google|jusqu’à mardi à 8 h 05", "La synchronisation reprendra mardi à 8 h 05."],
    ),
    "retry": (
        status("syncing", wait("retry", SOON)),
        ["Trying again|in a moment", "The last attempt did not work.|We try again in a moment."],
        [
            "Nouvel essai|dans un instant",
            "Le dernier essai n’a pas réussi.|Nous réessaierons dans un instant.",
        ],
    ),
    "outage": (
        status(
            "syncing",
            wait("unavailable", LATER),
            wait("unavailable", LATER, 1, "calendar"),
            problems=[SILENT],
        ),
        [
            "Google does not answer|next try at 2:12 p.m.",
            "Contacts · 1 appointment waits|Google does not answer at the moment.|We try again at 2:12 p.m.",
        ],
        [
            "Google ne répond pas|prochain essai à 14 h 12",
            "Contacts · 1 rendez-vous en attente|Google ne répond pas pour le moment.|Nous réessaierons à",
        ],
    ),
    "in-doubt": (
        status("syncing", wait("in_doubt", LATER, 2)),
        [
            "Checking new contacts|2 contacts wait · until 2:12 p.m.",
            "2 contacts wait|none is doubled.|This will be settled by 2:12 p.m.",
        ],
        [
            "Vérification de nouveaux contacts|2 contacts en attente · jusqu’à 14 h 12",
            "2 contacts en attente|pour ne rien créer en double.|Ce sera réglé à 14 h 12 au plus tard.",
        ],
    ),
    "deferred": (
        status("syncing", wait("deferred", None, 3, "calendar")),
        [
            "Not everything is sent|3 appointments wait",
            "3 appointments wait|We try again in a moment.",
        ],
        [
            "Envoi incomplet|3 rendez-vous en attente",
            "3 rendez-vous en attente|Nous réessaierons dans un instant.",
        ],
    ),
    "never": (
        status(
            "syncing",
            wait("queued", None, what="calendar"),
            last_synced_at=None,
            resources={"contacts": {"last_synced_at": AGO}, "calendar": {"last_synced_at": None}},
        ),
        [
            "Starting…",
            "Contacts: last synced 5 minutes ago|Calendar: not synced yet|The first sync has not begun yet.",
        ],
        [
            "Démarrage…",
            "Contacts : synchronisation il y a 5 minutes|Agenda : pas encore de synchronisation|commencé.",
        ],
    ),
    "attention-and-wait": (
        status("attention", wait("deferred", None, 7), holds=1, problems=[HELD]),
        ["Action needed", "A deletion waits for your decision.|7 contacts wait"],
        ["Action requise", "Une suppression attend votre décision.|7 contacts en attente"],
    ),
    "closed": (
        status("attention", wait("calendar_gone", LATER, 7, "calendar"), problems=[GONE]),
        ["Action needed", "can no longer be found.|7 appointments wait|We try again at 2:12 p.m."],
        ["Action requise", "est introuvable.|7 rendez-vous en attente|Nous réessaierons à 14 h 12."],
    ),
    "of-a-kind-without-words": (
        status(
            "syncing", wait("odd", LATER), problems=[{"code": "odd", "message": "Odd.", "action": "wait"}]
        ),
        ["Waiting|next try at 2:12 p.m.", "Contacts|Odd.|We try again at 2:12 p.m."],
        [
            "En attente|prochain essai à 14 h 12",
            "Contacts|fait attendre la synchronisation.|Nous réessaierons à 14 h 12.",
        ],
    ),
    "complete": (
        status("complete"),
        ["Complete", "Last synced 5 minutes ago"],
        ["À jour", "Dernière synchronisation : il y a 5 minutes"],
    ),
}


def said(words: str) -> re.Pattern[str]:
    """These words in this order, whatever the spaces."""
    parts = [r"\s".join(map(re.escape, re.split(r"\s", part))) for part in words.split("|")]
    return re.compile(r"\s*".join(parts[:1]) + "".join(rf"[\s\S]*?{part}" for part in parts[1:]))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_wait_names_itself_and_its_end(
    stage: Stage, browser: Browser, snap: Snap, language: str
) -> None:
    context = browser.new_context(
        locale=f"{language}-CA",
        timezone_id="America/Toronto",
        reduced_motion="reduce",
        viewport={"width": 1440, "height": 900},
    )
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    shown: dict[str, Any] = {}
    page.route(re.compile(r"/api/sync(\?.*)?$"), lambda route: answer(route, shown))
    inspector = Inspector(snap)
    for name, (given, english, french) in STATES.items():
        shown.clear()
        shown.update(given)
        look(page, stage, english if language == "en" else french)
        # What a page is built of is the same in both languages.
        if language == "en":
            inspector.inspect(page, f"button-{name}-{language}")
    context.close()
    assert inspector.found == []


def answer(route: Route, shown: dict[str, Any]) -> None:
    asked = 202 if route.request.method == "POST" else 200
    headers = {"ETag": '"x"', "Content-Type": "application/json"}
    route.fulfill(status=asked, headers=headers, body=json.dumps(shown))


def look(page: Page, stage: Stage, words: list[str]) -> None:
    """Loads the CRM anew, and reads button and panel."""
    page.goto(stage.url)
    person = page.get_by_role("button", name="Ann Martin")
    more = page.locator("google-sync-button .more")
    expect(person.or_(more).first).to_be_visible()
    if person.count():
        person.click()
    button, panel = words
    expect(page.locator("google-sync-button .main")).to_have_text(said(button))
    more.click()
    expect(page.locator("google-sync-button .panel")).to_have_text(said(panel))


def test_a_wait_that_comes_to_its_end_is_said_to_end_in_a_moment(stage: Stage, browser: Browser) -> None:
    """Nothing new is heard of it; only the clock has moved on."""
    context = browser.new_context(locale="en-CA", timezone_id="America/Toronto")
    page = context.new_page()
    page.clock.install(time=NOW)
    shown = status("syncing", wait("rate_limited", LATER, 2))
    page.route(re.compile(r"/api/sync(\?.*)?$"), lambda route: answer(route, shown))
    look(page, stage, ["Waiting for Google|until 2:12 p.m.", "2:12 p.m."])
    page.clock.fast_forward("11:30")
    expect(page.locator("google-sync-button .main")).to_have_text(said("Waiting for Google|in a moment"))
    context.close()
