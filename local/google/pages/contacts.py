"""“Google Contacts” for a person: list, search, add, edit, delete, merge two, labels.

Plain forms, no script.
"""

from __future__ import annotations

from dataclasses import dataclass

import flask
from werkzeug.wrappers import Response

from local.google.errors import GoogleError
from local.google.json import text
from local.google.pages.contact_form import ContactForm
from local.google.people.book import PeopleBook
from local.google.people.groups import Group
from local.google.people.record import Photo, Version
from local.google.world import Account, World

PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    name: str
    id: str
    detail: str
    labels: list[str]
    photo: str


def blueprint(world: World) -> flask.Blueprint:
    """`/contacts` and what is below it.

    The account is the query parameter `account`, by default the first.
    """
    desk = _Desk(world)
    routes = flask.Blueprint("contacts", __name__)
    routes.add_url_rule("/contacts", "list", desk.list)
    routes.add_url_rule("/contacts/new", "new", desk.new, methods=["GET", "POST"])
    routes.add_url_rule("/contacts/merge", "merge", desk.merge, methods=["POST"])
    routes.add_url_rule("/contacts/labels", "labels", desk.labels, methods=["GET", "POST"])
    routes.add_url_rule("/contacts/person/<id>", "edit", desk.edit, methods=["GET", "POST"])
    routes.add_url_rule("/contacts/person/<id>/delete", "delete", desk.delete, methods=["POST"])
    routes.add_url_rule("/contacts/person/<id>/photo", "photo", desk.photo, methods=["POST"])
    routes.register_error_handler(GoogleError, _refused)
    return routes


def _refused(error: GoogleError) -> tuple[str, int]:
    return flask.render_template("contacts_error.html", message=error.body["error"]["message"]), error.status


