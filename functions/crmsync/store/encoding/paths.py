"""Where each document lives. Ids of any text are made fit for Firestore, and read back."""

import re
from collections.abc import Mapping
from typing import Literal
from urllib.parse import quote_from_bytes, unquote_to_bytes

from crmsync.core.scope import DEFAULT_ACCOUNT, Scope
from crmsync.store.documents.limits import NAME_BYTES
from crmsync.store.errors import InvalidWrite

USERS = "users"
GRANTS = "grants"
CHANNELS = "channels"
OAUTH_STATES = "oauth_states"
OFFERS = "offers"
ERASURES = "erasures"
EVIDENCE = "evidence"

CONTACTS = "contacts"
APPOINTMENTS = "appointments"
LINKS = "links"
CANDIDATES = "candidates"
SHEET = "sheet"
INTENTS = "intents"
CONFLICTS = "conflicts"
HOLDS = "holds"
DOUBLES = "doubles"
JOURNAL = "journal"
IMPORTS = "imports"
CONSENTS = "consents"
WITHDRAWN = "withdrawn"
ACCOUNTS = "accounts"

COLLECTIONS: Mapping[str, Literal["top", "user", "account"]] = {
    USERS: "top",
    GRANTS: "top",
    CHANNELS: "top",
    OAUTH_STATES: "top",
    OFFERS: "top",
    CONTACTS: "user",
    APPOINTMENTS: "user",
    CONSENTS: "user",
    WITHDRAWN: "user",
    DOUBLES: "user",
    IMPORTS: "user",
    JOURNAL: "user",
    ACCOUNTS: "user",
    LINKS: "account",
    CANDIDATES: "account",
    SHEET: "account",
    INTENTS: "account",
    CONFLICTS: "account",
    HOLDS: "account",
}
"""Every collection in which something is kept about a user, and where it lies: beside the user documents,
below a user's, or below that of each of a user's Google accounts (the default one's is the user's own).

Who needs all that is kept about a user goes by this table: tests hold that the export answers for each.
"""

OF_NOBODY = frozenset((ERASURES, EVIDENCE))
"""What outlives the users, and does not say whose it was."""

OF_AN_ACCOUNT = frozenset(name for name, place in COLLECTIONS.items() if place == "account")
"""What each Google account of a user has for itself; the rest is the user's."""

_PLAIN = re.compile(r"[A-Za-z0-9_\-=+@:~|][A-Za-z0-9_.\-=+@:~|]*")
_RESERVED = re.compile(r"__.*__", re.DOTALL)


def segment(id: str) -> str:
    """The id as part of a path: as it is when Firestore takes it so, else percent-encoded.

    Raises InvalidWrite for an id that is empty or too long for Firestore (1,500 bytes).
    """
    text = id
    if not _PLAIN.fullmatch(id) or _RESERVED.fullmatch(id):
        text = quote_from_bytes(id.encode("utf-8", "surrogatepass"), safe="=+@:~| ")
        if text.startswith(".") or _RESERVED.fullmatch(text):
            text = f"%{ord(text[0]):02X}{text[1:]}"
    if not text or len(text) > NAME_BYTES:
        raise InvalidWrite("an id is empty or too long")
    return text


def original(segment: str) -> str:
    """The id that `segment` was made of."""
    if "%" not in segment:
        return segment
    return unquote_to_bytes(segment).decode("utf-8", "surrogatepass")


def fits(id: str | Scope) -> bool:
    """True when the id can name a document, or the scope a user document; none exists under another."""
    try:
        segment(id) if isinstance(id, str) else _owner(id)
    except InvalidWrite:
        return False
    return True


def user(scope: Scope) -> str:
    """The user document; that of a further Google account holds what differs for it."""
    return f"{USERS}/{_owner(scope)}"


def owner(path: str) -> tuple[str, str]:
    """The uid and the account of a user document."""
    _, uid, *further = path.split("/")
    return original(uid), original(further[-1]) if further else DEFAULT_ACCOUNT


def grant(scope: Scope) -> str:
    """The encrypted grant of an account."""
    return f"{GRANTS}/{_owner(scope)}"


def erasure(id: str) -> str:
    """The record of an erasure."""
    return f"{ERASURES}/{segment(id)}"


def kind(path: str) -> str:
    """What kind of document it is, by the collection that it is kept in."""
    parts = path.split("/")
    return GRANTS if parts[0] == GRANTS else parts[-2]


def collection(scope: Scope, name: str) -> str:
    """A collection of a user, or of one of the user's accounts where each has its own."""
    return f"{user(scope) if name in OF_AN_ACCOUNT else f'{USERS}/{segment(scope.uid)}'}/{name}"


def document(scope: Scope, name: str, id: str) -> str:
    """A document of a user's collection.

    The one place where the id of a CRM record, as links, journal and conflicts hold it, is read as a
    reference: today always to a record of the user's own.
    """
    return f"{collection(scope, name)}/{segment(id)}"


def _owner(scope: Scope) -> str:
    uid = segment(scope.uid)
    return uid if scope.account == DEFAULT_ACCOUNT else f"{uid}/{ACCOUNTS}/{segment(scope.account)}"


def described(path: str) -> str:
    """The document's kind and id, for an error: "contacts/c1"."""
    parts = path.split("/")
    return f"{parts[-2]}/{original(parts[-1])}"
