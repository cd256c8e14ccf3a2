"""What people do on both sides, and a witness who remembers every text that somebody typed."""

from collections.abc import Callable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

from crmsync.core.fields import with_fields
from crmsync.core.model import Birthday, Contact, Email, Phone, Url
from crmsync.core.scope import Scope
from crmsync.core.state import NOBODY, Candidate, Choice, Link
from crmsync.engine.imports import importing, sheet, undoing
from crmsync.gateway.person import contact_of
from crmsync.store.ports import CandidateQuery
from tests.stage import Stage

Person = Mapping[str, Sequence[Mapping[str, Any]]]
List = Literal["emails", "phones", "urls"]
How = Literal["add", "remove", "replace", "relabel"]

GOOGLE_LISTS = {"emails": "emailAddresses", "phones": "phoneNumbers", "urls": "urls"}
ELEMENTS = {"emails": Email, "phones": Phone, "urls": Url}


def source_of(person: Mapping[str, Any]) -> str:
    """What stays the same of a contact when its resource name changes: the key of its link."""
    return str(person["metadata"]["sources"][0]["id"])


def at_google(stage: Stage, key: str) -> Person:
    """A contact by what stays the same of it: its resource name may have changed since the last sync."""
    contents = stage.book.contents()
    return next((it for name, it in contents.items() if source_of(stage.book.person(name)) == key), {})


class Witness:
    """Texts that nobody typed before, so that a loss can be seen.

    `gone`: those that a person has since overwritten, cleared or deleted on the side where they stood.
    """

    def __init__(self) -> None:
        self.serial = 0
        self.typed: set[str] = set()
        self.gone: set[str] = set()
        self.restored: set[str] = set()
        """CRM records that were brought back after they had been archived."""
        self.out_of_bin: set[str] = set()
        """Google contacts that a person took out of Google's bin."""
        self.survivors: set[str] = set()
        """Google contacts into which others were merged; they carry the keys of these."""

    def fresh(self, word: str) -> str:
        """A new text; it contains no other and is contained in none."""
        self.serial += 1
        text = f"{word.lower()}{self.serial}x"
        self.typed.add(text)
        return text

    def much(self, size: int) -> str:
        """A new text of so many characters."""
        return f"{self.fresh('much')} {'.' * size}"

    def address(self, word: str) -> str:
        return f"{self.fresh(word)}@example.com"

    def number(self) -> str:
        """A new telephone number, in one of the ways in which people write them."""
        self.serial += 1
        digits = f"{self.serial:04d}"
        text = (f"+1 416 555 {digits}", f"(416) 555-{digits}", f"416.555.{digits}")[self.serial % 3]
        self.typed.add(text)
        return text

    def saw(self, before: object, after: object) -> None:
        """A person replaced what stood on one side."""
        old, new = str(before), str(after)
        self.gone |= {text for text in self.typed if text in old and text not in new}
        self.gone -= {text for text in self.typed if text in new and text not in old}


