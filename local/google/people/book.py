"""One account's contacts as Google keeps them; usable without HTTP, and by a person's hand (`phone_…`)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from local.google.clock import Clock
from local.google.errors import GoogleError, InvalidRequest, people_error, refuse_request
from local.google.json import Body, JsonObject, Resource, inner, items, text
from local.google.people.fields import READ_FIELDS, SINGLETONS, WRITABLE, Fields, normalised
from local.google.people.groups import ASSIGNABLE_SYSTEM_GROUPS, Group, GroupShelf
from local.google.people.record import Photo, Version, tag_of
from local.google.people.store import ContactStore, Content, check_size

MY_CONTACTS = "myContacts"
_STALE = (
    "Request person.etag is different than the current person.etag. "
    "Clear local cache and get the latest person."
)
_NO_ETAG = (
    "Request must set person.etag or person.metadata.sources.etag for the source that is being updated."
)


class PeopleBook(ContactStore):
    """The contacts and labels of one account. Every refusal is a GoogleError in People's shape.

    The first half is what the API offers; `phone_…` is what a person does in Google's own apps, which ask
    for no etag. Both leave the same traces. Not locked: the world's lock guards it when served.
    """

    def __init__(self, clock: Clock, owner: str = "100000000000000000000") -> None:
        """`owner` is the account's `sub`; resource names follow from it and the order of creation."""
        super().__init__(clock, owner)
        self.groups = GroupShelf(clock, owner)
        self.token_epoch = 0

    def serve_photos_from(self, origin: str) -> None:
        """Let the addresses of photos start with `origin`."""
        self.origin = origin
        self.forget_lenses()

    def create(self, person: Body) -> Version:
        """Add a contact; it is put under `myContacts` whatever its memberships."""
        return self.add(**self.prepare_create(person))

    def prepare_create(self, person: Body) -> Content:
        """The content that `create` would `add`; raises what it raises, but for the room left."""
        fields = self._normalised(person, WRITABLE)
        groups = self._memberships(items(person, "memberships"))
        check_size(fields)
        return {"fields": fields, "groups": tuple(dict.fromkeys((*groups, MY_CONTACTS)))}

    def update(self, resource_name: str, person: Body, mask: frozenset[str]) -> Version:
        """Replace each field of `mask` as a whole; what `person` lacks of it is cleared."""
        version, content = self.prepare_update(resource_name, person, mask)
        return self.change(version, **content)

    def prepare_update(
        self, resource_name: str, person: Body, mask: frozenset[str]
    ) -> tuple[Version, Content]:
        """The state an update would `change`, and the content for it; raises what `update` raises."""
        version = self.get(resource_name)
        check_etag(version, person)
        fields = {name: values for name, values in version.fields.items() if name not in mask}
        fields |= self._normalised(person, mask)
        check_size(fields)
        groups = version.groups
        if "memberships" in mask:
            asked = items(person, "memberships")
            groups = self._memberships(asked, keep=version.groups, required=True)
        return version, {"fields": fields, "groups": groups}

    def delete(self, resource_name: str) -> None:
        """Delete a contact, whatever its etag."""
        self.remove(self.get(resource_name))

    def set_photo(self, resource_name: str, content: bytes | None) -> Version:
        """Replace the photo by a JPEG or PNG, or take it away."""
        version = self.get(resource_name)
        if content is None:
            return self.change(version, photo=None)
        if not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
            raise people_error(400, "Photo must be a JPEG or PNG image.")
        return self.change(version, photo=Photo(self.current.seq + 1, content))

    def members(self, group: Group) -> list[Version]:
        """The contacts under a label; all contacts under `all`."""
        return [v for v in self if group.id in v.groups or group.id == "all"]

    def modify_members(
        self, group: Group, adding: Iterable[str], removing: Iterable[str]
    ) -> tuple[list[str], list[str]]:
        """Add and remove contacts.

        Tells the names not found, and those whose last label it is, which stay.
        """
        if group.system and group.id not in ASSIGNABLE_SYSTEM_GROUPS:
            raise people_error(400, f"Members of {group.resource_name} cannot be modified.")
        lost: list[str] = []
        kept: list[str] = []
        for name in dict.fromkeys(adding):
            version = self.find(name)
            if version is None:
                lost.append(name)
            elif group.id not in version.groups:
                self.change(version, groups=(*version.groups, group.id))
        for name in dict.fromkeys(removing):
            version = self.find(name)
            if version is None:
                lost.append(name)
            elif version.groups == (group.id,):
                kept.append(name)
            elif group.id in version.groups:
                self.change(version, groups=tuple(g for g in version.groups if g != group.id))
        return lost, kept

    def delete_group(self, group: Group, *, with_contacts: bool = False) -> None:
        """Delete a user's label, and its contacts too when asked.

        The others stay under their other labels.
        """
        members = self.members(group)
        self.groups.delete(group)
        for version in members:
            if with_contacts:
                self.remove(version)
            else:
                rest = tuple(g for g in version.groups if g != group.id) or (MY_CONTACTS,)
                self.change(version, groups=rest)

    def expire_sync_tokens(self) -> None:
        """Let every sync token given out so far be refused as expired."""
        self.token_epoch += 1

    def report_all_changed(self) -> None:
        """Let the next delta report every contact though no value differs, as happens."""
        for version in self:
            self.change(version)

    def link_profile(self, resource_name: str, profile_id: str) -> str:
        """Link a contact with a Google profile.

        Its resource name becomes `people/<profile id>`.
        """
        return self.rename(self.get(resource_name), f"people/{profile_id}", profile_id).resource_name

    def lag(self, seconds: float) -> None:
        """Let lists and deltas lag this many seconds behind writes."""
        self.propagation_delay = timedelta(seconds=seconds)

    def person(self, resource_name: str, mask: Iterable[str] = READ_FIELDS) -> Resource:
        """A contact as people.get answers it."""
        return self.get(resource_name).render(self.lens(frozenset(mask)))

    def contents(self) -> dict[str, Fields]:
        """Resource name -> the stored fields alone, for comparing states in tests."""
        return {version.resource_name: version.fields for version in self}

    def phone_create(self, person: Body) -> str:
        """A person adds a contact; tells its resource name."""
        return self.create(person).resource_name

    def phone_edit(self, resource_name: str, person_fields: Body) -> None:
        """A person edits: each field given is replaced as a whole, an empty list clears it."""
        version = self.get(resource_name)
        fields = {name: values for name, values in version.fields.items() if name not in person_fields}
        fields |= self._normalised(person_fields, WRITABLE)
        self.change(version, fields=fields)

    def phone_delete(self, resource_name: str) -> None:
        """A person deletes a contact."""
        self.delete(resource_name)

    def phone_restore(self, resource_name: str, renamed: str | None = None) -> str:
        """A person takes a deleted contact out of the bin; tells its resource name. renamed: the name that
        Google gives it then, where that is another one.
        """
        found = next((each for each in self.trash() if each.resource_name == resource_name), None)
        if found is None:
            raise people_error(404, "Requested entity was not found.")
        self.check_room(0)
        return self.restore(found, renamed).resource_name

    def phone_merge(self, kept: str, merged: str) -> str:
        """A person merges two contacts: the second disappears, the first takes over what it lacks.

        The first then names the second among its previous resource names; tells the first's resource name.
        """
        stays, goes = self.get(kept), self.get(merged)
        if stays.number == goes.number:
            raise ValueError("a contact cannot be merged with itself")
        fields = {name: list(values) for name, values in stays.fields.items()}
        for name, values in goes.fields.items():
            mine = fields.setdefault(name, [])
            if not (mine and name in SINGLETONS):
                mine += [value for value in values if value not in mine]
        previous = (*stays.previous, goes.resource_name, *goes.previous)
        groups = tuple(dict.fromkeys(stays.groups + goes.groups))
        self.remove(goes)
        photo = stays.photo or goes.photo
        after = self.change(stays, fields=fields, groups=groups, photo=photo, previous=previous)
        return after.resource_name

    def phone_label(self, resource_name: str, label: str, *, on: bool = True) -> None:
        """A person puts a label (made when new) on a contact, or takes it off."""
        group = self.groups.named(label) or self.groups.create(label)
        names = [resource_name]
        self.modify_members(group, names if on else (), () if on else names)

    def phone_photo(self, resource_name: str, photo: Photo | None) -> None:
        """A person sets or removes the photo."""
        self.change(self.get(resource_name), photo=photo)

    def _normalised(self, person: Body, fields: Iterable[str]) -> Fields:
        try:
            return normalised(person, fields)
        except InvalidRequest as problem:
            raise refuse_request("people", problem) from problem

    def _memberships(
        self, asked: Iterable[JsonObject], keep: tuple[str, ...] = (), *, required: bool = False
    ) -> tuple[str, ...]:
        """The group ids that a client asks for.

        New ones must be assignable, and at least one when `required`.
        """
        chosen: list[str] = []
        for item in asked:
            name = text(inner(item, "contactGroupMembership"), "contactGroupResourceName")
            group = self.groups.find(name) if name else None
            if group is None:
                raise people_error(400, f"Invalid contact group resource name: {name}")
            if group.system and group.id not in ASSIGNABLE_SYSTEM_GROUPS and group.id not in keep:
                raise people_error(400, f"Contacts cannot be added to {name}.")
            chosen.append(group.id)
        if required and not chosen:
            raise people_error(400, "At least one contact group membership is required.")
        return tuple(dict.fromkeys(chosen))


def check_etag(version: Version, person: Body) -> None:
    """400 unless `person` carries the present etag.

    The top-level etag alone is enough; the source etag alone is refused as stale, as reported from the field
    (148 of 148); a stale one of either kind is refused.
    """
    given = text(person, "etag")
    sources = items(inner(person, "metadata"), "sources")
    source_etags = [text(source, "etag") for source in sources if source.get("type") == "CONTACT"]
    etags = [etag for etag in (given, *source_etags) if etag]
    if not etags:
        raise people_error(400, _NO_ETAG)
    if not given or any(tag_of(etag) != version.source_tag for etag in etags):
        raise stale()


def stale() -> GoogleError:
    """The refusal of a write whose etag is not the present one: 400, not 412."""
    return people_error(400, _STALE, rpc_status="FAILED_PRECONDITION")
