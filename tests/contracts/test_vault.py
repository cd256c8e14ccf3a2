"""What every vault of one key does: the real one, and the one that tests of the API look through."""

import pytest
from cryptography.fernet import Fernet

from crmsync.core.errors import GrantDead
from crmsync.engine import ports
from crmsync.gateway.vault import Vault
from tests.fakes import FakeVault


@pytest.fixture(params=["real", "fake"])
def vault(request: pytest.FixtureRequest) -> ports.Vault:
    """A vault with one key."""
    return Vault([Fernet.generate_key().decode()]) if request.param == "real" else FakeVault()


@pytest.mark.parametrize("secret", ["1//refresh", "", "é\u2028😀"])
def test_what_was_sealed_opens_and_is_sealed_with_the_newest_key(vault: ports.Vault, secret: str) -> None:
    sealed = vault.seal(secret)
    assert sealed != secret
    assert vault.open(sealed) == secret
    assert vault.renewed(sealed) is None


def test_a_key_has_a_name_and_there_is_no_other(vault: ports.Vault) -> None:
    assert vault.key
    assert list(vault.others) == []


def test_what_was_not_sealed_here_does_not_open(vault: ports.Vault) -> None:
    for ask in (vault.open, vault.renewed):
        with pytest.raises(GrantDead) as caught:
            ask("nonsense")
        assert caught.value.reason == "token_key_unknown"