class CrmUser:
    """A person at the CRM."""

    def __init__(self, stage: Stage, witness: Witness) -> None:
        self.stage = stage
        self.witness = witness

    def ids(self, *, archived: bool = False) -> list[str]:
        page = self.stage.store.changed(self.stage.scope, "contacts", None, None, 1000)
        return sorted(stored.id for stored in page if (stored.archived_at is not None) == archived)

    def pick(self, which: int, *, archived: bool = False) -> str | None:
        ids = self.ids(archived=archived)
        return ids[which % len(ids)] if ids else None

    def add(self, word: str, *, shared: bool) -> None:
        """A contact; shared: with an address that others may have too."""
        address = f"{word.lower()}@example.com" if shared else self.witness.address(word)
        self.witness.serial += 1
        contact = Contact(given_name=word, emails=(Email(address),))
        self.stage.add(f"crm{self.witness.serial:03d}", contact)

    def change(self, which: int, change: Callable[[Contact], Contact]) -> None:
        id = self.pick(which)
        if id is None:
            return
        before = self.stage.contact(id)
        after = change(before.value)
        self.witness.saw(before.value, after)
        self.stage.edit(id, after)

    def types(self, which: int, field: str, word: str) -> None:
        self.change(which, lambda contact: with_fields(contact, {field: self.witness.fresh(word)}))

    def clears(self, which: int, field: str) -> None:
        self.change(which, lambda contact: with_fields(contact, {field: ""}))

    def writes_much(self, which: int, size: int) -> None:
        """Notes of so many characters."""
        self.change(which, lambda contact: with_fields(contact, {"notes": self.witness.much(size)}))

    def has_birthday(self, which: int, birthday: Birthday | None) -> None:
        self.change(which, lambda contact: replace(contact, birthday=birthday))

    def lists(self, which: int, name: List, how: How, word: str) -> None:
        """Adds, removes, replaces or relabels an element of a list."""

        def changed(contact: Contact) -> Contact:
            items = getattr(contact, name)
            value = {"emails": self.witness.address, "urls": self._url}.get(name)
            if how == "add" or not items:
                made = ELEMENTS[name](value(word) if value else self.witness.number(), "work")
                return with_fields(contact, {name: (*items, made)})
            if how == "remove":
                return with_fields(contact, {name: items[1:]})
            if how == "relabel":
                relabelled = replace(items[0], type=self.witness.fresh(word))
                return with_fields(contact, {name: (relabelled, *items[1:])})
            made = replace(items[0], value=value(word) if value else self.witness.number())
            return with_fields(contact, {name: (made, *items[1:])})

        self.change(which, changed)

    def _url(self, word: str) -> str:
        return f"https://{self.witness.fresh(word)}.example"

    def archives(self, id: str) -> None:
        """Deletes a contact, as the CRM's user sees it, at Google too.

        What only Google can hold of it (a second employer) goes with it: nobody keeps that, but Google's bin.
        """
        stored = self.stage.contact(id)
        link = self.stage.store.links_of(self.stage.scope, "contacts", [id]).get(id)
        person = at_google(self.stage, link.key) if link else {}
        self.witness.saw(person, contact_of(person))
        self.witness.saw(stored.value, "")
        self.stage.edit(id, stored.value, archived=True)

    def restores(self, which: int) -> None:
        id = self.pick(which, archived=True)
        if id is not None:
            stored = self.stage.contact(id)
            self.witness.saw("", stored.value)
            self.witness.restored.add(id)
            self.stage.edit(id, stored.value, archived=False)

    def finishes_the_sheet(self, ticked: int, action: importing.Finish, same: bool | None) -> None:
        """Opens the sheet, ticks the rows of a bit pattern, and presses one of its three buttons."""
        deps, uid = self.stage.deps, self.stage.uid
        undecided: Literal["later", "new"] = "new" if ticked % 2 else "later"
        rows = sheet.page(deps, Scope.of(uid), CandidateQuery("open"), None, 100).rows
        chosen = [row.key for number, row in enumerate(rows) if ticked >> number % 8 & 1]

        def answered(row: Candidate) -> Choice:
            who = next((it.crm for it in row.matches), None) if same else NOBODY
            return replace(row.answered(None if same is None else who), selected=True)

        sheet.save(deps, Scope.of(uid), dict.fromkeys(chosen, answered))
        if self.stage.store.user(Scope.of(uid)).rounds.running is None:  # type: ignore[union-attr]
            importing.start(deps, Scope.of(uid), action, None, undecided)

    def undoes_an_import(self, which: int) -> None:
        """Takes one of the recent imports back, unless the product says that it cannot be now."""
        now = self.stage.deps.clock.now()
        runs, _ = self.stage.store.import_runs(self.stage.scope, now - timedelta(days=30), None, 100)
        if runs:
            with suppress(undoing.NotPossible, importing.ImportRunning):
                undoing.start(self.stage.deps, self.stage.scope, runs[which % len(runs)].id)


