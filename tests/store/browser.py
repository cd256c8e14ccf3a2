"""Firestore's REST interface, as the browser of a signed-in user reaches it: under the rules."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

NOW = object()
"""Stands for the time of the request."""


class Browser:
    """What the browser of `uid` (None: nobody is signed in) may do. Each call answers whether it was allowed.

    Paths are below the user document of `home`.
    """

    def __init__(self, host: str, project: str, uid: str | None, home: str) -> None:
        self.uid = uid
        self.home = home
        self._host, self._project = host, project
        self._root = f"projects/{project}/databases/(default)/documents"
        self._headers = {"Content-Type": "application/json"}
        if uid is not None:
            self._headers["Authorization"] = f"Bearer {unsigned_token(project, uid)}"

    def of(self, uid: str | None) -> "Browser":
        """The browser of somebody else, who tries the same documents."""
        return Browser(self._host, self._project, uid, self.home)

    def create(self, path: str, data: Mapping[str, Any]) -> bool:
        """Creates a document."""
        return self._commit(path, data, {"currentDocument": {"exists": False}})

    def update(self, path: str, data: Mapping[str, Any]) -> bool:
        """Replaces these fields."""
        mask = {"updateMask": {"fieldPaths": [name for name, value in data.items() if value is not NOW]}}
        return self._commit(path, data, {"currentDocument": {"exists": True}, **mask})

    def remove(self, path: str, field: str) -> bool:
        """Takes a field away, by its path in the document."""
        write = {
            "update": {"name": f"{self._root}{self._at(path)}", "fields": {}},
            "updateMask": {"fieldPaths": [field]},
            "updateTransforms": [{"fieldPath": "updated_at", "setToServerValue": "REQUEST_TIME"}],
        }
        return self._allowed("POST", ":commit", {"writes": [write]})

    def replace(self, path: str, data: Mapping[str, Any]) -> bool:
        """Replaces the whole document, or creates it."""
        return self._commit(path, data, {})

    def delete(self, path: str) -> bool:
        """Deletes a document."""
        return self._allowed("POST", ":commit", {"writes": [{"delete": f"{self._root}{self._at(path)}"}]})

    def read(self, path: str) -> bool:
        """Reads a document, or lists a collection."""
        return self._allowed("GET", self._at(path))

    def _at(self, path: str) -> str:
        return path if path.startswith("/") else f"/users/{self.home}/{path}".rstrip("/")

    def _commit(self, path: str, data: Mapping[str, Any], how: dict[str, Any]) -> bool:
        stamps = [name for name, value in data.items() if value is NOW]
        write = {
            "update": {
                "name": f"{self._root}{self._at(path)}",
                "fields": {name: as_json(value) for name, value in data.items() if value is not NOW},
            },
            "updateTransforms": [{"fieldPath": n, "setToServerValue": "REQUEST_TIME"} for n in stamps],
        }
        return self._allowed("POST", ":commit", {"writes": [write | how]})

    def _allowed(self, method: str, path: str, body: object = None) -> bool:
        data = None if body is None else json.dumps(body).encode()
        address = f"http://{self._host}/v1/{self._root}{path}"
        request = urllib.request.Request(address, data, self._headers, method=method)
        try:
            urllib.request.urlopen(request, timeout=30).close()
        except urllib.error.HTTPError as refused:
            with refused:
                said = refused.read().decode()
            assert "maximum of 1000 expressions" not in said
            # What is absent was allowed to be asked for.
            if refused.code not in (403, 404):
                raise AssertionError(said) from refused
            return refused.code == 404
        return True


def load_rules(host: str, project: str, name: str, rules: str) -> None:
    """Gives a project of the emulator these rules."""
    body = {"rules": {"files": [{"name": name, "content": rules}]}}
    request = urllib.request.Request(
        f"http://{host}/emulator/v1/projects/{project}:securityRules",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.urlopen(request, timeout=60).close()


def unsigned_token(project: str, uid: str) -> str:
    """An ID token that the emulator takes: it looks at the claims and at no signature."""

    def part(claims: Mapping[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")

    now = int(datetime.now(UTC).timestamp())
    claims = {
        "iss": f"https://securetoken.google.com/{project}",
        "aud": project,
        "sub": uid,
        "user_id": uid,
        "iat": now - 60,
        "exp": now + 3600,
    }
    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims)}."


def as_json(value: Any) -> dict[str, Any]:
    """A value as Firestore's REST interface writes it."""
    if value is None:
        return {"nullValue": None}
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"integerValue": str(value)}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, datetime):
        return {"timestampValue": value.isoformat()}
    if isinstance(value, list):
        return {"arrayValue": {"values": [as_json(item) for item in value]}}
    return {"mapValue": {"fields": {name: as_json(item) for name, item in value.items()}}}
