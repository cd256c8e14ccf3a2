from tests.api.service import Service


def test_health_is_public_and_tells_the_version_and_whether_the_store_answers(service: Service) -> None:
    answer = service.call("GET", "/api/health", user=None)
    assert answer.status_code == 200
    assert answer.json == {"status": "ok", "version": "9.9.9", "store": True}