class _Desk:
    """The pages' handlers; every one holds the world's lock while it works."""

    def __init__(self, world: World) -> None:
        self._world = world

    def list(self) -> str | Response:
        """The contacts by name, narrowed by search and label."""
        with self._world.lock:
            account = self._account()
            book = account.people
            wanted = flask.request.args.get("q", "").strip()
            label = flask.request.args.get("label", "")
            found = sorted((v for v in book if _matches(v, wanted, label)), key=_sort_key)
            start = max(0, flask.request.args.get("start", 0, int))
            rows = [_row(book, version) for version in found[start : start + PAGE]]
            return flask.render_template(
                "contacts.html",
                account=account,
                accounts=self._world.accounts(),
                rows=rows,
                total=len(found),
                start=start,
                page=PAGE,
                q=wanted,
                label=label,
                labels=_labels(book),
                done=flask.request.args.get("done", ""),
            )

    def new(self) -> str | Response:
        """Add a contact."""
        with self._world.lock:
            account = self._account()
            if flask.request.method == "GET":
                return self._form(account, ContactForm({}), None)
            form = ContactForm({})
            name = account.people.phone_create(form.read(flask.request.form))
            self._apply_labels(account.people, name)
            return self._home(account, "added")

    def edit(self, id: str) -> str | Response:
        """Show and change a contact; what the form does not show stays as it is."""
        with self._world.lock:
            account = self._account()
            version = account.people.get(f"people/{id}")
            form = ContactForm(version.fields)
            if flask.request.method == "GET":
                return self._form(account, form, version)
            changed = form.read(flask.request.form)
            if any(version.fields.get(field, []) != values for field, values in changed.items()):
                account.people.phone_edit(version.resource_name, changed)
            self._apply_labels(account.people, version.resource_name)
            return self._home(account, "saved")

    def delete(self, id: str) -> Response:
        """Delete a contact."""
        with self._world.lock:
            account = self._account()
            account.people.phone_delete(f"people/{id}")
            return self._home(account, "deleted")

    def photo(self, id: str) -> Response:
        """Give a contact another picture, or none."""
        with self._world.lock:
            account = self._account()
            book = account.people
            drawn = book.current.seq + 1
            photo = Photo(drawn, pattern=drawn) if flask.request.form.get("photo") == "new" else None
            book.phone_photo(f"people/{id}", photo)
            return flask.redirect(flask.url_for("contacts.edit", id=id, account=account.email), 303)

    def merge(self) -> str | Response:
        """Merge the two ticked contacts; the one listed first stays."""
        with self._world.lock:
            account = self._account()
            ids = flask.request.form.getlist("id")
            if len(ids) != 2:
                message = "Tick exactly two contacts to merge."
                return flask.render_template("contacts_error.html", message=message)
            account.people.phone_merge(*(f"people/{id}" for id in ids))
            return self._home(account, "merged")

    def labels(self) -> str | Response:
        """List, add, rename and delete labels."""
        with self._world.lock:
            account = self._account()
            book = account.people
            if flask.request.method == "POST":
                form = flask.request.form
                if form.get("act") == "create":
                    book.groups.create(form.get("name", ""))
                else:
                    group = book.groups.get(form.get("group", ""))
                    if form.get("act") == "delete":
                        book.delete_group(group)
                    else:
                        book.groups.rename(group, form.get("name", ""))
                return flask.redirect(flask.url_for("contacts.labels", account=account.email), 303)
            rows = [(group, len(book.members(group))) for group in book.groups.all() if not group.system]
            return flask.render_template("contacts_labels.html", account=account, rows=rows)

    def _account(self) -> Account:
        email = flask.request.values.get("account", "")
        accounts = self._world.accounts()
        for account in accounts:
            if email in ("", account.email):
                return account
        flask.abort(404, description="There is no such account.")

    def _home(self, account: Account, done: str) -> Response:
        return flask.redirect(flask.url_for("contacts.list", account=account.email, done=done), 303)

    def _form(self, account: Account, form: ContactForm, version: Version | None) -> str:
        return flask.render_template(
            "contacts_form.html",
            account=account,
            form=form,
            version=version,
            id=version.resource_name.removeprefix("people/") if version else "",
            photo=_photo_url(account.people, version) if version else "",
            labels=_labels(account.people),
        )

    def _apply_labels(self, book: PeopleBook, name: str) -> None:
        wanted = set(flask.request.form.getlist("label"))
        for group in _labels(book):
            on = group.id in wanted
            if on != (group.id in book.get(name).groups):
                book.phone_label(name, group.name, on=on)
        if flask.request.form.get("new_label", "").strip():
            book.phone_label(name, flask.request.form["new_label"])


def _labels(book: PeopleBook) -> list[Group]:
    """The labels a person can put on: their own, and the star."""
    return [group for group in book.groups.all() if not group.system or group.id == "starred"]


def _sort_key(version: Version) -> tuple[bool, str, int]:
    name = version.display_name
    return not name[:1].isalpha(), name.casefold(), version.number


def _matches(version: Version, wanted: str, label: str) -> bool:
    if label and label not in version.groups:
        return False
    sought = wanted.casefold()
    parts = ("value", "givenName", "familyName", "middleName", "name", "title", "city")
    return (
        not sought
        or any(
            sought in str(item.get(part, "")).casefold()
            for values in version.fields.values()
            for item in values
            for part in parts
        )
        or sought in version.display_name.casefold()
    )


def _row(book: PeopleBook, version: Version) -> Row:
    firsts = [
        text(version.fields.get(field, [{}])[0], "value") for field in ("emailAddresses", "phoneNumbers")
    ]
    names = {group.id: group.formatted_name for group in _labels(book)}
    return Row(
        name=version.display_name or "(no name)",
        id=version.resource_name.removeprefix("people/"),
        detail=" · ".join(first for first in firsts if first),
        labels=[names[group] for group in version.groups if group in names],
        photo=_photo_url(book, version),
    )


def _photo_url(book: PeopleBook, version: Version) -> str:
    url: str = version.render(book.lens(frozenset({"photos"})))["photos"][0]["url"]
    return url.removeprefix(book.origin)
