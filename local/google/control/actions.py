"""What the controls page and the JSON control API can do to the world: one function for each action."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

from local.google.clock import rfc3339
from local.google.faults import GENEROUS, Fault, SignInRefusal, When
from local.google.json import Body, JsonObject
from local.google.world import Account, World


class _Action(BaseModel, ABC):
    """An action's arguments; texts from a form are read as numbers and truth values."""

    model_config = ConfigDict(extra="forbid")

    account: str | None = None

    def accounts(self, world: World) -> list[Account]:
        """The account named, or all; KeyError when there is none of that name."""
        return [world.account(self.account)] if self.account else world.accounts()

    @abstractmethod
    def apply(self, world: World) -> JsonObject:
        """Carry it out; tells what is worth telling."""


class Advance(_Action):
    """Let time pass."""

    seconds: float = Field(gt=0, le=10 * 366 * 86400)

    def apply(self, world: World) -> JsonObject:
        """Move the clock forward."""
        return {"now": rfc3339(world.clock.advance(timedelta(seconds=self.seconds)))}


class Latency(_Action):
    """Slow down every call, or those of operations matching a glob."""

    seconds: float = Field(ge=0, le=600)
    operation: str = ""

    def apply(self, world: World) -> JsonObject:
        """Set the latency; an operation's own latency of 0 is a latency too."""
        if self.operation:
            world.controls.latency_by_operation[self.operation] = self.seconds
        else:
            world.controls.latency = self.seconds
            world.controls.latency_by_operation.clear()
        return {}


class Quotas(_Action):
    """Per-minute quotas: Google's numbers, generous ones, or one metric's."""

    preset: str = ""
    metric: str = ""
    limit: int = Field(default=GENEROUS, ge=0)

    def apply(self, world: World) -> JsonObject:
        """Set what was named; KeyError for an unknown metric or preset."""
        if self.preset:
            presets = {
                "google": world.controls.use_google_quotas,
                "generous": world.controls.use_generous_quotas,
            }
            presets[self.preset]()
        if self.metric:
            if self.metric not in world.controls.quotas:
                raise KeyError(self.metric)
            world.controls.quotas[self.metric] = self.limit
        return {"quotas": {**world.controls.quotas}}


class PlanFault(_Action):
    """Plan a failure of coming calls."""

    operation: str = Field(min_length=1)
    when: When = "before"
    status: int = Field(default=503, ge=400, le=599)
    reason: str = "backendError"
    message: str = "The service is currently unavailable."
    drop: bool = False
    times: int | None = Field(default=1, ge=1)
    skip: int = Field(default=0, ge=0)
    retry_after: int | None = Field(default=None, ge=0)

    def apply(self, world: World) -> JsonObject:
        """Add it behind those planned."""
        email = world.account(self.account).email if self.account else None
        world.controls.plan(Fault(**self.model_dump(exclude={"account"}), account=email))
        return {}


class ClearFaults(_Action):
    """Forget the planned failures."""

    def apply(self, world: World) -> JsonObject:
        """Clear the plan."""
        world.controls.clear_faults()
        return {}


class ExpireSyncTokens(_Action):
    """Let the sync tokens of an API (`people`, `calendar` or both) be refused as expired."""

    api: str = ""

    def apply(self, world: World) -> JsonObject:
        """Expire those of one account or of all."""
        for account in self.accounts(world):
            if self.api in ("", "people"):
                account.people.expire_sync_tokens()
            if self.api in ("", "calendar"):
                account.calendars.expire_sync_tokens()
        return {}


class ExpireAccessTokens(_Action):
    """End the life of bearer tokens, so that the next call is answered 401."""

    def apply(self, world: World) -> JsonObject:
        """Expire them."""
        return {"expired": sum(world.grants.expire_access_tokens(a.sub) for a in self.accounts(world))}


class ExpireRefreshTokens(_Action):
    """Let refresh tokens die as after seven days in Testing: `invalid_grant`."""

    def apply(self, world: World) -> JsonObject:
        """Expire them."""
        return {"expired": sum(world.grants.expire_refresh_tokens(a.sub) for a in self.accounts(world))}


class Revoke(_Action):
    """The person takes the app's access away in their Google account."""

    def apply(self, world: World) -> JsonObject:
        """Revoke every project's grant."""
        for account in self.accounts(world):
            world.grants.revoke(account.sub)
        return {}


class TestingStatus(_Action):
    """Put the consent screen in status Testing: refresh tokens given out from now on live seven days."""

    on: bool = True

    def apply(self, world: World) -> JsonObject:
        """Switch it."""
        world.grants.set_testing(self.on)
        return {}


