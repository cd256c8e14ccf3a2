from dataclasses import replace
from typing import Any

import pytest

from crmsync.api.imports import choices
from crmsync.core.account import ImportRounds
from crmsync.core.state import Alike, Claim
from crmsync.store.ports import PutCandidate, PutUser
from tests.api.imports.test_sheet import choice, choose, sheet
from tests.api.service import EXPRESS, Service, candidate, refused, said
from tests.scopes import ANN


class TestChoices:
    def test_a_choice_is_saved_and_kept(self, service: Service) -> None:
        service.offer(candidate("a"), candidate("b"))
        picked = {
            "selected": True,
            "contact_type": "lead",
            "detail": {"temperature": "hot", "horizon": "lt1y", "transaction": "buyer"},
            "consent": {
                "status": "implied",
                "basis": "transaction",
                "obtained_on": "2026-01-02",
                "source": "sale",
                "note": "n",
            },
        }
        assert choose(service, {"id": "a", **picked}) == {"saved": ["a"], "skipped": [], "withdrawn": []}
        assert choice(service, "a") == {**picked, "same_person": None, "same_row": None, "other_rows": []}
        assert choice(service, "b")["selected"] is False
        assert sheet(service)["selected"] == 1

    def test_what_is_left_out_stays(self, service: Service) -> None:
        service.offer(candidate("a", claims=(Claim("c1", "Ann"),)))
        choose(
            service,
            {"id": "a", "selected": True, "contact_type": "business", "detail": {"category": "lawyer"}},
        )
        choose(service, {"id": "a", "same_person": "c1"})
        choose(service, {"id": "a", "selected": False})
        found = choice(service, "a")
        assert (found["selected"], found["same_person"]) == (False, "c1")
        assert (found["contact_type"], found["detail"]) == ("business", {"category": "lawyer"})

    def test_an_answer_names_its_contact(self, service: Service) -> None:
        ann, bob = Claim("c1", "Ann"), Claim("c2", "Bob")
        service.offer(candidate("a", claims=(ann,), linked=(bob,)))
        for answer in ("c2", "c1", "none", None):
            choose(service, {"id": "a", "same_person": answer})
            assert choice(service, "a")["same_person"] == answer

    def test_an_answer_about_somebody_whom_the_row_does_not_ask_about_is_refused(
        self, service: Service
    ) -> None:
        service.offer(candidate("a", claims=(Claim("c1", "Ann"),)), candidate("b"))
        for id, person in (("a", "c2"), ("b", "c1")):
            error = said(
                service.call("PUT", "/api/import/choices", {"rows": [{"id": id, "same_person": person}]}), 409
            )["error"]
            assert error["current"]["id"] == id
            assert [it["contact_id"] for it in error["current"]["matches"]] == (["c1"] if id == "a" else [])
            assert choice(service, id)["same_person"] is None

    def test_what_is_said_of_two_rows_shows_on_both(self, service: Service) -> None:
        for key, other in (("a", "b"), ("b", "a")):
            service.offer(candidate(key, alike=(Alike(other, 3, ("email", "name")),)))
        hint = {"id": "b", "name": "Person b", "verdict": "likely", "reasons": ["email", "name"]}
        for change, answer in (
            ({"same_row": "b"}, "same"),
            ({"same_row": None, "other_rows": ["b"]}, "different"),
        ):
            choose(service, {"id": "a", **change})
            first, second = sheet(service)["items"]
            assert first["alike"] == [{**hint, "answer": answer, "copy": False, "selected": False}]
            assert (second["alike"][0]["answer"], second["alike"][0]["copy"]) == (answer, answer == "same")

    def test_an_answer_about_a_row_that_it_does_not_ask_about_is_refused(self, service: Service) -> None:
        service.offer(candidate("a", alike=(Alike("b", 3),)), candidate("c"))
        for change in ({"same_row": "c"}, {"other_rows": ["c"]}):
            said(service.call("PUT", "/api/import/choices", {"rows": [{"id": "a", **change}]}), 409)

    @pytest.mark.parametrize(
        ("answer", "claims", "left"),
        [
            ("c1", (Claim("c2", "Bob"),), None),
            ("c1", (Claim("c2", "Bob"), Claim("c1", "Ann")), "c1"),
            ("none", (Claim("c2", "Bob"),), None),
            ("none", (Claim("c1", "Ann", strength=1),), "none"),
            ("none", (), "none"),
        ],
    )
    def test_an_answer_holds_for_those_whom_the_row_asked_about(
        self, service: Service, answer: str, claims: tuple[Claim, ...], left: str | None
    ) -> None:
        service.offer(candidate("a", claims=(Claim("c1", "Ann"),)))
        choose(service, {"id": "a", "same_person": answer})
        kept = service.store.candidates(ANN, ["a"])["a"]
        service.store.commit(ANN, [PutCandidate(replace(kept, claims=claims))])
        assert choice(service, "a")["same_person"] == left

    def test_one_answer_for_many_rows_can_only_be_that_they_are_nobody(self, service: Service) -> None:
        service.offer(candidate("a", claims=(Claim("c1", "Ann"),)), candidate("b"))
        path = "/api/import/choices/all"
        assert service.call("POST", path, {"choice": {"same_person": "c1"}}).status_code == 400
        said(service.call("POST", path, {"choice": {"same_person": "none"}}))
        assert choice(service, "a")["same_person"] == "none"

    def test_another_type_drops_the_details_of_the_former(self, service: Service) -> None:
        service.offer(candidate("a"))
        choose(service, {"id": "a", "contact_type": "contact", "detail": {"grade": "A"}})
        choose(service, {"id": "a", "contact_type": "lead"})
        assert choice(service, "a")["detail"] == {}

    def test_a_draft_may_lack_its_evidence_still(self, service: Service) -> None:
        service.offer(candidate("a"))
        choose(service, {"id": "a", "consent": {"status": "implied"}})
        assert choice(service, "a")["consent"] == {"status": "implied"}

    def test_the_same_choice_again_costs_no_write(self, service: Service) -> None:
        service.offer(candidate("a"))
        row = {"id": "a", "selected": True, "consent": {"status": "none", "note": ""}}
        choose(service, row)
        service.meter.reset()
        choose(service, row)
        assert service.meter.used().writes == 0

    @pytest.mark.parametrize(
        ("row", "field"),
        [
            ({"detail": {"grade": "Z"}}, "rows[1].detail.grade"),
            ({"detail": {"temperature": "hot"}}, "rows[1].detail.temperature"),
            ({"contact_type": "friend"}, "rows[1].contact_type"),
            ({"consent": {"status": "express", "obtained_on": "2027-01-01"}}, "rows[1].consent.obtained_on"),
            ({"consent": {"status": "yes"}}, "rows[1].consent.status"),
            ({"selected": "yes"}, "rows[1].selected"),
            ({"chosen": True}, "rows[1].chosen"),
        ],
    )
    def test_a_wrong_choice_is_refused_by_row_and_nothing_is_saved(
        self, service: Service, row: dict[str, Any], field: str
    ) -> None:
        service.offer(candidate("a"), candidate("b"))
        rows = [{"id": "a", "selected": True}, {"id": "b", **row}]
        assert refused(service, "PUT", "/api/import/choices", {"rows": rows})["field"] == field
        assert choice(service, "a")["selected"] is False

    def test_at_most_500_rows_each_named_once(self, service: Service) -> None:
        for rows in (
            [],
            [{"id": f"k{n}"} for n in range(501)],
            [{"id": "a"}, {"id": "a"}],
            [{"selected": True}],
        ):
            refused(service, "PUT", "/api/import/choices", {"rows": rows})

    def test_500_rows_are_saved_in_one_call(self, service: Service) -> None:
        service.offer(*(candidate(f"k{n}") for n in range(500)))
        saved = choose(service, *({"id": f"k{n}", "selected": True} for n in range(500)))
        assert len(saved["saved"]) == 500
        assert sheet(service)["selected"] == 500

    def test_rows_that_were_decided_elsewhere_are_skipped_and_named(self, service: Service) -> None:
        service.offer(
            candidate("open"),
            candidate("taken", status="imported"),
            candidate("gone", status="gone"),
        )
        saved = choose(service, *({"id": id, "selected": True} for id in ("open", "taken", "gone", "never")))
        assert saved["saved"] == ["open"]
        assert {row["id"]: row["reason"] for row in saved["skipped"]} == {
            "taken": "not_open",
            "gone": "not_open",
            "never": "not_found",
        }

    def test_another_user_s_rows_are_not_found(self, service: Service) -> None:
        service.offer(candidate("a"))
        body = {"rows": [{"id": "a", "selected": True}]}
        assert service.call("PUT", "/api/import/choices", body, user="bob").status_code == 404
        assert choice(service, "a")["selected"] is False

    def test_ids_that_cannot_be_ids_are_not_found(self, service: Service) -> None:
        body = {"rows": [{"id": "a/b"}, {"id": "__x__"}]}
        assert service.call("PUT", "/api/import/choices", body).status_code == 404

    def test_a_sync_that_refreshes_the_row_at_the_same_moment_loses_nothing(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service.offer(candidate("a"))
        read = service.store.candidates
        meanwhile = iter(["Renamed at Google"])

        def read_then_renamed(*args: Any) -> Any:
            found = read(*args)
            for name in meanwhile:
                service.store.commit(ANN, [PutCandidate(replace(found["a"], name=name))])
            return found

        monkeypatch.setattr(service.store, "candidates", read_then_renamed)
        choose(service, {"id": "a", "selected": True})
        [row] = sheet(service)["items"]
        assert (row["name"], row["choice"]["selected"]) == ("Renamed at Google", True)


class TestAll:
    def all(self, service: Service, body: dict[str, Any]) -> dict[str, Any]:
        answer = service.call("POST", "/api/import/choices/all", body)
        return said(answer)

    def test_the_rows_of_a_filter_get_the_same_choice(self, service: Service) -> None:
        service.offer(*(candidate(f"k{n}", emails=("e@b.ca",) if n % 2 else ()) for n in range(10)))
        choose(service, {"id": "k1", "contact_type": "lead"})
        changed = self.all(service, {"filter": "has_email", "choice": {"selected": True}})
        assert changed == {"changed": 5, "withdrawn": 0, "next_page_token": None}
        assert sheet(service)["selected"] == 5
        assert choice(service, "k1")["contact_type"] == "lead"

    def test_decided_rows_are_left_alone(self, service: Service) -> None:
        service.offer(
            candidate("a", round=1), candidate("b", round=2), candidate("c", round=2, status="gone")
        )
        service.store.commit(ANN, [PutUser({"rounds": ImportRounds(presented=2, closed=1)})])
        assert self.all(service, {"choice": {"selected": True}})["changed"] == 1
        assert not service.store.candidates(ANN, ["a"])["a"].choice.selected

    def test_more_rows_than_a_call_deals_with_take_several(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(choices, "ROWS_A_CALL", 250)
        service.offer(*(candidate(f"k{n:04}") for n in range(300)))
        first = self.all(service, {"choice": {"selected": True}})
        assert first["changed"] == 250
        rest = {"choice": {"selected": True}, "page_token": first["next_page_token"]}
        assert self.all(service, rest) == {"changed": 50, "withdrawn": 0, "next_page_token": None}
        assert sheet(service, "page_size=1")["selected"] == 300

    def test_all_ticked_rows_get_one_type_or_each_its_own_suggestion(self, service: Service) -> None:
        service.offer(
            candidate("a", labels=("Buyers",)), candidate("b", organization="Roy Law"), candidate("c")
        )
        choose(service, *({"id": id, "selected": True} for id in "ac"))
        body = {"filter": "selected", "choice": {"contact_type": "business", "detail": {"category": "other"}}}
        assert self.all(service, body)["changed"] == 2
        assert [choice(service, id)["contact_type"] for id in "abc"] == ["business", "contact", "business"]
        body = {"choice": {"use_suggestion": True, "consent": EXPRESS}}
        assert self.all(service, body)["changed"] == 3
        found = [choice(service, id) for id in "abc"]
        assert [(each["contact_type"], each["detail"]) for each in found] == [
            ("lead", {"transaction": "buyer"}),
            ("business", {"category": "lawyer"}),
            ("business", {"category": "other"}),
        ]
        assert {each["consent"]["status"] for each in found} == {"express"}
        assert self.all(service, {"filter": "selected", "choice": {"selected": False}})["changed"] == 2
        assert sheet(service)["selected"] == 0

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"choice": {"id": "a"}},
            {"choice": {"selected": True}, "filter": "nonsense"},
            {"choice": {"selected": True}, "page_token": "x"},
            {"choice": {"selected": True}, "status": "declined"},
            {"choice": {"use_suggestion": True, "contact_type": "lead"}},
            {"choice": {"use_suggestion": True, "detail": {}}},
            {"choice": {"consent": {"status": "express", "source": "form"}}},
            {"choice": {"consent": {"status": "express", "obtained_on": "2026-01-02"}}},
        ],
    )
    def test_a_wrong_body_is_refused(self, service: Service, body: dict[str, Any]) -> None:
        refused(service, "POST", "/api/import/choices/all", body)
