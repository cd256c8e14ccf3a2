"""Whose data it is: the scope that the store is asked with."""

from dataclasses import dataclass
from typing import Self

DEFAULT_TENANT = "default"
"""The tenant of an installation that serves one vendor's CRM."""
DEFAULT_ACCOUNT = ""
"""The Google account of a user who has one: its data lies beside the user's own."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A tenant, a user of it, and one of the user's Google accounts.

    What belongs to the user (CRM records, journal, consents, imports) is the same for all accounts; what is
    paired with Google, or waits for a decision about it, belongs to one. account: digest of Google's id.
    """

    tenant: str
    uid: str
    account: str = DEFAULT_ACCOUNT

    @classmethod
    def of(cls, uid: str) -> Self:
        """The default account of a user of the only tenant."""
        return cls(DEFAULT_TENANT, uid)

    @property
    def name(self) -> str:
        """One text for the user and the account, to name tasks and caches by; unique within the tenant."""
        return f"{self.uid}/{self.account}" if self.account else self.uid

    @property
    def owner(self) -> str:
        """The same, unique in the installation."""
        return self.name if self.tenant == DEFAULT_TENANT else f"{self.tenant}:{self.name}"

    @property
    def payload(self) -> dict[str, str]:
        """What a job is told of it; the defaults are left out."""
        told = {"uid": self.uid}
        if self.tenant != DEFAULT_TENANT:
            told["tenant"] = self.tenant
        if self.account:
            told["account"] = self.account
        return told
