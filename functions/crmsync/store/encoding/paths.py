"""Where each document lives. Ids of any text are made fit for Firestore, and read back."""

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

from crmsync.store.documents.limits import NAME_BYTES
from crmsync.store.errors import InvalidWrite

USERS = "users"
GRANTS = "grants"
CHANNELS = "channels"
OAUTH_STATES = "oauth_states"

CONTACTS = "contacts"
APPOINTMENTS = "appointments"
LINKS = "links"
CANDIDATES = "candidates"
SHEET = "sheet"
INTENTS = "intents"
CONFLICTS = "conflicts"
HOLDS = "holds"
JOURNAL = "journal"
IMPORTS = "imports"
CONSENTS = "consents"

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


def fits(id: str) -> bool:
    """True when the id can name a document; no document exists under another."""
    try:
        segment(id)
    except InvalidWrite:
        return False
    return True


def collection(uid: str, name: str) -> str:
    """A collection of one user."""
    return f"{USERS}/{segment(uid)}/{name}"


def user(uid: str) -> str:
    """The user document."""
    return f"{USERS}/{segment(uid)}"


def described(path: str) -> str:
    """The document's kind and id, for an error: "contacts/c1"."""
    parts = path.split("/")
    return f"{parts[-2]}/{original(parts[-1])}"
