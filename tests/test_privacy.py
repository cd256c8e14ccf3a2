"""docs/privacy.md leaves nothing out: what the store and the browser keep, and what ends by itself."""

import re
from pathlib import Path

from crmsync.api.sync.connect import COOKIE
from crmsync.settings import Settings
from crmsync.store.encoding import paths

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs" / "privacy.md").read_text()
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))
STORED_UNDER = re.compile(r"""["'](crm(?:sync)?\.[a-z][a-z.]*)["']""")


def test_every_collection_is_named() -> None:
    assert (set(paths.COLLECTIONS) | paths.OF_NOBODY) - NAMED == set()


def test_all_that_a_browser_keeps_is_named() -> None:
    scripts = [path.read_text() for path in (ROOT / "web").rglob("*.js")]
    keys = {key for script in scripts for key in STORED_UNDER.findall(script)}
    assert len(keys) > 3
    assert keys - NAMED == set()
    assert f"__Host-{COOKIE}" in NAMED
    assert not any("indexedDB" in script or "document.cookie" in script for script in scripts)


def test_what_firestore_deletes_by_itself_is_told_with_its_delay() -> None:
    terraform = (ROOT / "terraform" / "firestore.tf").read_text()
    [listed] = re.findall(r"expiring = toset\(\[(.*?)\]\)", terraform)
    expiring = {name.split(".")[0] for name in re.findall(r'"([^"]+)"', listed)}
    told = {name for name in expiring if re.search(rf"^\| `{name}`.*up to a day more", PAGE, re.MULTILINE)}
    assert expiring - told == {"evidence"}
    assert "Firestore deletes each entry within a\nday of its `expires_at`" in PAGE


def test_the_setting_for_evidence_is_named() -> None:
    assert "keep_consent_evidence" in Settings.model_fields
    assert "KEEP_CONSENT_EVIDENCE" in NAMED
