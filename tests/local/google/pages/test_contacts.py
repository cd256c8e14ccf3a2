"""The contacts page, used the way a person would: through its links and forms."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from tests.local.google.people.stage import Stage, person


class Form(HTMLParser):
    """The fields of the largest form on a page, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._area: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "input" and given.get("name") and ("checked" in given or given.get("type") != "checkbox"):
            self.values.setdefault(given["name"], []).append(given.get("value", ""))
        if tag == "textarea":
            self._area = given["name"]
            self.values[self._area] = [""]

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            # A browser drops the line break after <textarea>, and ends lines with two characters.
            self.values[self._area] = [data.removeprefix("\n").replace("\n", "\r\n")]

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = None


@pytest.fixture
def stage() -> Stage:
    return Stage()


def edit_address(name: str) -> str:
    return f"/contacts/person/{name.removeprefix('people/')}"


def test_a_contact_is_added_with_labels(stage: Stage) -> None:
    form = {
        "account": "ann@example.com",
        "names-givenName": "Zoë",
        "names-familyName": "Campbell",
        "emailAddresses-0-value": "zoe@example.com",
        "emailAddresses-0-type": "work",
        "birthday-month": "5",
        "birthday-day": "17",
        "notes": "First line\r\nsecond",
        "new_label": "Clients",
    }
    assert stage.web.post("/contacts/new", data=form).status_code == 303
    (name,) = stage.book.contents()
    assert stage.book.contents()[name] == {
        "names": [{"givenName": "Zoë", "familyName": "Campbell"}],
        "emailAddresses": [{"value": "zoe@example.com", "type": "work"}],
        "birthdays": [{"date": {"month": 5, "day": 17}}],
        "biographies": [{"value": "First line\nsecond"}],
    }
    assert len(stage.book.get(name).groups) == 2
    assert "Zoë Campbell" in stage.web.get("/contacts").text


def test_saving_an_unchanged_form_changes_nothing(stage: Stage) -> None:
    name = stage.book.phone_create(
        {
            "names": [{"givenName": " Ann ", "familyName": "<b>"}],
            "nicknames": [{"value": "A"}, {"value": "second"}],
            "organizations": [{"name": "Acme", "department": "Sales"}, {"name": "Other"}],
            "emailAddresses": [{"value": "ann@example.com", "displayName": "Ann", "type": "Chalet"}],
            "addresses": [
                {"streetAddress": "1 Main St\nUnit 5", "city": "Toronto", "formattedValue": "frozen"}
            ],
            "birthdays": [{"date": {"month": 2, "day": 29}}],
            "biographies": [{"value": "\nkept\n\nas typed ", "contentType": "TEXT_PLAIN"}],
            "userDefined": [{"key": "Lockbox", "value": "1"}],
        }
    )
    stage.book.phone_label(name, "Clients")
    before = stage.book.get(name)
    page = stage.web.get(edit_address(name))
    assert stage.web.post(edit_address(name), data=Form(page.text).values).status_code == 303
    assert stage.book.get(name) is before


def test_an_edit_keeps_what_the_form_does_not_show(stage: Stage) -> None:
    name = stage.book.phone_create(
        {
            "names": [{"givenName": "Ann", "phoneticGivenName": "An"}],
            "organizations": [{"name": "Acme", "department": "Sales"}],
            "userDefined": [{"key": "Lockbox", "value": "1"}],
            "phoneNumbers": [{"value": "1"}, {"value": "2"}],
        }
    )
    form = Form(stage.web.get(edit_address(name)).text).values
    form |= {"names-givenName": ["Anna"], "phoneNumbers-0-value": [""], "phoneNumbers-2-value": ["3"]}
    stage.web.post(edit_address(name), data=form)
    assert stage.book.contents()[name] == {
        "names": [{"givenName": "Anna", "phoneticGivenName": "An"}],
        "organizations": [{"name": "Acme", "department": "Sales"}],
        "userDefined": [{"key": "Lockbox", "value": "1"}],
        "phoneNumbers": [{"value": "2"}, {"value": "3"}],
    }


