from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import flask
import pytest
import requests

from local import chromium, ports
from local.__main__ import DATA, LOG, read_options
from local.environment import Auth
from local.identity import Issuer
from local.keys import new_rsa
from local.progress import Unready
from local.runner import LocalSystem, Options
from local.web_server import WebServer


def test_without_options_everything_is_local_on_the_usual_port() -> None:
    options, browser = read_options([])
    assert options == Options(None, "simulated", None, "demo", timedelta(minutes=5), log=LOG)
    assert browser


def test_every_option_is_read() -> None:
    arguments = "--port 9000 --google http://127.0.0.1:80 --store file --seed demo --resync 0 --no-browser"
    options, browser = read_options([*arguments.split(), "--data", "d", "--fresh"])
    wanted = Options(9000, "http://127.0.0.1:80", "file", "demo", None, log=LOG)
    assert options == replace(wanted, data=Path("d"), fresh=True)
    assert not browser


@pytest.mark.parametrize(
    ("arguments", "data"),
    [
        (["--google", "real"], DATA),
        (["--google", "real", "--data", "d"], Path("d")),
        (["--google", "real", "--store", "memory"], None),
        (["--store", "file"], DATA),
        (["--google", "http://127.0.0.1:80"], None),
    ],
)
def test_a_persons_own_account_is_kept_unless_memory_is_asked_for(
    arguments: list[str], data: Path | None
) -> None:
    assert read_options(arguments)[0].data == data


@pytest.mark.parametrize("arguments", [["--fresh"], ["--store", "memory", "--data", "d"]])
def test_what_contradicts_itself_is_refused_with_a_way_out(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        read_options(arguments)
    assert "--data" in capsys.readouterr().err


def test_another_google_gets_no_invented_contacts_unless_asked_for() -> None:
    assert read_options(["--google", "real"])[0].seed == "empty"


@pytest.mark.parametrize(
    "arguments", [["--port", "70000"], ["--port", "-1"], ["--store", "disk"], ["--seed", "much"], ["--loud"]]
)
def test_wrong_options_are_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        read_options(arguments)
    assert left.value.code == 2
    assert "usage: script/run" in capsys.readouterr().err


def test_real_google_without_a_client_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GOOGLE_CLIENT_ID", raising=False)
    with pytest.raises(Unready, match=r"GOOGLE_CLIENT_SECRET.*http://127\.0\.0\.1:\d+/oauth/callback"):
        LocalSystem(Options(google="real", store="memory", seed="empty")).start()


@pytest.mark.parametrize("address", ["ftp://x", "127.0.0.1:8090", "http://x/path", ""])
def test_google_must_be_an_origin(address: str) -> None:
    with pytest.raises(Unready, match="--google takes"):
        LocalSystem(Options(google=address, store="memory", seed="empty")).start()


def test_chromium_is_found_on_the_path(tmp_path: Path) -> None:
    browser = tmp_path / "chromium-browser"
    browser.touch(0o755)
    assert chromium.find({"PATH": str(tmp_path)}) == browser


def test_what_the_environment_says_of_hosts_and_people_is_honoured() -> None:
    auth = {
        "AUTH_ISSUER": "https://id.example",
        "AUTH_AUDIENCE": "crm",
        "AUTH_JWKS_URL": "https://id.example/jwks",
    }
    options, _ = read_options([], {**auth, "EMBED_ORIGINS": "https://a.example, https://b.example"})
    assert options.embed_origins == ("https://a.example", "https://b.example")
    assert options.auth == Auth("https://id.example", "crm", "https://id.example/jwks")
    with pytest.raises(Unready, match="AUTH_AUDIENCE and AUTH_JWKS_URL must be set, too"):
        read_options([], {"AUTH_ISSUER": "https://id.example"})
    with pytest.raises(SystemExit):
        read_options(["--example", "embed"], auth)


def test_another_issuers_people_are_let_in_and_the_demos_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = Issuer("https://id.example", new_rsa())
    own = '[{"id": "contact", "label": {"en": "Person", "fr": "Personne"}}]'
    monkeypatch.setenv("CONTACT_TYPES", own)
    app = flask.Flask("issuer")
    app.add_url_rule("/jwks", "jwks", theirs.jwks)
    with ports.listen() as bound:
        elsewhere = WebServer(app, bound).start()
        auth = Auth("https://id.example", "crm", f"{elsewhere.origin}/jwks")
        with LocalSystem(Options(store="memory", seed="empty", auth=auth)) as system:
            answers = [
                requests.get(
                    f"{system.url}/api/contact-types",
                    headers={"Authorization": f"Bearer {token}"},
                    timeout=20,
                )
                for token in (
                    theirs.token("u1", "crm", {}),
                    Issuer(auth.issuer, new_rsa()).token("u1", "crm", {}),
                )
            ]
            assert [answer.status_code for answer in answers] == [200, 401]
            assert [kind["id"] for kind in answers[0].json()["types"]] == ["contact"]
            assert requests.get(f"{system.url}/local/users", timeout=20).json()["items"] == []
        elsewhere.stop()


def test_a_wrong_variable_is_told_by_name_and_with_what_it_must_be() -> None:
    wrong = Options(store="memory", seed="empty", embed_origins=("crm.example",))
    with pytest.raises(Unready, match=r"EMBED_ORIGINS: must be an origin such as https://crm\.example"):
        LocalSystem(wrong).start()
