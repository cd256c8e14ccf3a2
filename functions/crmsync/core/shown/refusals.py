"""Why Google does not take a record, in words for the person who can mend it."""

from collections.abc import Mapping

REASONS: Mapping[str, str] = {
    "contacts_full": "Your Google account is full: it takes no more than 25,000 contacts. Delete some there.",
    "too_large": "It is too large for Google. Shorten its notes or its lists.",
    "attendees_omitted": "Google does not show all of its guests, so they cannot be changed from here.",
    "event_ids_taken": "Google keeps deleted copies of this appointment in its way. Make it anew.",
    "unusable_recurrence": "Nobody can tell when it repeats. Choose another way for it to repeat.",
    "not_an_occurrence": "Its series does not take place then at Google. Change the series instead.",
    "loop": "Another program keeps changing it back. Stop that program, then edit the record once.",
    "too_many_guests": "Google does not take so many guests for now. Remove some, or invite them there.",
    "quota_exceeded": "Google takes no more of this one for now. We try it again more and more rarely.",
    "who_is_who": "It may be in Google already. Say on the import sheet who it is; it waits until then.",
    "twice": "It may be in your CRM already. Say on the review page whether the two are one person; it waits "
    "until then.",
    "etag_refused": "Google keeps saying that it was changed there meanwhile. We try it again by ourselves.",
    "internal": "An error on our side kept it from being synced. We try it again; changing it may help.",
    "invalid_argument": "Google finds a value in it invalid. Check its dates, addresses and labels.",
    "failed_precondition": "Google finds a value in it invalid. Check its dates, addresses and labels.",
    "invalid": "Google finds a value in it invalid. Check its dates, repetition and guests.",
    "forbidden": "Google does not let this account change it: somebody else owns it there.",
    "forbidden_for_non_organizer": "Only the organiser can change this appointment at Google.",
    "permission_denied": "Google does not let this account change it: somebody else owns it there.",
}


def in_words(reason: str | None) -> str:
    """One or two sentences on why Google refuses a record, with what helps. reason: as on its link."""
    return REASONS.get(reason or "", "Google does not take it as it is. Check what is unusual about it.")