def test_delete_and_merge(stage: Stage) -> None:
    ann, anne, bob = (stage.book.phone_create(person(n)) for n in ("Ann", "Anne", "Bob"))
    stage.web.post(edit_address(bob) + "/delete", data={"account": "ann@example.com"})
    assert stage.book.find(bob) is None
    ids = [name.removeprefix("people/") for name in (ann, anne)]
    assert "exactly two" in stage.web.post("/contacts/merge", data={"id": ids[:1]}).text
    assert stage.web.post("/contacts/merge", data={"id": ids}).status_code == 303
    assert stage.book.get(ann).previous == (anne,)
    assert stage.web.get(edit_address(anne)).status_code == 404


def test_labels_are_made_renamed_and_deleted(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    stage.web.post("/contacts/labels", data={"act": "create", "name": "Clients"})
    group = stage.book.groups.named("Clients")
    assert group is not None
    stage.web.post("/contacts/labels", data={"act": "rename", "group": group.resource_name, "name": "Buyers"})
    stage.book.phone_label(name, "Buyers")
    assert "Buyers" in stage.web.get("/contacts/labels").text
    assert "Ann" in stage.web.get(f"/contacts?label={group.id}").text
    taken = stage.web.post("/contacts/labels", data={"act": "create", "name": "buyers"})
    assert taken.status_code == 409
    stage.web.post("/contacts/labels", data={"act": "delete", "group": group.resource_name})
    assert stage.book.groups.named("Buyers") is None


def test_the_list_has_pages_and_a_search(stage: Stage) -> None:
    for n in range(60):
        stage.book.phone_create(person(f"P{n:02d}", email=f"p{n}@example.com"))
    first = stage.web.get("/contacts").text
    assert "P49" in first
    assert "P50" not in first
    assert "P50" in stage.web.get("/contacts?start=50").text
    found = stage.web.get("/contacts?q=p7@example").text
    assert "1 contact<" in found
    assert "P07" in found


def test_a_photo_is_changed_and_removed(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    stage.web.post(edit_address(name) + "/photo", data={"photo": "new"})
    url = stage.book.person(name)["photos"][0]["url"].removeprefix(stage.book.origin)
    assert stage.web.get(url).content_type.startswith("image/svg+xml")
    stage.web.post(edit_address(name) + "/photo", data={"photo": "none"})
    assert stage.book.get(name).photo is None


def test_hostile_names_are_text_on_every_page(stage: Stage) -> None:
    hostile = '<script>alert("x")</script>'
    name = stage.book.phone_create(
        {"names": [{"givenName": hostile}], "biographies": [{"value": "</textarea><i>"}]}
    )
    stage.book.phone_label(name, "<b>label</b>")
    for path in ("/contacts", edit_address(name), "/contacts/labels", f"/contacts?q={hostile}"):
        page = stage.web.get(path).text
        assert "<script" not in page
        assert "<i>" not in page
        assert "<b>" not in page


def test_each_account_has_its_own_contacts(stage: Stage) -> None:
    other = stage.world.add_account("bob@example.com")
    other.people.phone_create(person("Secret"))
    assert "Secret" not in stage.web.get("/contacts?account=ann@example.com").text
    assert "Secret" in stage.web.get("/contacts?account=bob@example.com").text
    assert stage.web.get("/contacts?account=nobody@example.com").status_code == 404


def test_forms_of_other_sites_are_refused(stage: Stage) -> None:
    name = stage.book.phone_create(person("Ann"))
    for origin, status in (("https://evil.example.com", 403), ("null", 403), ("http://localhost", 303)):
        answer = stage.web.post(edit_address(name) + "/photo", data={}, headers={"Origin": origin})
        assert answer.status_code == status
