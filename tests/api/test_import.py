from dataclasses import replace
from typing import Any

import pytest

from crmsync.api import imports
from crmsync.core.account import ImportRounds, ImportRun
from crmsync.core.state import Choice, Claim
from crmsync.store.ports import PutCandidate, PutImport, PutUser
from tests.api.service import Service, candidate, said
from tests.api.test_contacts import refused

SHEET = "/api/import/candidates"


def sheet(service: Service, query: str = "", **more: Any) -> dict[str, Any]:
    answer = service.call("GET", f"{SHEET}?{query}" if query else SHEET, **more)
    return said(answer)


def ids(page: dict[str, Any]) -> list[str]:
    return [row["id"] for row in page["items"]]


def choose(service: Service, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = service.call("PUT", "/api/import/choices", {"rows": list(rows)}, **more)
    return said(answer)


def choice(service: Service, id: str) -> dict[str, Any]:
    [row] = [row for row in sheet(service, "page_size=500")["items"] if row["id"] == id]
    found: dict[str, Any] = row["choice"]
    return found


def rounds(service: Service) -> ImportRounds:
    user = service.store.user("ann")
    return user.rounds if user else ImportRounds()


def finish(service: Service, action: str, round: int | None = None) -> str:
    body = {"action": action} if round is None else {"action": action, "round": round}
    answer = service.call("POST", "/api/import/finish", body)
    assert answer.status_code == 202, answer.text
    assert answer.json is not None
    import_id: str = answer.json["import_id"]
    return import_id


class TestRows:
    def test_a_row_shows_what_google_says_and_what_was_chosen(self, service: Service) -> None:
        shown: dict[str, Any] = {
            "name": "Zoë Martin",
            "emails": ("zoe@mail.example", "z@work.example"),
            "phones": ("+1 416 555 0199",),
            "organization": "Martin & Co",
            "labels": ("Clients",),
            "photo_url": "https://photos.example/z",
        }
        service.offer(candidate("z", **shown))
        assert sheet(service)["items"] == [
            {
                "id": "z",
                "name": "Zoë Martin",
                "emails": ["zoe@mail.example", "z@work.example"],
                "phones": ["+1 416 555 0199"],
                "organization": "Martin & Co",
                "labels": ["Clients"],
                "photo_url": "https://photos.example/z",
                "match": None,
                "choice": {
                    "selected": False,
                    "contact_type": "contact",
                    "detail": {},
                    "consent": {"status": "none"},
                    "same_person": None,
                },
                "status": "open",
                "contact_id": None,
                "problem": None,
            }
        ]

    def test_a_possible_duplicate_names_the_contact_and_the_reason(self, service: Service) -> None:
        unlinked = Claim("c1", "Ann Martin", "email", True)
        linked = Claim("c2", "Bob", "phone_and_name", True)
        service.offer(
            candidate("a", claims=(unlinked,), linked_match=linked), candidate("b", linked_match=linked)
        )
        assert [row["match"] for row in sheet(service)["items"]] == [
            {"contact_id": "c1", "name": "Ann Martin", "reason": "email"},
            {"contact_id": "c2", "name": "Bob", "reason": "phone_and_name"},
        ]

    def test_pages_are_by_name_and_complete_to_the_last(self, service: Service) -> None:
        service.offer(*(candidate(f"k{n}", name=f"Name {n:02}") for n in reversed(range(25))))
        seen: list[str] = []
        token: str | None = ""
        while token is not None:
            page = sheet(service, f"page_size=10&page_token={token}" if token else "page_size=10")
            assert page["total"] == 25
            seen += ids(page)
            token = page["next_page_token"]
        assert seen == [f"k{n}" for n in range(25)]

    def test_search_and_filters(self, service: Service) -> None:
        service.offer(
            candidate("a", name="Ann Martin", labels=("Clients",)),
            candidate("b", name="Bob", emails=(), labels=("Family, near",)),
            candidate("c", name="Céline", claims=(Claim("c1", "Céline", "email", True),)),
        )
        assert ids(sheet(service, "q=celine")) == ["c"]
        assert ids(sheet(service, "filter=has_email")) == ["a", "c"]
        assert ids(sheet(service, "filter=possible_duplicate,has_email")) == ["c"]
        assert ids(sheet(service, "filter=label:Clients")) == ["a"]
        assert sheet(service, "filter=label:Clients")["total"] == 1

    @pytest.mark.parametrize(
        "query",
        [
            "status=gone",
            "order=age",
            "filter=nonsense",
            "filter=label:a,label:b",
            "sort=name",
            "page_token=x",
        ],
    )
    def test_a_wrong_parameter_is_refused(self, service: Service, query: str) -> None:
        refused(service, "GET", f"{SHEET}?{query}", None)

    def test_a_page_of_100_stays_within_its_price(self, service: Service) -> None:
        service.offer(*(candidate(f"k{n:03}") for n in range(250)))
        first = sheet(service)
        for query in ("", f"page_token={first['next_page_token']}"):
            service.meter.reset()
            sheet(service, query)
            used = service.meter.used()
            # The rows and one to see whether more follow; the user; whether anybody waits to be presented.
            assert used.reads <= 104
            assert used.writes == 0

    def test_users_see_their_own_rows(self, service: Service) -> None:
        service.offer(candidate("a"))
        assert sheet(service, user="bob")["items"] == []


class TestRounds:
    def test_opening_the_sheet_presents_what_was_found_since(self, service: Service) -> None:
        service.offer(candidate("a", round=1))
        assert sheet(service)["round"] == 1
        assert sheet(service)["round"] == 1
        service.offer(candidate("b", round=2))
        assert sheet(service)["round"] == 2
        assert rounds(service) == ImportRounds(presented=2)

    def test_an_empty_sheet_or_another_tab_or_page_presents_nobody(self, service: Service) -> None:
        assert sheet(service)["round"] == 0
        service.offer(*(candidate(f"k{n}") for n in range(3)))
        sheet(service, "status=declined")
        sheet(service, "status=imported")
        assert rounds(service).presented == 0
        token = sheet(service, "page_size=1")["next_page_token"]
        service.offer(candidate("z", round=2))
        sheet(service, f"page_size=1&page_token={token}")
        assert rounds(service).presented == 1

    def test_presenting_survives_a_sync_that_commits_at_the_same_moment(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        service.offer(candidate("a"))
        commit = service.store.commit
        meanwhile = iter([PutUser({"next_due_at": service.clock.now()})])

        def commit_after_another(uid: str, writes: Any, *args: Any, **more: Any) -> Any:
            for other in meanwhile:
                commit(uid, [other])
            return commit(uid, writes, *args, **more)

        service.connect()
        monkeypatch.setattr(service.store, "commit", commit_after_another)
        assert sheet(service)["round"] == 1

    def test_done_closes_what_was_shown_and_nothing_found_since(self, service: Service) -> None:
        service.offer(candidate("a"))
        shown = sheet(service)["round"]
        service.offer(candidate("late", round=2))
        finish(service, "done", shown)
        assert ids(sheet(service, "status=declined")) == ["a"]
        assert ids(sheet(service)) == ["late"]


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
        assert choose(service, {"id": "a", **picked}) == {"saved": ["a"], "skipped": []}
        assert choice(service, "a") == {**picked, "same_person": None}
        assert choice(service, "b")["selected"] is False
        assert sheet(service)["selected"] == 1

    def test_what_is_left_out_stays(self, service: Service) -> None:
        service.offer(candidate("a"))
        choose(
            service,
            {"id": "a", "selected": True, "contact_type": "business", "detail": {"category": "lawyer"}},
        )
        choose(service, {"id": "a", "same_person": True})
        choose(service, {"id": "a", "selected": False})
        found = choice(service, "a")
        assert (found["selected"], found["same_person"]) == (False, True)
        assert (found["contact_type"], found["detail"]) == ("business", {"category": "lawyer"})

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
                service.store.commit("ann", [PutCandidate(replace(found["a"], name=name))])
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
        assert changed == {"changed": 5, "next_page_token": None}
        assert sheet(service)["selected"] == 5
        assert choice(service, "k1")["contact_type"] == "lead"

    def test_decided_rows_are_left_alone(self, service: Service) -> None:
        service.offer(
            candidate("a", round=1), candidate("b", round=2), candidate("c", round=2, status="gone")
        )
        service.store.commit("ann", [PutUser({"rounds": ImportRounds(presented=2, closed=1)})])
        assert self.all(service, {"choice": {"selected": True}})["changed"] == 1
        assert not service.store.candidates("ann", ["a"])["a"].choice.selected

    def test_more_rows_than_a_call_deals_with_take_several(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(imports, "ROWS_A_CALL", 250)
        service.offer(*(candidate(f"k{n:04}") for n in range(300)))
        first = self.all(service, {"choice": {"selected": True}})
        assert first["changed"] == 250
        rest = {"choice": {"selected": True}, "page_token": first["next_page_token"]}
        assert self.all(service, rest) == {"changed": 50, "next_page_token": None}
        assert sheet(service, "page_size=1")["selected"] == 300

    @pytest.mark.parametrize(
        "body",
        [
            {},
            {"choice": {"id": "a"}},
            {"choice": {"selected": True}, "filter": "nonsense"},
            {"choice": {"selected": True}, "page_token": "x"},
            {"choice": {"selected": True}, "status": "declined"},
        ],
    )
    def test_a_wrong_body_is_refused(self, service: Service, body: dict[str, Any]) -> None:
        refused(service, "POST", "/api/import/choices/all", body)


class TestFinish:
    def test_no_import_leaves_every_row_undecided(self, service: Service) -> None:
        service.offer(candidate("a"))
        choose(service, {"id": "a", "selected": True})
        import_id = finish(service, "no_import")
        assert service.queue.jobs == []
        answer = service.call("GET", f"/api/import/{import_id}").json
        assert answer is not None
        assert (answer["state"], answer["imported"], answer["total"]) == ("finished", 0, 0)
        assert ids(sheet(service)) == ["a"]

    def test_done_declines_the_rest_in_a_handful_of_writes(self, service: Service) -> None:
        service.offer(*(candidate(f"k{n:03}") for n in range(400)))
        shown = sheet(service)["round"]
        choose(service, {"id": "k000", "selected": True})
        service.meter.reset()
        finish(service, "done", shown)
        assert service.meter.used().writes <= 10
        assert sheet(service)["total"] == 0

    def test_revisit_keeps_the_rest_for_the_next_time(self, service: Service) -> None:
        service.offer(candidate("a"), candidate("b"))
        choose(service, {"id": "a", "selected": True})
        import_id = finish(service, "revisit")
        [job] = service.queue.jobs
        assert (job.job, job.payload["id"]) == ("import", import_id)
        assert "b" in ids(sheet(service))

    def test_a_second_tab_learns_that_an_import_runs_and_how_it_stands(self, service: Service) -> None:
        service.offer(candidate("a"))
        choose(service, {"id": "a", "selected": True})
        import_id = finish(service, "done")
        answer = service.call("POST", "/api/import/finish", {"action": "revisit"})
        assert answer.status_code == 409
        assert answer.json is not None
        current = answer.json["error"]["current"]
        assert (current["import_id"], current["state"], current["total"]) == (import_id, "running", 1)

    @pytest.mark.parametrize(
        "body", [{}, {"action": "all"}, {"action": "done", "round": -1}, {"action": "done", "x": 1}]
    )
    def test_a_wrong_ending_changes_nothing(self, service: Service, body: dict[str, Any]) -> None:
        service.offer(candidate("a"))
        refused(service, "POST", "/api/import/finish", body)
        assert rounds(service).running is None

    def test_progress_names_the_rows_that_failed_and_why(self, service: Service) -> None:
        service.offer(candidate("a", name="Ann"))
        run = ImportRun(
            "i1", "done", "running", 5, imported=2, linked=1, failed=(("a", "not_in_google"), ("x", "r"))
        )
        service.store.commit("ann", [PutImport(run)])
        assert service.call("GET", "/api/import/i1").json == {
            "state": "running",
            "action": "done",
            "imported": 2,
            "linked": 1,
            "total": 5,
            "failed": [
                {"id": "a", "name": "Ann", "reason": "not_in_google"},
                {"id": "x", "name": "", "reason": "r"},
            ],
        }

    def test_an_unknown_or_foreign_import_is_not_found(self, service: Service) -> None:
        service.store.commit("ann", [PutImport(ImportRun("i1", "done", "finished", 0))])
        assert service.call("GET", "/api/import/i2").status_code == 404
        assert service.call("GET", "/api/import/i1", user="bob").status_code == 404


class TestRestore:
    def restore(self, service: Service, id: str, **more: Any) -> Any:
        return service.call("POST", f"{SHEET}/{id}/restore", **more)

    def test_a_declined_row_comes_back_unticked_and_stays_when_asked_again(self, service: Service) -> None:
        service.offer(candidate("a", choice=Choice(selected=True, contact_type="lead")))
        service.store.commit("ann", [PutUser({"rounds": ImportRounds(presented=1, closed=1)})])
        assert ids(sheet(service)) == []
        for _ in range(2):
            answer = self.restore(service, "a")
            assert answer.status_code == 200
            assert answer.json["choice"]["selected"] is False
        assert ids(sheet(service)) == ["a"]
        assert ids(sheet(service, "status=declined")) == []

    def test_it_comes_back_into_the_sheet_that_is_open(self, service: Service) -> None:
        service.offer(candidate("a"), candidate("b", round=2))
        service.store.commit("ann", [PutUser({"rounds": ImportRounds(presented=2, closed=1)})])
        self.restore(service, "a")
        assert service.store.candidates("ann", ["a"])["a"].round == 2
        finish(service, "done", sheet(service)["round"])
        assert ids(sheet(service, "status=declined")) == ["a", "b"]

    @pytest.mark.parametrize("status", ["imported", "linked", "gone"])
    def test_a_row_that_is_no_longer_open_cannot_come_back(self, service: Service, status: Any) -> None:
        service.offer(candidate("a", status=status))
        answer = self.restore(service, "a")
        assert answer.status_code == 409
        assert answer.json["error"]["current"]["status"] == status

    def test_an_unknown_or_foreign_row_is_not_found(self, service: Service) -> None:
        service.offer(candidate("a"))
        assert self.restore(service, "b").status_code == 404
        assert self.restore(service, "a", user="bob").status_code == 404
