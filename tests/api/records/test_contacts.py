from datetime import timedelta
from typing import Any

import pytest

from crmsync.core.model import Consent, Contact, Email
from crmsync.store.ports import CreateRecord, PutRecord
from tests.api.service import EXPRESS, Service, refused, said
from tests.scopes import ANN

FULL: dict[str, Any] = {
    "given_name": "Ann",
    "middle_name": "B.",
    "family_name": "Martin",
    "prefix": "Dr.",
    "suffix": "Jr.",
    "nickname": "Annie",
    "organization": "Martin & Co",
    "job_title": "Broker",
    "emails": [{"value": "Ann@Mail.Example", "type": "work"}, {"value": "ünï@exämple.ca", "type": ""}],
    "phones": [{"value": "+1 (416) 555-0199 evenings", "type": "Cell — new"}],
    "addresses": [
        {
            "street": "1 King St W",
            "extended": "Unit 5",
            "city": "Toronto",
            "region": "ON",
            "postal_code": "M5H 1A1",
            "country": "Canada",
            "type": "home",
        }
    ],
    "urls": [{"value": "https://ann.example", "type": "blog"}],
    "birthday": {"month": 2, "day": 29},
    "notes": "Line one\nLine two",
    "contact_type": "lead",
    "detail": {"temperature": "hot", "horizon": "lt3m", "transaction": "both"},
    "consent": {"status": "implied", "basis": "inquiry", "obtained_on": "2026-01-15", "source": "open house"},
}


