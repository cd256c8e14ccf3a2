"""Who is in the CRM, or in Google Contacts, more than once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmsync.core.doubles import Double
from crmsync.core.model import Contact, Stored
from crmsync.core.people import matching
from crmsync.core.people.doubles import Group, groups
from crmsync.core.scope import Scope
from crmsync.core.state import Candidate
from crmsync.engine.deps import Deps
from crmsync.engine.users import user_of

PAGE = 500
AT_GOOGLE = 200
"""So many contacts that are in Google Contacts more than once are named."""


@dataclass(frozen=True, slots=True)
class Doubles:
    """Groups of contacts that may be one person, with the contacts by id, and by pair of ids (the lesser
    first) what is asked of them already.
    """

    groups: Sequence[Group]
    contacts: Mapping[str, Stored[Contact]]
    asked: Mapping[tuple[str, ...], Double]


def in_crm(deps: Deps, scope: Scope) -> Doubles:
    """The CRM's doubles, but for those that the user has told apart. Reads every living contact."""
    canon = deps.canon(user_of(deps, scope).settings.region)
    contacts = _contacts(deps, scope)
    known = _remembered(deps, scope)
    people = {id: matching.person(canon, id, stored.value) for id, stored in contacts.items()}
    apart = {(one, other) for each in known if each.state == "different" for one, other in [each.crms]}
    asked = {each.crms: each for each in known if each.state == "asked"}
    found = groups(people, apart, {(one, other) for one, other in asked})
    named = {id for group in found for id in group.ids}
    return Doubles(found, {id: contacts[id] for id in named}, asked)


def at_google(deps: Deps, scope: Scope) -> Sequence[Candidate]:
    """Google contacts of which there is another one, as far as the sheet knows them."""
    return deps.store.twice(scope, AT_GOOGLE)


def _contacts(deps: Deps, scope: Scope) -> dict[str, Stored[Contact]]:
    found: dict[str, Stored[Contact]] = {}
    after: str | None = None
    while True:
        page, after = deps.store.page(scope, "contacts", archived=False, after=after, limit=PAGE)
        found |= {stored.id: stored for stored in page}
        if after is None:
            return found


def _remembered(deps: Deps, scope: Scope) -> list[Double]:
    found: list[Double] = []
    after: str | None = None
    while page := deps.store.all_doubles(scope, after, PAGE):
        found += page
        after = page[-1].id
    return found