class PhoneUser:
    """The same person at the phone."""

    def __init__(self, stage: Stage, witness: Witness) -> None:
        self.stage = stage
        self.witness = witness

    def pick(self, which: int) -> str | None:
        names = sorted(self.stage.book.contents())
        return names[which % len(names)] if names else None

    def add(self, word: str) -> None:
        address = {"value": f"{word.lower()}@example.com"}
        nickname = {"value": self.witness.fresh(word)}
        self.stage.book.phone_create(
            {"names": [{"givenName": word}], "emailAddresses": [address], "nicknames": [nickname]}
        )
        self.stage.later(1)

    def change(self, which: int, change: Callable[[Person], Mapping[str, Any]]) -> None:
        name = self.pick(which)
        if name is None:
            return
        before = self.stage.book.contents()[name]
        self.stage.book.phone_edit(name, change(before))
        self.witness.saw(before, self.stage.book.contents()[name])
        self.stage.later(1)

    def types(self, which: int, field: str, word: str) -> None:
        self.change(which, lambda _: {field: [{"value": self.witness.fresh(word)}]})

    def clears(self, which: int, field: str) -> None:
        self.change(which, lambda _: {field: []})

    def writes_much(self, which: int, size: int) -> None:
        """Notes of so many characters."""
        self.change(which, lambda _: {"biographies": [{"value": self.witness.much(size)}]})

    def has_birthday(self, which: int, date: Mapping[str, int] | None) -> None:
        self.change(which, lambda _: {"birthdays": [{"date": date}] if date else []})

    def works_at(self, which: int, word: str, *, second: bool) -> None:
        """Another employer, or a second one beside the first: more than the CRM can hold.

        A second one does not keep a contact that the CRM has archived already: like one that stood there
        before, it goes with it into Google's bin.
        """
        typed = set(self.witness.typed)

        def changed(person: Person) -> Mapping[str, Any]:
            made = {"name": self.witness.fresh(word), "title": self.witness.fresh(word)}
            known = list(person.get("organizations", ()))
            return {"organizations": [*known[:1], made] if second else [made, *known[1:]]}

        name = self.pick(which)
        self.change(which, changed)
        if second and name is not None and self._is_archived(name):
            self.witness.gone |= self.witness.typed - typed

    def _is_archived(self, name: str) -> bool:
        key = source_of(self.stage.book.person(name))
        link = self.stage.store.links(self.stage.scope, [key]).get(key)
        stored = self.stage.store.contact(self.stage.scope, link.crm) if link else None
        return stored is not None and stored.archived_at is not None

    def lists(self, which: int, name: List, how: How, word: str) -> None:
        """Adds, removes, replaces or relabels an element of a list."""

        def value() -> str:
            if name == "phones":
                return self.witness.number()
            return (
                self.witness.address(word)
                if name == "emails"
                else f"https://{self.witness.fresh(word)}.example"
            )

        def changed(person: Person) -> Mapping[str, Any]:
            field = GOOGLE_LISTS[name]
            items = [dict(item) for item in person.get(field, ())]
            if how == "add" or not items:
                items.append({"value": value(), "type": "home"})
            elif how == "remove":
                items.pop(0)
            elif how == "relabel":
                items[0]["type"] = self.witness.fresh(word)
            else:
                items[0] = {**items[0], "value": value()}
            return {field: items}

        self.change(which, changed)

    def deletes(self, name: str) -> None:
        """Deletes a contact, unless it is gone already."""
        if name not in self.stage.book.contents():
            return
        self.witness.saw(self.stage.book.contents()[name], "")
        self.stage.book.phone_delete(name)
        self.stage.later(1)

    def restores(self, which: int) -> None:
        """Takes a contact out of Google's bin."""
        binned = self.stage.book.trash()
        if binned:
            name = self.stage.book.phone_restore(binned[which % len(binned)].resource_name)
            self.witness.saw("", self.stage.book.contents()[name])
            self.witness.out_of_bin.add(source_of(self.stage.book.person(name)))
            self.stage.later(1)

    def is_deleted(self, links: Sequence[Link], known: Set[str]) -> None:
        """The sync deletes contacts at Google, which takes no precondition for that.

        Nobody can see what was typed there since the job looked; it is in Google's bin for 30 days. known:
        what had been typed when the job looked.
        """
        unseen = str([at_google(self.stage, link.key) for link in links])
        self.witness.gone |= {text for text in self.witness.typed - known if text in unseen}

    def merges(self, which: int, other: int) -> None:
        """Merges two contacts: what Google does not keep of them is the person's own doing."""
        kept, merged = self.pick(which), self.pick(other)
        if kept is None or merged is None or kept == merged:
            return
        contents = self.stage.book.contents()
        before = (contents[kept], contents[merged])
        self.witness.survivors.add(source_of(self.stage.book.person(kept)))
        self.stage.book.phone_merge(kept, merged)
        self.witness.saw(before, self.stage.book.contents()[kept])
        self.stage.later(1)

    def labels(self, which: int) -> None:
        name = self.pick(which)
        if name is not None:
            self.stage.book.phone_label(name, "Clients")
            self.stage.later(1)

    def joins_a_profile(self, which: int) -> None:
        """The contact turns out to be a Google user: its resource name changes."""
        name = self.pick(which)
        if name is not None and name.startswith("people/c"):
            self.witness.serial += 1
            self.stage.book.link_profile(name, f"1{self.witness.serial:020d}")
            self.stage.later(1)
