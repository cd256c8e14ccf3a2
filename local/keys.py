"""The secrets of a local system: what it seals, digests and signs with."""

import base64
import secrets
from dataclasses import dataclass
from typing import Self

from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


@dataclass(frozen=True, slots=True)
class Keys:
    """Texts throughout, so that they can be kept. people, services: RSA keys in PEM that sign ID tokens."""

    project: str
    token_keys: str
    digest_key: str
    people: str
    services: str

    @classmethod
    def new(cls) -> Self:
        """Keys that nobody has used, and a Firestore project, so that systems can share an emulator."""
        return cls(
            project=f"crm-google-sync-{secrets.token_hex(4)}",
            token_keys=Fernet.generate_key().decode(),
            digest_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            people=new_rsa(),
            services=new_rsa(),
        )


def new_rsa() -> str:
    """An RSA key in PEM."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def read_rsa(pem: str) -> rsa.RSAPrivateKey:
    """The key behind its PEM. Raises ValueError for anything else."""
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key
