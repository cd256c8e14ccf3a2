"""What one changed record of the CRM asks of Google, by its link."""

from dataclasses import replace

from crmsync.core.calendar.occurrences import is_unusable
from crmsync.core.loops import is_looping
from crmsync.core.model import R, Stored
from crmsync.core.pair.decide import decide
from crmsync.core.pair.plan import Action, Decision
from crmsync.core.pair.sides import crm_side
from crmsync.core.quarantine import LOOP, UNUSABLE
from crmsync.core.state import Link
from crmsync.engine.push import updates
from crmsync.engine.push.healing import come_out
from crmsync.engine.run import aside
from crmsync.engine.run.effects import agreed, healed
from crmsync.engine.run.run import Run
from crmsync.engine.run.work import Edit, Work
from crmsync.engine.series import shadows
from crmsync.store.ports import DropLink, PutLink


def sort(run: Run[R], stored: Stored[R], link: Link | None, work: Work[R]) -> None:
    """Adds to `work` what the record asks for. Exceptions of series are not sorted here."""
    if link is None:
        _new(run, stored, work)
    elif link.state == "copy" and not crm_side(run.canon, stored).deleted:
        # A person has taken the record out of the archive: it is one of its own again.
        work.put(PutLink(replace(link, state="linked")), run.touch(stored))
    elif link.is_silent:
        return
    elif link.shadow:
        work.add(shadows.of_record(run, link, stored))
    elif aside.rests(run, link, stored):
        return
    elif aside.is_refusal(link):
        if not crm_side(run.canon, stored).deleted:
            work.tries[stored.id] = link.tries
            work.creates.append(stored)
        work.put(DropLink(link.key))
    elif link.stuck:
        # Only Google's side, as it is by now, tells what is to be done.
        work.updates.append(Edit(link, stored, Decision(Action.NOTHING, "aside", need="remote")))
    else:
        _linked(run, link, stored, work)


def _new(run: Run[R], stored: Stored[R], work: Work[R]) -> None:
    local = crm_side(run.canon, stored)
    if local.deleted:
        work.gone.append(stored)
    elif is_unusable(stored.value):
        work.put(PutLink(aside.refused(run, stored, UNUSABLE)))
    else:
        work.creates.append(stored)


def _linked(run: Run[R], link: Link, stored: Stored[R], work: Work[R]) -> None:
    canon = run.canon_of(link)
    local = crm_side(canon, stored)
    decision = decide(link, local, None, canon, run.rules)
    if not local.deleted and updates.in_doubt(run, link):
        work.waiting.add(stored.id)
    elif (reason := _reason_to_quarantine(run, link, stored, decision)) is not None:
        work.put(PutLink(aside.set_aside(run, link, stored, reason)))
    elif asks_for_an_update(decision):
        work.updates.append(Edit.of(run, link, stored, decision))
    elif decision.action is Action.DELETE_REMOTE:
        work.deletes.append((link, stored))
    elif decision.action is Action.REFRESH and decision.base is not None:
        work.put(PutLink(agreed(run, link, decision.base)))
    elif link.state == "quarantined" and decision.action is Action.NOTHING:
        # It says what both sides agreed on again: nothing is owed, so nothing is refused.
        work.put(PutLink(healed(link)))
        come_out(run, link, stored, work)


def _reason_to_quarantine(run: Run[R], link: Link, stored: Stored[R], decision: Decision[R]) -> str | None:
    if decision.action is Action.UPDATE_REMOTE and is_looping(link.writes, run.now()):
        return LOOP
    if "recurrence" in decision.remote_fields and is_unusable(stored.value):
        return UNUSABLE
    return None


def asks_for_an_update(decision: Decision[R]) -> bool:
    """Whether Google is to be written to, or read to tell whether."""
    return decision.action is Action.UPDATE_REMOTE or decision.need == "remote"