def create(service: Service, body: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    answer = service.call("POST", "/api/contacts", body or {"given_name": "Ann"}, **more)
    return said(answer, 201)


def change(service: Service, id: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = service.call("PATCH", f"/api/contacts/{id}", body, **more)
    return said(answer)


class TestCreate:
    def test_every_field_is_kept_as_it_was_typed(self, service: Service) -> None:
        made = create(service, FULL)
        read = service.call("GET", f"/api/contacts/{made['id']}").json
        assert read == made
        for name, value in FULL.items():
            if name not in ("consent", "emails"):
                assert made[name] == value
        assert [{"value": it["value"], "type": it["type"]} for it in made["emails"]] == FULL["emails"]

    def test_the_answer_says_where_the_record_is_and_which_version_it_has(self, service: Service) -> None:
        answer = service.call("POST", "/api/contacts", {"given_name": "Ann"})
        assert answer.json is not None
        assert answer.headers["Location"].endswith(f"/api/contacts/{answer.json['id']}")
        assert answer.get_etag() == (answer.json["etag"], False)

    def test_a_repeat_with_the_same_key_answers_the_same_record(self, service: Service) -> None:
        headers = {"Idempotency-Key": "form-1"}
        first = create(service, {"given_name": "Ann"}, headers=headers)
        again = create(service, {"given_name": "Ann"}, headers=headers)
        assert first == again
        assert service.store.count(ANN, "contacts") == 1
        assert service.queue.jobs == []

    def test_keys_belong_to_one_user_and_one_kind_of_record(self, service: Service) -> None:
        headers = {"Idempotency-Key": "form-1"}
        ann = create(service, {"given_name": "Ann"}, headers=headers)
        bob = create(service, {"given_name": "Bob"}, headers=headers, user="bob")
        assert ann["id"] != bob["id"]

    def test_another_key_makes_another_record(self, service: Service) -> None:
        first = create(service, {"given_name": "Ann"}, headers={"Idempotency-Key": "form-1"})
        second = create(service, {"given_name": "Ann"}, headers={"Idempotency-Key": "form-2"})
        assert first["id"] != second["id"]
        assert service.store.count(ANN, "contacts") == 2

    @pytest.mark.parametrize("key", ["", "x" * 256, "a b", "ü"])
    def test_a_bad_key_is_refused(self, service: Service, key: str) -> None:
        headers = {"Idempotency-Key": key}
        refused(service, "POST", "/api/contacts", {"given_name": "A"}, headers=headers)

    @pytest.mark.parametrize("body", [{}, {"notes": "x"}, {"given_name": "  "}, {"prefix": "Dr."}])
    def test_somebody_must_be_recognisable(self, service: Service, body: dict[str, Any]) -> None:
        refused(service, "POST", "/api/contacts", body)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"emails": [{"value": "ann"}]}, "emails[0].value"),
            ({"emails": [{"value": "a@b"}]}, "emails[0].value"),
            ({"emails": [{"value": "a b@c.ca"}]}, "emails[0].value"),
            ({"emails": [{"value": "a@b.ca\n"}]}, "emails[0].value"),
            ({"emails": [{"value": "a@b.ca,c@d.ca"}]}, "emails[0].value"),
            ({"emails": [{"value": "x" * 65 + "@b.ca"}]}, "emails[0].value"),
            ({"emails": [{"value": ""}]}, "emails[0].value"),
            ({"emails": [{"type": "work"}]}, "emails[0].value"),
            ({"emails": "a@b.ca"}, "emails"),
            ({"emails": [{"value": f"a{n}@b.ca"} for n in range(501)]}, "emails"),
            ({"phones": [{"value": " "}]}, "phones[0].value"),
            ({"phones": [{"value": "1", "type": "x" * 1025}]}, "phones[0].type"),
            ({"given_name": "x" * 16_385}, "given_name"),
            ({"given_name": None}, "given_name"),
            ({"given_name": 5}, "given_name"),
            ({"notes": "x" * 65_537}, "notes"),
            ({"birthday": {"month": 2, "day": 30}}, "birthday"),
            ({"birthday": {"month": 2, "day": 29, "year": 2025}}, "birthday"),
            ({"birthday": {"month": 13, "day": 1}}, "birthday.month"),
            ({"birthday": {"month": True, "day": 1}}, "birthday.month"),
            ({"contact_type": "friend"}, "contact_type"),
            ({"contact_type": "lead", "detail": {"grade": "A"}}, "detail.grade"),
            ({"contact_type": "contact", "detail": {"grade": "E"}}, "detail.grade"),
            ({"consent": {"status": "maybe"}}, "consent.status"),
            ({"consent": {}}, "consent.status"),
            ({"consent": {"status": "implied"}}, "consent.basis"),
            ({"consent": {"status": "implied", "basis": "inquiry"}}, "consent.obtained_on"),
            ({"consent": {"status": "express", "obtained_on": "2026-03-03"}}, "consent.obtained_on"),
            ({"consent": {"status": "express", "obtained_on": "2026-02-30"}}, "consent.obtained_on"),
            ({"consent": {"status": "express", "recorded_by": "the boss"}}, "consent.recorded_by"),
            ({"consent": {"status": "express", "expires_on": "2030-01-01"}}, "consent.expires_on"),
            ({"id": "mine"}, "id"),
            ({"can_email": True}, "can_email"),
        ],
    )
    def test_a_wrong_value_is_refused_by_name_and_nothing_is_made(
        self, service: Service, body: dict[str, Any], field: str
    ) -> None:
        error = refused(service, "POST", "/api/contacts", {"family_name": "Martin", **body})
        assert error["field"] == field
        assert service.store.count(ANN, "contacts") == 0

    def test_a_record_that_is_too_large_as_a_whole_is_refused(self, service: Service) -> None:
        body = {"given_name": "A", "urls": [{"value": "x" * 16_000} for _ in range(30)]}
        error = said(service.call("POST", "/api/contacts", body), 413)["error"]
        assert error == {"code": "too_large", "message": "The record is too large."}

    @pytest.mark.parametrize(
        "text",
        [
            "<script>alert(1)</script>",
            '=HYPERLINK("https://evil.example")',
            "\u202egnp.exe\u2066",
            "👩‍👩‍👧‍👦 نورا",
            "x" * 10_000,
            "a\u0000b\u2028c",
            "</body><img src=x onerror=alert(1)>",
        ],
    )
    def test_hostile_text_survives_unchanged(self, service: Service, text: str) -> None:
        made = create(service, {"given_name": text, "notes": text, "phones": [{"value": text}]})
        read = service.call("GET", f"/api/contacts/{made['id']}")
        assert read.json is not None
        assert (read.json["given_name"], read.json["notes"]) == (text, text)
        assert read.json["phones"][0]["value"] == text
        assert "<" not in read.text


