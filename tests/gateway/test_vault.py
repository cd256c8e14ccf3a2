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


def test_an_older_seal_is_renewed_and_the_newest_stays() -> None:
    vault = Vault([NEW, OLD])
    renewed = vault.renewed(Vault([OLD]).seal("1//refresh"))
    assert renewed is not None
    assert Vault([NEW]).open(renewed) == "1//refresh"
    assert vault.renewed(renewed) is None


def test_a_key_goes_by_a_fingerprint_that_does_not_tell_it() -> None:
    old, new, both = Vault([OLD]), Vault([NEW]), Vault([NEW, OLD, NEW])
    assert (both.key, both.others) == (new.key, (old.key,))
    assert (old.key != new.key, old.others, len(new.key)) == (True, (), 12)
    assert new.key not in NEW
    assert Vault([NEW.rstrip("=")]).key == new.key, "however it is written"


@pytest.mark.parametrize("sealed", ["", "nonsense", "1//refresh", "gAAAAé"])
def test_what_no_key_opens_is_a_dead_grant_that_the_user_can_renew(sealed: str) -> None:
    for ask in (Vault([NEW]).open, Vault([NEW]).renewed):
        with pytest.raises(GrantDead) as caught:
            ask(sealed)
        assert caught.value.reason == "token_key_unknown"
        with pytest.raises(GrantDead):
            ask(Vault([OLD]).seal("1//refresh"))
