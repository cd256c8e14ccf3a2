"""The simulated Google in a process of its own, driven over HTTP, so that its work is not counted as ours."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import requests

ROOT = Path(__file__).resolve().parents[1]
CLIENT_ID = "bench.apps.googleusercontent.example"
CLIENT_SECRET = "bench-secret"
CHUNK = 1000
_LEASH = ROOT / "local" / "leash.py"
_GRACE = "5"


@dataclass(frozen=True, slots=True)
class Traffic:
    """Calls to Google's APIs and their answers' bytes, plain and gzipped; `tokens` are calls of OAuth.

    An HTTP batch is one call; `operations` also counts its parts, each under its own name.
    """

    calls: int
    tokens: int
    plain: int
    gzipped: int
    operations: dict[str, int]


class SimulatedGoogle:
    """A context manager: `python -m local.google` on a free port, empty, with every quota lifted."""

    def __init__(self, latency: float) -> None:
        """`latency`: seconds that every call takes before its work begins."""
        self.latency = latency
        self.origin = ""
        self._session = requests.Session()
        self._session.trust_env = False
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        server = [sys.executable, "-m", "local.google", "--port", "0", "--seed", "empty"]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_LEASH), _GRACE, *server],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A signal to our group is ours to answer; the leash follows when its standard input closes.
            start_new_session=True,
        )
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.startswith("ready "):
            raise RuntimeError("the simulated Google did not start")
        self.origin = line.split()[1]
        self.act("latency", seconds=self.latency)
        self.act("apps", client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._session.close()
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()

    def act(self, what: str, **body: Any) -> dict[str, Any]:
        """One action of the control API; `what` is its path below `/_control/`."""
        answer = self._session.post(f"{self.origin}/_control/{what}", json=body, timeout=120)
        if answer.status_code != 200:
            raise RuntimeError(f"{what}: {answer.text[:300]}")
        told: dict[str, Any] = answer.json()
        return told

    def open_account(self, email: str, scopes: Iterable[str]) -> tuple[str, str]:
        """Opens an empty account that allows us these scopes; answers its `sub` and a refresh token."""
        sub = self.act("accounts", email=email)["sub"]
        allowed = self.act("permissions", account=email, client_id=CLIENT_ID, scopes=list(scopes))
        return sub, allowed["refresh_token"]

    def access_token(self, refresh_token: str) -> str:
        """A bearer token, for the floor client."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        form |= {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        answer = self._session.post(f"{self.origin}/token", data=form, timeout=60)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def add_contacts(self, email: str, persons: Sequence[dict[str, Any]]) -> list[str]:
        """A person adds contacts; answers their resource names."""
        names: list[str] = []
        for start in range(0, len(persons), CHUNK):
            chunk = list(persons[start : start + CHUNK])
            names += self.act("contacts/create-all", account=email, persons=chunk)["resourceNames"]
        return names

    def count_events(self, email: str) -> int:
        """How many living events the account's primary calendar holds."""
        answer = self._session.get(
            f"{self.origin}/_control/calendar/events", params={"account": email}, timeout=120
        )
        answer.raise_for_status()
        return sum(event["status"] != "cancelled" for event in answer.json()["events"])

    def forget(self) -> None:
        """Starts counting calls from zero."""
        self.act("forget-calls")

    def traffic(self) -> Traffic:
        """What was called since `forget`."""
        answer = self._session.get(f"{self.origin}/_control/calls", timeout=120)
        calls = answer.json()["calls"]
        sent = [call for call in calls if not call["part"]]
        api = [call for call in sent if call["operation"].startswith(("people.", "calendar."))]
        operations: dict[str, int] = {}
        for call in calls:
            operations[call["operation"]] = operations.get(call["operation"], 0) + 1
        return Traffic(
            calls=len(api),
            tokens=len(sent) - len(api),
            plain=sum(call["response_bytes"] for call in api),
            gzipped=sum(call["gzipped_bytes"] or call["response_bytes"] for call in api),
            operations=operations,
        )