class TestConsent:
    def test_what_follows_from_implied_consent_is_computed(self, service: Service) -> None:
        made = create(service, FULL)
        assert made["consent"]["expires_on"] == "2026-07-15"
        assert made["can_email"] is True
        service.clock.advance(timedelta(days=200))
        later = service.call("GET", f"/api/contacts/{made['id']}").json
        assert later is not None
        assert later["can_email"] is False

    @pytest.mark.parametrize(
        ("consent", "can"), [(EXPRESS, True), ({"status": "none"}, False), ({"status": "revoked"}, False)]
    )
    def test_the_other_kinds_do_not_lapse(self, service: Service, consent: dict[str, str], can: bool) -> None:
        made = create(service, {"emails": [{"value": "ann@mail.example"}], "consent": consent})
        assert made["can_email"] is can
        assert "expires_on" not in made["consent"]

    def test_nobody_without_an_address_can_be_written_to(self, service: Service) -> None:
        assert create(service, {"given_name": "Ann", "consent": EXPRESS})["can_email"] is False

    @pytest.mark.parametrize(
        ("left_out", "field"), [("obtained_on", "consent.obtained_on"), ("source", "consent.source")]
    )
    def test_express_consent_is_taken_with_its_evidence_only(
        self, service: Service, left_out: str, field: str
    ) -> None:
        consent = {name: value for name, value in EXPRESS.items() if name != left_out}
        body = {"given_name": "Ann", "consent": consent}
        assert refused(service, "POST", "/api/contacts", body)["field"] == field
        made = create(service, {"given_name": "Ann"})
        assert refused(service, "PATCH", f"/api/contacts/{made['id']}", body)["field"] == field
        assert create(service, {"given_name": "Ann", "consent": EXPRESS})["consent"]["evidence"] == "proven"

    def test_express_consent_that_was_recorded_without_stays_and_is_marked(self, service: Service) -> None:
        old = Contact("Ann", emails=(Email("ann@mail.example"),), consent=Consent("express"))
        service.store.commit(ANN, [CreateRecord("contacts", "c1", old)])
        shown = change(service, "c1", {"nickname": "A"})
        assert (shown["consent"], shown["can_email"]) == ({"status": "express", "evidence": "unproven"}, True)

    def test_the_day_is_that_of_the_user(self, service: Service) -> None:
        service.call("PATCH", "/api/settings", {"time_zone": "Pacific/Auckland"})
        body = {"given_name": "Ann", "consent": {**EXPRESS, "obtained_on": "2026-03-03"}}
        assert create(service, body)["consent"]["obtained_on"] == "2026-03-03"

    def test_who_states_consent_is_recorded_and_only_then(self, service: Service) -> None:
        made = create(service, {"given_name": "Ann"})
        assert "recorded_by" not in made["consent"]
        stated = change(service, made["id"], {"consent": EXPRESS})
        assert stated["consent"] == {**EXPRESS, "recorded_by": "ann", "evidence": "proven"}

    def test_repeating_the_same_consent_keeps_its_author(self, service: Service) -> None:
        signed = Contact(given_name="Ann", consent=Consent("express", recorded_by="bob"))
        service.store.commit(ANN, [CreateRecord("contacts", "c1", signed)])
        again = change(service, "c1", {"consent": {"status": "express"}, "notes": "x"})
        assert again["consent"]["recorded_by"] == "bob"


