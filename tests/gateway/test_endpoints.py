from crmsync.gateway.endpoints import Endpoints, resources_in, scopes_for


def test_without_an_origin_google_s_own_hosts_are_used() -> None:
    google = Endpoints.at(None)
    assert google.authorize == "https://accounts.google.com/o/oauth2/v2/auth"
    assert google.token == "https://oauth2.googleapis.com/token"
    assert google.revoke == "https://oauth2.googleapis.com/revoke"
    assert google.certs == "https://www.googleapis.com/oauth2/v3/certs"
    assert google.people == "https://people.googleapis.com/"
    assert google.calendar == "https://www.googleapis.com/"


def test_an_origin_serves_every_path() -> None:
    local = Endpoints.at("http://127.0.0.1:9000")
    assert local.authorize == "http://127.0.0.1:9000/o/oauth2/v2/auth"
    assert local.token == "http://127.0.0.1:9000/token"
    assert local.revoke == "http://127.0.0.1:9000/revoke"
    assert local.certs == "http://127.0.0.1:9000/oauth2/v3/certs"
    assert local.people == local.calendar == "http://127.0.0.1:9000/"


def test_only_the_asked_parts_are_requested_and_identity_always_is() -> None:
    assert scopes_for([]) == ["openid", "https://www.googleapis.com/auth/userinfo.email"]
    assert scopes_for(frozenset({"calendar", "contacts"}))[2:] == [
        "https://www.googleapis.com/auth/contacts",
        "https://www.googleapis.com/auth/calendar.events",
    ]


def test_a_granted_subset_is_told_apart_and_foreign_scopes_are_ignored() -> None:
    granted = ["openid", "https://www.googleapis.com/auth/contacts", "https://www.googleapis.com/auth/drive"]
    assert resources_in(granted) == {"contacts"}
    assert resources_in(["https://www.googleapis.com/auth/contacts.readonly"]) == frozenset()
