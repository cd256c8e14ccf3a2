"""The dispatcher and the pages, with a stand-in for functions/main.py."""

import os
import re
import sys
from pathlib import Path

import pytest
from werkzeug.test import Client, TestResponse

from local import doors, home
from local.doors import Doors, content_security_policy, pages

QUOTED = re.compile(r'^ *"(.*)",$', re.M)

MAIN = """
def api(request): return f"api {request.method} {request.path}"
def oauth_callback(request): return f"callback {request.path}"
def calendar_webhook(request): return f"webhook {request.path}"
def tasks(request): return f"tasks {request.path}"
def scheduled_resync(request): return f"resync {request.path}"
"""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    main = tmp_path_factory.mktemp("functions") / "stand_in.py"
    main.write_text(MAIN)
    web = tmp_path_factory.mktemp("web")
    (web / "demo.html").write_text("<h1>Demo</h1>")
    (web / "home.html").write_text("<h1>${name}</h1>")
    (web / "js").mkdir()
    (web / "js" / "api.js").write_text("export {}")
    (web / "app.css").write_text("body {}")
    (web / ".secret.js").write_text("no")
    (web / "notes.txt").write_text("no")
    (web.parent / "outside.js").write_text("no")
    policy = content_security_policy(["http://127.0.0.1:9"], ["https://crm.example"])
    return Client(Doors(doors.functions(main), pages(policy, web, home="<h1>Home</h1>")))


def get(client: Client, path: str) -> TestResponse:
    return client.get(path, buffered=True)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/api/sync", "api GET /api/sync"),
        ("/api", "api GET /api"),
        ("/oauth/callback?code=1", "callback /oauth/callback"),
        ("/hooks/calendar", "webhook /hooks/calendar"),
        ("/tasks/push", "tasks /tasks/push"),
        ("/scheduled/resync", "resync /scheduled/resync"),
    ],
)
def test_each_function_gets_its_paths_whole(client: Client, path: str, answer: str) -> None:
    assert get(client, path).text == answer


def test_a_function_gets_every_method(client: Client) -> None:
    assert client.patch("/api/contacts/1", buffered=True).text == "api PATCH /api/contacts/1"


@pytest.mark.parametrize("path", ["/apis", "/oauth/callbacks", "/oauth", "/hooks", "/taskslist"])
def test_a_path_that_only_begins_alike_is_not_a_functions(client: Client, path: str) -> None:
    assert get(client, path).status_code == 404


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/home.html", "text/html; charset=utf-8"),
        ("/js/api.js", "text/javascript; charset=utf-8"),
        ("/app.css", "text/css; charset=utf-8"),
    ],
)
def test_pages_come_with_their_types_and_a_strict_policy(client: Client, path: str, kind: str) -> None:
    answer = get(client, path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == kind
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'self'; "
        "img-src 'self' data: https://*.googleusercontent.com https://*.ggpht.com http://127.0.0.1:9; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self' https://crm.example"
    )


def test_at_the_root_is_the_demo_or_what_the_deployment_has_there(client: Client) -> None:
    assert (get(client, "/").text, get(client, "/home.html").text) == ("<h1>Demo</h1>", "<h1>Home</h1>")
    deployed = Client(pages("", home="<h1>Home</h1>", demo=False))
    assert get(deployed, "/").text == "<h1>Home</h1>"


def test_the_page_of_a_deployment_says_what_the_settings_say() -> None:
    assert "<h1>CRM Google Sync</h1>" in home.page({})
    assert "<a " not in home.page({})
    said = home.page({"SERVICE_NAME": "A & B", "PRIVACY_URL": "https://a.example/p?x=1&y=2"})
    assert "<h1>A &amp; B</h1>" in said
    assert '<a href="https://a.example/p?x=1&amp;y=2">Privacy policy' in said
    deployed = (doors.ROOT / "terraform" / "home.tf").read_text()
    assert all(text in deployed for text in home.LINKS.values())


def test_the_deployment_has_the_same_policy() -> None:
    listed = re.search(
        r"csp = join\(\"; \", \[(.*?)\]\)", (doors.ROOT / "terraform" / "edge.tf").read_text(), re.S
    )
    assert listed is not None
    deployed = {part.replace('${join(" ", var.embed_origins)}', "E") for part in QUOTED.findall(listed[1])}
    assert deployed == set(content_security_policy([], ["E"]).split("; "))


def test_a_host_page_may_load_the_button_from_another_origin(client: Client) -> None:
    assert get(client, "/js/api.js").headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.js",
        "/js/../../outside.js",
        "/%2e%2e/outside.js",
        "/..%2foutside.js",
        "//etc/hosts.js",
        "/.secret.js",
        "/notes.txt",
        "/js",
        "/js/",
        "/none.html",
        "/js\\..\\..\\outside.js",
        "/api.js\0.html",
    ],
)
def test_nothing_else_is_served(client: Client, path: str) -> None:
    answer = get(client, path)
    assert answer.status_code == 404
    assert "Content-Security-Policy" in answer.headers


def test_pages_are_only_read(client: Client) -> None:
    assert client.post("/demo.html", buffered=True).status_code == 405


def test_the_framework_leaves_no_trace_in_the_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FUNCTION_TARGET", "mine")
    monkeypatch.delenv("FUNCTION_SIGNATURE_TYPE", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    main = tmp_path / "stand_in.py"
    main.write_text(MAIN)
    doors.functions(main)
    doors.functions(main)
    assert os.environ["FUNCTION_TARGET"] == "mine"
    assert "FUNCTION_SIGNATURE_TYPE" not in os.environ
    assert sys.path.count(str(tmp_path)) == 1


def test_the_real_functions_are_where_the_framework_looks() -> None:
    source = doors.MAIN.read_text()
    assert all(f"def {target}(request" in source for target in doors.TARGETS.values())
