"""Why two may be one person, in codes that a page puts into words."""

from collections.abc import Iterator, Mapping

from crmsync.core.people.comparison import Findings

_EMAIL: Mapping[str, str] = {
    "own": "email",
    "shared": "shared_email",
    "alike": "mailbox",
    "slip": "mailbox_alike",
}
_PHONE: Mapping[str, str] = {
    "own": "phone",
    "shared": "shared_phone",
    "alike": "line",
    "slip": "number_alike",
}
_NAMES: Mapping[str, str] = {
    "same": "name",
    "read_alike": "name_in_other_letters",
    "part": "part_of_name",
    "moved": "family_name_changed",
    "joint": "joint_entry",
}
_HOW: Mapping[str, str] = {"form": "nickname", "initial": "initial", "slip": "slip", "piece": "part_of_name"}
_OTHER_NAMES: Mapping[str, str] = {"sibling": "other_given_name", "unlike": "other_name"}


def reasons(findings: Findings) -> tuple[str, ...]:
    """What speaks for it, the weightiest first, and then what speaks against it."""
    return (*_for(findings), *_against(findings))


def _for(it: Findings) -> Iterator[str]:
    points = [(_EMAIL, it.email), (_PHONE, it.phone)]
    # What is a person's own weighs more than what a household has.
    for table, point in sorted(points, key=lambda each: each[1] != "own"):
        if point in table:
            yield table[point]
    if it.names in _NAMES:
        yield _NAMES[it.names]
    elif it.names in ("near", "loose"):
        yield _HOW[it.how]
    for name, fact in (("birthday", it.birthday), ("address", it.place), ("organization", it.organization)):
        if fact in ("equal", "near"):
            yield name


def _against(it: Findings) -> Iterator[str]:
    if it.generation == "other":
        yield "other_generation"
    if it.birthday == "other":
        yield "other_birthday"
    if it.middle == "other":
        yield "other_middle_name"
    if it.names in _OTHER_NAMES:
        yield _OTHER_NAMES[it.names]
