import pytest
from cryptography.fernet import Fernet

from crmsync.core.errors import GrantDead
from crmsync.gateway.vault import Vault

OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


def test_a_sealed_token_opens_and_does_not_show() -> None:
    vault = Vault([NEW])
    sealed = vault.seal("1//refresh")
    assert "refresh" not in sealed
    assert vault.open(sealed) == "1//refresh"
    assert vault.seal("1//refresh") != sealed


def test_a_token_sealed_before_a_rotation_still_opens() -> None:
    sealed = Vault([OLD]).seal("1//refresh")
    assert Vault([NEW, OLD]).open(sealed) == "1//refresh"


def test_the_newest_key_seals() -> None:
    sealed = Vault([NEW, OLD]).seal("1//refresh")
    assert Vault([NEW]).open(sealed) == "1//refresh"


@pytest.mark.parametrize("sealed", ["", "nonsense", "1//refresh"])
def test_what_no_key_opens_is_a_dead_grant_that_the_user_can_renew(sealed: str) -> None:
    with pytest.raises(GrantDead) as caught:
        Vault([NEW]).open(sealed)
    assert caught.value.reason == "token_key_unknown"
    with pytest.raises(GrantDead):
        Vault([NEW]).open(Vault([OLD]).seal("1//refresh"))
