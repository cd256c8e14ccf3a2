"""When every record of the CRM is looked at again: the last looks passed over what now has to be sent."""

from dataclasses import replace

from crmsync.core.account import ResourceState, User, UserSettings


def looked_over(state: ResourceState) -> ResourceState:
    """The state from which the next job looks at all records; a job that is at work is overtaken."""
    return replace(state, local=None, rev=state.rev + 1)


def pushed_again(user: User, settings: UserSettings) -> dict[str, ResourceState]:
    """The states of what may be written to Google with these settings, and could not before.

    What changed meanwhile was looked at, and kept back: nothing remembers it but the records themselves.
    """
    before = user.settings
    found: dict[str, ResourceState] = {}
    if settings.push_contacts and not before.push_contacts:
        found["contacts"] = looked_over(user.contacts)
    if settings.push_appointments and not before.push_appointments:
        found["calendar"] = looked_over(user.calendar)
    return found
