"""When everything is looked at again, in the CRM or at Google: the last looks do not serve other settings."""

from dataclasses import replace

from crmsync.core.account import ResourceState, User, UserSettings


def looked_over(state: ResourceState) -> ResourceState:
    """The state from which the next job looks at all records; a job that is at work is overtaken."""
    return replace(state, local=None, rev=state.rev + 1)


def listed_over(state: ResourceState) -> ResourceState:
    """The state from which the next job lists all that Google has; a job that is at work is overtaken."""
    return replace(state, sync_token=None, rev=state.rev + 1)


def changed(user: User, settings: UserSettings) -> dict[str, ResourceState]:
    """The states of what has to be looked at again with these settings, and needed not before.

    What changed while nothing was written to Google was looked at, and kept back: nothing remembers it but
    the records themselves. In another telephone region, contacts that are offered are known by other numbers.
    """
    before = user.settings
    found: dict[str, ResourceState] = {}
    if settings.push_contacts and not before.push_contacts:
        found["contacts"] = looked_over(user.contacts)
    if settings.push_appointments and not before.push_appointments:
        found["calendar"] = looked_over(user.calendar)
    if settings.region != before.region:
        found["contacts"] = listed_over(found.get("contacts", user.contacts))
    return found
