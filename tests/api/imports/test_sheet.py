from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmsync.core.account import ImportRounds, ImportRun
from crmsync.core.errors import Unavailable
from crmsync.core.scope import Scope
from crmsync.core.state import Choice, Claim
from crmsync.store.ports import PutImport, PutUser
from tests.api.service import Service, candidate, refused, said
from tests.scopes import ANN

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
    user = service.store.user(ANN)
    return user.rounds if user else ImportRounds()


def finish(service: Service, action: str, round: int | None = None) -> str:
    body = {"action": action} if round is None else {"action": action, "round": round}
    answer = service.call("POST", "/api/import/finish", body)
    assert answer.status_code == 202, answer.text
    assert answer.json is not None
    import_id: str = answer.json["import_id"]
    return import_id


class TestRows:
    def test_a_page_that_has_not_changed_is_not_sent_again(self, service: Service) -> None:
        service.offer(candidate("z"))
        sheet(service)
        etag = service.call("GET", SHEET).headers["ETag"]
        assert service.call("GET", SHEET, headers={"If-None-Match": etag}).status_code == 304
        choose(service, {"id": "z", "selected": True})
        assert service.call("GET", SHEET, headers={"If-None-Match": etag}).status_code == 200

    def test_a_row_shows_what_google_says_and_what_was_chosen(self, service: Service) -> None:
        shown: dict[str, Any] = {
            "name": "Zoë Martin",
            "emails": ("zoe@mail.example", "z@work.example"),
            "phones": ("+1 416 555 0199",),
            "organization": "Martin & Co",
            "labels": ("Clients",),
            "photo_url": "https://photos.example/z",
            "changed_at": datetime(2026, 3, 1, tzinfo=UTC),
        }
        service.offer(candidate("z", **shown))
        assert sheet(service)["items"] == [
            {
                "id": "z",
                "name": "Zoë Martin",
                "called_by": "name",
                "emails": ["zoe@mail.example", "z@work.example"],
                "phones": ["+1 416 555 0199"],
                "organization": "Martin & Co",
                "labels": ["Clients"],
                "photo_url": "https://photos.example/z",
                "matches": [],
                "choice": {
                    "selected": False,
                    "contact_type": "contact",
                    "detail": {},
                    "consent": {"status": "none"},
                    "same_person": None,
                    "same_row": None,
                    "other_rows": [],
                },
                "suggestion": {
                    "contact_type": "contact",
                    "detail": {},
                    "because": "label",
                    "value": "Clients",
                },
                "decided": False,
                "changed_at": "2026-03-01T00:00:00Z",
                "status": "open",
                "contact_id": None,
                "problem": None,
                "withdrawn": [],
                "alike": [],
            }
        ]

    def test_a_possible_duplicate_names_the_contact_and_the_reason(self, service: Service) -> None:
        unlinked = Claim("c1", "Ann Martin", "maybe", 1, ("email", "other_given_name"))
        linked = Claim("c2", "Bob", "maybe", 3, ("phone", "nickname"))
        nobody = Claim("c3", "Zed", "different", 0)
        service.offer(
            candidate("a", claims=(unlinked, nobody), linked=(linked,)),
            candidate("b", linked=(linked,), distinct=("c2",)),
        )
        bob = {"contact_id": "c2", "name": "Bob", "verdict": "likely", "reasons": ["phone", "nickname"]}
        ann = {"contact_id": "c1", "name": "Ann Martin", "verdict": "possible"}
        assert [row["matches"] for row in sheet(service)["items"]] == [
            [{**bob, "linked": True}, {**ann, "reasons": ["email", "other_given_name"], "linked": False}],
            [],
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
            candidate("c", name="Céline", claims=(Claim("c1", "Céline"),)),
        )
        assert ids(sheet(service, "q=celine")) == ["c"]
        assert ids(sheet(service, "filter=has_email")) == ["a", "c"]
        assert ids(sheet(service, "filter=possible_duplicate,has_email")) == ["c"]
        assert ids(sheet(service, "filter=label:Clients")) == ["a"]
        assert sheet(service, "filter=label:Clients")["total"] == 1
        assert ids(sheet(service, "filter=label:Family, near")) == ["b"]
        assert ids(sheet(service, "filter=has_email,label:Family, near")) == []

    def test_several_filters_and_the_order_of_change(self, service: Service) -> None:
        day = service.clock.now()
        service.offer(
            candidate("a", phones=("1",), changed_at=day, choice=Choice(selected=True)),
            candidate("b", phones=("2",), changed_at=day + timedelta(hours=1)),
            candidate("c", emails=(), phones=("3",), changed_at=day + timedelta(hours=2)),
            candidate("d"),
        )
        assert ids(sheet(service, "filter=has_phone&order=recent")) == ["c", "b", "a"]
        assert ids(sheet(service, "filter=has_phone,has_email&order=recent")) == ["b", "a"]
        assert ids(sheet(service, "filter=selected")) == ["a"]
        found = sheet(service, "filter=undecided,has_email")
        assert (ids(found), found["total"]) == (["b", "d"], 2)
        assert [row["decided"] for row in sheet(service)["items"]] == [True, False, False, False]
        first = sheet(service, "filter=has_phone&page_size=1")
        refused(service, "GET", f"{SHEET}?page_token={first['next_page_token']}")

    @pytest.mark.parametrize(
        "query",
        [
            "status=gone",
            "order=age",
            "filter=nonsense",
            "filter=has_email,nonsense",
            "sort=name",
            "page_token=x",
        ],
    )
    def test_a_wrong_parameter_is_refused(self, service: Service, query: str) -> None:
        refused(service, "GET", f"{SHEET}?{query}", None)

    def test_a_page_of_100_stays_within_its_price(self, service: Service) -> None:
        service.offer(*(candidate(f"k{n:03}") for n in range(250)))
        first = sheet(service)
        for query in (
            "",
            f"page_token={first['next_page_token']}",
            "q=person",
            "filter=has_email&order=recent",
        ):
            service.meter.reset()
            assert len(sheet(service, query)["items"]) == 100
            used = service.meter.used()
            # The rows, the user, the list of the sheet's directory, and the withdrawn addresses.
            assert (used.reads, used.queries, used.counts, used.writes) == (103, 0, 0, 0)

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

        def commit_after_another(scope: Scope, writes: Any, *args: Any, **more: Any) -> Any:
            for other in meanwhile:
                commit(scope, [other])
            return commit(scope, writes, *args, **more)

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

    def test_a_queue_that_takes_nothing_is_survived_and_the_next_look_queues_it(
        self, service: Service
    ) -> None:
        service.offer(candidate("a"))
        choose(service, {"id": "a", "selected": True})
        service.queue.broken = Unavailable("queue_unavailable")
        import_id = finish(service, "done")
        service.queue.broken = None
        assert said(service.call("GET", f"/api/import/{import_id}"))["state"] == "running"
        assert service.queue.jobs == [], "not with every poll"
        service.clock.advance(timedelta(seconds=30))
        for _ in range(3):
            service.call("GET", f"/api/import/{import_id}")
        [job] = service.queue.jobs
        assert (job.job, job.payload["id"], job.payload["turn"]) == ("import", import_id, 1)

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
        service.store.commit(ANN, [PutImport(run)])
        assert service.call("GET", "/api/import/i1").json == {
            "id": "i1",
            "created_at": None,
            "state": "running",
            "action": "done",
            "imported": 2,
            "linked": 1,
            "withdrawn": 0,
            "total": 5,
            "failed_count": 2,
            "failed": [
                {"id": "a", "name": "Ann", "reason": "not_in_google"},
                {"id": "x", "name": "", "reason": "r"},
            ],
            "undo": {"state": "nothing", "until": None, "undone": 0, "kept_count": 0, "kept": []},
        }

    def test_an_unknown_or_foreign_import_is_not_found(self, service: Service) -> None:
        service.store.commit(ANN, [PutImport(ImportRun("i1", "done", "finished", 0))])
        assert service.call("GET", "/api/import/i2").status_code == 404
        assert service.call("GET", "/api/import/i1", user="bob").status_code == 404


class TestRestore:
    def restore(self, service: Service, id: str, **more: Any) -> Any:
        return service.call("POST", f"{SHEET}/{id}/restore", **more)

    def test_a_declined_row_comes_back_unticked_and_stays_when_asked_again(self, service: Service) -> None:
        service.offer(candidate("a", choice=Choice(selected=True, contact_type="lead")))
        service.store.commit(ANN, [PutUser({"rounds": ImportRounds(presented=1, closed=1)})])
        assert ids(sheet(service)) == []
        for _ in range(2):
            answer = self.restore(service, "a")
            assert answer.status_code == 200
            assert answer.json["choice"]["selected"] is False
        assert ids(sheet(service)) == ["a"]
        assert ids(sheet(service, "status=declined")) == []

    def test_it_comes_back_into_the_sheet_that_is_open(self, service: Service) -> None:
        service.offer(candidate("a"), candidate("b", round=2))
        service.store.commit(ANN, [PutUser({"rounds": ImportRounds(presented=2, closed=1)})])
        self.restore(service, "a")
        assert service.store.candidates(ANN, ["a"])["a"].round == 2
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
