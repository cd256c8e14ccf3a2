from crmsync.core.account import User
from crmsync.core.scope import Scope


def test_the_only_account_of_the_only_tenant_is_told_by_its_uid_alone() -> None:
    scope = Scope.of("ann")
    assert scope.payload == {"uid": "ann"}
    assert scope.name == "ann"
    assert scope.account == "", "as it stands in documents, and in those from before there were accounts"


def test_a_job_is_told_whose_it_is() -> None:
    scope = Scope("acme", "ann", "second")
    assert scope.payload == {"uid": "ann", "tenant": "acme", "account": "second"}
    assert scope.name != Scope.of("ann").name


def test_a_user_of_whom_nothing_is_kept_has_the_scope_that_was_asked_for() -> None:
    scope = Scope("acme", "ann", "second")
    assert User.unknown(scope).scope == scope


def test_the_owner_is_one_for_each_user_and_account_of_the_installation() -> None:
    owners = [
        Scope.of("ann").owner,
        Scope.of("bob").owner,
        Scope("other", "ann").owner,
        Scope("default", "ann", "second").owner,
    ]
    assert owners == ["ann", "bob", "other:ann", "ann/second"]