class Lag(_Action):
    """Let lists and deltas of contacts lag behind writes."""

    seconds: float = Field(ge=0, le=3600)

    def apply(self, world: World) -> JsonObject:
        """Set the lag."""
        for account in self.accounts(world):
            account.people.lag(self.seconds)
        return {}


class AllChanged(_Action):
    """Let the next delta report everything as changed, though nothing is."""

    api: str = ""

    def apply(self, world: World) -> JsonObject:
        """Touch every contact, or every event of the primary calendar, or both."""
        for account in self.accounts(world):
            if self.api in ("", "people"):
                account.people.report_all_changed()
            if self.api in ("", "calendar"):
                account.calendars.touch_all()
        return {}


class Reorder(_Action):
    """Answer the items of a contact's fields in an order of Google's own, which it never promised to keep."""

    on: bool = True

    def apply(self, world: World) -> JsonObject:
        """Switch it."""
        for account in self.accounts(world):
            account.people.reorder_items = self.on
        return {}


class SeverOpener(_Action):
    """Enforce Cross-Origin-Opener-Policy on the authorization pages, which cuts `window.opener` off."""

    on: bool = True

    def apply(self, world: World) -> JsonObject:
        """Switch it."""
        world.controls.sever_opener = self.on
        return {}


class SignIn(_Action):
    """Let Google refuse every authorization with a word, in a redirect or on its own page; "" ends that."""

    error: str = Field(default="", pattern=r"^[a-z_]{0,40}$")
    page: bool = False

    def apply(self, world: World) -> JsonObject:
        """Set or end it."""
        world.controls.sign_in_refusal = SignInRefusal(self.error, self.page) if self.error else None
        return {}


class Push(_Action):
    """Trouble with notifications: delay, and the number of coming ones to drop or to send twice."""

    delay: float = Field(default=0, ge=0, le=3600)
    drop_next: int = Field(default=0, ge=0)
    duplicate_next: int = Field(default=0, ge=0)

    def apply(self, world: World) -> JsonObject:
        """Set all three."""
        world.push.delay = self.delay
        world.push.drop_next, world.push.duplicate_next = self.drop_next, self.duplicate_next
        return {}


class ForgetCalls(_Action):
    """Empty the record of calls."""

    def apply(self, world: World) -> JsonObject:
        """Forget them."""
        world.controls.forget_calls()
        return {}


ACTIONS: Mapping[str, type[_Action]] = {
    "advance": Advance,
    "latency": Latency,
    "quotas": Quotas,
    "fault": PlanFault,
    "clear-faults": ClearFaults,
    "expire-sync-tokens": ExpireSyncTokens,
    "expire-access-tokens": ExpireAccessTokens,
    "expire-refresh-tokens": ExpireRefreshTokens,
    "revoke": Revoke,
    "testing": TestingStatus,
    "lag": Lag,
    "all-changed": AllChanged,
    "reorder": Reorder,
    "sever-opener": SeverOpener,
    "sign-in": SignIn,
    "push": Push,
    "forget-calls": ForgetCalls,
}
"""Name in the path of `/_control/<name>` -> its arguments and effect."""


def act(world: World, name: str, arguments: Body) -> JsonObject:
    """Carry out an action.

    KeyError for an unknown action, account or metric, ValidationError for bad arguments.
    """
    action = ACTIONS[name].model_validate(dict(arguments))
    with world.lock:
        return action.apply(world)


def state(world: World) -> JsonObject:
    """The present settings, for the page and for tests."""
    controls = world.controls
    with world.lock:
        return {
            "now": rfc3339(world.clock.now()),
            "offset_seconds": world.clock.offset.total_seconds(),
            "latency": controls.latency,
            "latency_by_operation": {**controls.latency_by_operation},
            "quotas": {**controls.quotas},
            "faults": [fault_line(fault) for fault in controls.faults()],
            "sever_opener": controls.sever_opener,
            "sign_in_refusal": controls.sign_in_refusal.error if controls.sign_in_refusal else "",
            "calls": controls.count(),
            "accounts": [
                {
                    "email": account.email,
                    "sub": account.sub,
                    "name": account.name,
                    "contacts": len(account.people),
                    "lag_seconds": account.people.propagation_delay.total_seconds(),
                    "reorder": account.people.reorder_items,
                    "granted": [*sorted(world.grants.granted_anywhere(account.sub))],
                }
                for account in world.accounts()
            ],
        }


def fault_line(fault: Fault) -> str:
    """A planned fault in words."""
    what = "connection dropped" if fault.drop else f"{fault.status} {fault.reason}"
    often = "every time" if fault.times is None else f"{fault.times}×"
    return f"{fault.operation}: {what} {fault.when} the effect, {often}" + (
        f", for {fault.account}" if fault.account else ""
    )
