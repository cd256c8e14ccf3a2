import pytest

from crmsync import compose
from crmsync.store.ports import StoreUnavailable
from tests.api.service import HOST_PAGE, MAIN, Service


def test_health_is_public_and_tells_the_version_and_whether_the_store_answers(service: Service) -> None:
    answer = service.call("GET", "/api/health", user=None)
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "version": "9.9.9", "store": True}


def test_health_is_503_when_the_store_does_not_answer(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down() -> bool:
        raise StoreUnavailable("down")

    monkeypatch.setattr(service.store, "ping", down)
    answer = service.call("GET", "/api/health", user=None)
    assert answer.status_code == 503
    assert answer.json == {"status": "unavailable", "version": "9.9.9", "store": False}


def test_the_version_is_that_of_the_project() -> None:
    project = (MAIN.parents[1] / "pyproject.toml").read_text()
    assert f'version = "{compose.VERSION}"' in project


def test_the_pop_up_learns_which_pages_may_embed_the_button(service: Service) -> None:
    assert service.call("GET", "/api/embed", user=None).json == {"origins": [HOST_PAGE]}
