"""HTTP batch: part by part, as google-api-python-client and others send it."""

import email.parser
import email.policy
import json
from typing import Any

import pytest

from local.google.errors import ConnectionDropped
from local.google.faults import Fault
from tests.local.google.calendar.stage import Stage, refusal, timed

LIST = "/calendar/v3/calendars/primary/events"
NINE = ("2026-03-02T09:00:00", "2026-03-02T10:00:00")


@pytest.fixture
def stage() -> Stage:
    return Stage()


def part(number: int, method: str, path: str, body: Any = None, headers: str = "") -> str:
    text = "" if body is None else json.dumps(body)
    kind = "" if body is None else "Content-Type: application/json\r\n"
    return (
        f"Content-Type: application/http\r\nContent-ID: <call + {number}>\r\n\r\n"
        f"{method} {path} HTTP/1.1\r\n{kind}{headers}\r\n{text}\r\n"
    )


def send(stage: Stage, parts: list[str], *, token: str | None = None) -> Any:
    body = "".join(f"--cut\r\n{one}" for one in parts) + "--cut--\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=cut"}
    headers |= {"Authorization": f"Bearer {stage.token if token is None else token}"}
    return stage.client.post("/batch/calendar/v3", data=body.encode(), headers=headers)


def answers(response: Any) -> dict[str, tuple[int, Any]]:
    """Content-ID -> status and JSON body of each part."""
    assert response.status_code == 200, response.get_data(as_text=True)
    kind = f"Content-Type: {response.headers['Content-Type']}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.default).parsebytes(kind + response.get_data())
    found = {}
    for one in message.iter_parts():
        assert one.get_content_type() == "application/http"
        line, _, rest = one.get_content().decode().partition("\r\n")
        head, _, text = rest.partition("\r\n\r\n")
        value = json.loads(text) if "application/json" in head else text.strip()
        found[one["Content-ID"]] = (int(line.split(" ")[1]), value)
    return found


def test_every_part_has_an_answer_of_its_own(stage: Stage) -> None:
    stage.insert(timed(*NINE, id="taken"))
    found = answers(
        send(
            stage,
            [
                part(1, "POST", LIST, timed(*NINE, id="fresh", summary="Ünïcode 🏡")),
                part(2, "POST", LIST, timed(*NINE, id="taken")),
                part(3, "GET", f"{LIST}/nosuch"),
                part(4, "DELETE", f"{LIST}/taken"),
                part(5, "GET", f"{LIST}?fields=items(id,summary)&showDeleted=false"),
            ],
        )
    )
    assert {name: status for name, (status, _) in found.items()} == {
        "<response-call + 1>": 200,
        "<response-call + 2>": 409,
        "<response-call + 3>": 404,
        "<response-call + 4>": 204,
        "<response-call + 5>": 200,
    }
    assert found["<response-call + 1>"][1]["summary"] == "Ünïcode 🏡"
    assert found["<response-call + 4>"][1] == ""
    assert found["<response-call + 2>"][1]["error"]["errors"][0]["reason"] == "duplicate"
    assert found["<response-call + 5>"][1] == {"items": [{"id": "fresh", "summary": "Ünïcode 🏡"}]}


def test_a_part_may_have_headers_of_its_own(stage: Stage) -> None:
    event = stage.insert(timed(*NINE, id="fresh"))
    stage.patch("fresh", {"summary": "Newer"})
    stale = part(1, "DELETE", f"{LIST}/fresh", headers=f"If-Match: {event['etag']}\r\n")
    other = part(2, "GET", f"{LIST}/fresh", headers="Authorization: Bearer made-up\r\n")
    found = answers(send(stage, [stale, other]))
    assert [status for status, _ in found.values()] == [412, 401]


def test_a_part_without_authorization_has_the_batchs(stage: Stage) -> None:
    mine = part(1, "GET", LIST, headers=f"Authorization: Bearer {stage.token}\r\n")
    found = answers(send(stage, [mine, part(2, "GET", LIST)], token="made-up"))
    assert [status for status, _ in found.values()] == [200, 401]


def test_each_part_spends_quota_and_over_it_fails_alone(stage: Stage) -> None:
    stage.world.controls.quotas["calendar.user"] = 3
    found = answers(send(stage, [part(n, "POST", LIST, timed(*NINE)) for n in range(5)]))
    assert [status for status, _ in found.values()] == [200, 200, 200, 403, 403]


def test_a_fault_can_hit_one_item_which_alone_is_then_retried(stage: Stage) -> None:
    fault = Fault("calendar.events.insert", status=409, reason="conflict", message="Conflict", skip=1)
    stage.world.controls.plan(fault)
    found = answers(send(stage, [part(n, "POST", LIST, timed(*NINE)) for n in range(3)]))
    assert [status for status, _ in found.values()] == [200, 409, 200]


def test_a_dropped_part_drops_the_connection_and_what_came_before_it_is_done(stage: Stage) -> None:
    stage.world.controls.plan(Fault("calendar.events.insert", when="after", drop=True, skip=1))
    with pytest.raises(ConnectionDropped):
        send(stage, [part(n, "POST", LIST, timed(*NINE, id=f"event{n}")) for n in range(3)])
    assert [event["id"] for event in stage.events()["items"]] == ["event0", "event1"]


def test_latency_is_that_of_one_request(stage: Stage) -> None:
    waits: list[float] = []
    stage.world.controls._sleep = waits.append
    stage.world.controls.latency = 0.15
    send(stage, [part(n, "POST", LIST, timed(*NINE)) for n in range(50)])
    assert waits == [0.15]
    assert stage.world.controls.count("calendar.batch") == 1
    assert stage.world.controls.count("calendar.events.insert") == 50


def test_what_is_no_batch_or_too_large_is_refused(stage: Stage) -> None:
    headers = {"Authorization": f"Bearer {stage.token}", "Content-Type": "application/json"}
    assert refusal(stage.client.post("/batch/calendar/v3", data="{}", headers=headers)) == (400, "badRequest")
    assert refusal(send(stage, [])) == (400, "badRequest")
    assert refusal(send(stage, ["Content-Type: text/plain\r\n\r\nhello\r\n"])) == (400, "badRequest")
    assert refusal(send(stage, [part(n, "GET", LIST) for n in range(1001)])) == (400, "badRequest")


def test_paths_outside_the_calendar_are_not_found_inside_a_batch(stage: Stage) -> None:
    found = answers(send(stage, [part(1, "GET", "/v1/people/me/connections?personFields=names")]))
    assert [status for status, _ in found.values()] == [404]


def test_a_part_may_name_its_host(stage: Stage) -> None:
    found = answers(send(stage, [part(1, "GET", f"https://www.googleapis.com{LIST}?maxResults=1")]))
    assert [status for status, _ in found.values()] == [200]
