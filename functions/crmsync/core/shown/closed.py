"""What the user is told when Google refuses the whole account or calendar, with the way out."""

from collections.abc import Mapping
from types import MappingProxyType

from crmsync.core.account import Problem

PROBLEMS: Mapping[str, Problem] = MappingProxyType(
    {
        problem.code: problem
        for problem in (
            Problem(
                "calendar_read_only",
                "The synced Google calendar may only be read by now. Ask its owner to let you change it, or "
                "choose another one. Your appointments wait until then.",
                "settings",
            ),
            Problem(
                "not_a_calendar_user",
                "Your Google account has no calendar yet. Open Google Calendar once; the sync then goes on.",
            ),
            Problem(
                "api_disabled",
                "Google is switched off for this service. The people who run your CRM have to look into it.",
            ),
            Problem(
                "domain_policy",
                "The administrator of your Google account does not allow this service. Ask them to allow it.",
            ),
        )
    }
)
"""By the reason of `crmsync.core.errors.Closed`."""


def problem_of(reason: str) -> Problem:
    """What to show for a reason; of one that has no words yet, that the account refuses."""
    words = "Your Google account refuses the sync. The people who run your CRM have to look into it."
    return PROBLEMS.get(reason, Problem(reason, words))
