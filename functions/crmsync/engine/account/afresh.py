"""When everything is looked at again, in the CRM or at Google: the last looks do not serve other settings."""

from dataclasses import replace

from crmsync.core.account import RESOURCES, ResourceState, User, UserSettings, Watch
from crmsync.core.pair.sharing import widened


def looked_over(state: ResourceState) -> ResourceState:
    """The state from which the next job looks at all records; a job that is at work is overtaken."""
    return replace(state, local=None, rev=state.rev + 1)


def listed_over(state: ResourceState) -> ResourceState:
    """The state from which the next job lists all that Google has; a job that is at work is overtaken."""
    return replace(state, sync_token=None, rev=state.rev + 1)


def overtaken(state: ResourceState) -> ResourceState:
    """The state that ends a job which is at work, for it decides by other settings."""
    return replace(state, rev=state.rev + 1)


def paused(state: ResourceState) -> ResourceState:
    """The state in which nothing is at work, asked for or waited for. Cursors stay, and so does a lease: a
    call of the job that is overtaken may be under way.
    """
    return replace(
        overtaken(state),
        phase="idle",
        pace=None,
        requested_at=None,
        failures=0,
        problem=None,
        paused_until=None,
        watch=Watch(),
    )


def changed(user: User, settings: UserSettings) -> dict[str, ResourceState]:
    """The states of what has to be looked at again with these settings, and needed not before.

    What changed while nothing was written to Google was looked at, and kept back: nothing remembers it but
    the records themselves. A field that goes a way again meets its other side in every pair; one that no
    longer goes ends the job that would send it. In another telephone region, contacts that are offered are
    known by other numbers.
    """
    before = user.settings
    found: dict[str, ResourceState] = {}
    for name in RESOURCES:
        state = user.resource(name)
        if name in settings.paused and name not in before.paused:
            state = found[name] = paused(state)
        was, now = before.sharing(name), settings.sharing(name)
        if widened(was, now, name):
            found[name] = listed_over(looked_over(state))
        elif settings.pushes(name) and not before.pushes(name):
            found[name] = looked_over(state)
        elif widened(now, was, name) or (before.pushes(name) and not settings.pushes(name)):
            found[name] = overtaken(state)
    if settings.region != before.region:
        found["contacts"] = listed_over(found.get("contacts", user.contacts))
    return found
