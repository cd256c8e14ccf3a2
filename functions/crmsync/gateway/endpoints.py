"""Every address of Google's that the gateway uses, and the scopes it asks for.

With GOOGLE_ORIGIN set, one origin serves all of Google's own paths; unset, they are Google's own hosts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from crmsync.core.model import Permission, Resource
from crmsync.gateway.photos import Pictures

IDENTITY_SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email")
"""Always asked for: they tell who connected (`openid email`, spelled as Google's answer spells it)."""

RESOURCE_SCOPES: Mapping[Resource, str] = MappingProxyType(
    {
        "contacts": "https://www.googleapis.com/auth/contacts",
        "calendar": "https://www.googleapis.com/auth/calendar.events",
    }
)
"""The narrowest scope that lets each part be read, written and (calendar) watched."""

CALENDAR_LIST_SCOPE = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
"""Lets the user's calendars be listed; asked for only when the user wants to choose one."""

ISSUERS = frozenset({"https://accounts.google.com", "accounts.google.com"})
"""Both spellings that Google uses for `iss` in its ID tokens."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Google's addresses. `people` and `calendar` are API roots, as a discovery document's `rootUrl`.

    pictures: whose pictures of contacts are shown.
    """

    authorize: str
    token: str
    revoke: str
    certs: str
    people: str
    calendar: str
    pictures: Pictures

    @classmethod
    def at(cls, origin: str | None) -> "Endpoints":
        """Google's own hosts for None, else the same paths under `origin` (no trailing slash)."""
        return cls(
            authorize=f"{origin or 'https://accounts.google.com'}/o/oauth2/v2/auth",
            token=f"{origin or 'https://oauth2.googleapis.com'}/token",
            revoke=f"{origin or 'https://oauth2.googleapis.com'}/revoke",
            certs=f"{origin or 'https://www.googleapis.com'}/oauth2/v3/certs",
            people=f"{origin or 'https://people.googleapis.com'}/",
            calendar=f"{origin or 'https://www.googleapis.com'}/",
            pictures=Pictures(origin),
        )


def scopes_for(permissions: Iterable[Permission]) -> list[str]:
    """The scopes to ask for: identity, then each permission's, in a fixed order."""
    wanted = set(permissions)
    more = [CALENDAR_LIST_SCOPE] if "calendar_list" in wanted else []
    return [*IDENTITY_SCOPES, *(scope for name, scope in RESOURCE_SCOPES.items() if name in wanted), *more]


def resources_in(granted: Iterable[str]) -> frozenset[Resource]:
    """The resources that a granted scope list covers; scopes we never asked for are ignored."""
    scopes = set(granted)
    return frozenset(name for name, scope in RESOURCE_SCOPES.items() if scope in scopes)