class TestChange:
    def test_only_the_given_fields_change(self, service: Service) -> None:
        made = create(service, FULL)
        changed = change(service, made["id"], {"job_title": "Owner", "emails": []})
        assert changed["job_title"] == "Owner"
        assert changed["emails"] == []
        assert changed["etag"] != made["etag"]
        for name in ("given_name", "phones", "addresses", "consent", "detail", "birthday"):
            assert changed[name] == made[name]

    def test_a_birthday_is_cleared_by_null(self, service: Service) -> None:
        made = create(service, FULL)
        assert change(service, made["id"], {"birthday": None})["birthday"] is None

    def test_another_type_drops_the_details_of_the_former(self, service: Service) -> None:
        made = create(service, FULL)
        changed = change(service, made["id"], {"contact_type": "business"})
        assert (changed["contact_type"], changed["detail"]) == ("business", {})

    def test_a_change_of_nothing_writes_nothing(self, service: Service) -> None:
        service.connect()
        made = create(service, FULL)
        service.queue.jobs.clear()
        body = {name: value for name, value in FULL.items() if name != "consent"}
        assert change(service, made["id"], body) == made
        assert service.queue.jobs == []

    def test_what_came_from_google_may_stay_as_it_is(self, service: Service) -> None:
        odd = Contact(given_name="Ann", emails=(Email("ann at home"),))
        service.store.commit(ANN, [CreateRecord("contacts", "c1", odd)])
        emails = [{"value": "ann at home", "type": "old"}, {"value": "ann@b.ca"}]
        assert len(change(service, "c1", {"emails": emails})["emails"]) == 2
        refused(service, "PATCH", "/api/contacts/c1", {"emails": [{"value": "ann at work"}]})

    def test_a_contact_may_not_become_nobody_but_a_nobody_may_be_edited(self, service: Service) -> None:
        made = create(service, {"given_name": "Ann"})
        refused(service, "PATCH", f"/api/contacts/{made['id']}", {"given_name": " "})
        service.store.commit(ANN, [CreateRecord("contacts", "c1", Contact(notes="from Google"))])
        assert change(service, "c1", {"notes": "seen"})["notes"] == "seen"

    def test_if_match_protects_against_what_happened_meanwhile(self, service: Service) -> None:
        made = create(service)
        fresh = {"If-Match": f'"{made["etag"]}"'}
        changed = change(service, made["id"], {"notes": "1"}, headers=fresh)
        answer = service.call("PATCH", f"/api/contacts/{made['id']}", {"notes": "2"}, headers=fresh)
        assert answer.status_code == 409
        assert answer.json is not None
        assert answer.json["error"]["code"] == "conflict"
        assert answer.json["error"]["current"] == changed

    @pytest.mark.parametrize("form", ["{}", '"{}"', 'W/"{}"', '"other", "{}"', "*"])
    def test_if_match_takes_the_etag_in_every_form(self, service: Service, form: str) -> None:
        made = create(service)
        change(service, made["id"], {"notes": "1"}, headers={"If-Match": form.format(made["etag"])})

    def test_without_if_match_a_simultaneous_change_of_another_field_is_kept(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = create(service)
        records = service.store.records
        meanwhile = iter([Contact(given_name="Ann", job_title="Owner")])

        def read_then_changed(*args: Any) -> Any:
            found = records(*args)
            for value in meanwhile:
                service.store.commit(ANN, [PutRecord("contacts", made["id"], value, None)])
            return found

        monkeypatch.setattr(service.store, "records", read_then_changed)
        changed = change(service, made["id"], {"notes": "mine"})
        assert (changed["job_title"], changed["notes"]) == ("Owner", "mine")


class TestRead:
    def test_an_etag_spares_the_body(self, service: Service) -> None:
        made = create(service)
        path = f"/api/contacts/{made['id']}"
        answer = service.call("GET", path, headers={"If-None-Match": f'"{made["etag"]}"'})
        assert (answer.status_code, answer.data) == (304, b"")

    @pytest.mark.parametrize("id", ["nobody", "__x__", "x" * 300, "%00"])
    def test_an_unknown_id_is_not_found(self, service: Service, id: str) -> None:
        for method, body in (("GET", None), ("PATCH", {"notes": "x"}), ("DELETE", None)):
            assert service.call(method, f"/api/contacts/{id}", body).status_code == 404

    def test_another_user_s_contact_is_not_found(self, service: Service) -> None:
        made = create(service)
        path = f"/api/contacts/{made['id']}"
        for method, tail, body in (
            ("GET", "", None),
            ("PATCH", "", {"notes": "x"}),
            ("DELETE", "", None),
            ("POST", "/restore", None),
        ):
            assert service.call(method, path + tail, body, user="bob").status_code == 404
        assert service.call("GET", path).json == made
