"""The routes of /api/*: one line for each call, in the order of docs/api.md."""

from crmsync.api.activity import history, review
from crmsync.api.export import show as export
from crmsync.api.http import body
from crmsync.api.http.context import Call, day_of
from crmsync.api.imports import choices, rows, runs
from crmsync.api.records import agenda, appointments, consents, contact_types, contacts, doubles, withdrawn
from crmsync.api.records.handlers import Records, check_contact_ids
from crmsync.api.records.series import Appointments
from crmsync.api.router import Route, Router
from crmsync.api.schemas.appointment import AppointmentBody
from crmsync.api.schemas.contact import ContactBody
from crmsync.api.sync import connect, erasure, health, settings, status
from crmsync.core.model import Appointment, Contact, R


def _build_contact(call: Call, before: Contact | None) -> Contact:
    sent = body.read(call.request, ContactBody)
    return contacts.build(before, sent, call.uid, day_of(call), call.deps.types)


def _build_appointment(call: Call, before: Appointment | None) -> Appointment:
    after = appointments.build(before, body.read(call.request, AppointmentBody))
    check_contact_ids(call, before, after)
    return after


CONTACTS = consents.Contacts("contacts", "contacts", _build_contact, contacts.show)
APPOINTMENTS = Appointments("appointments", "calendar", _build_appointment, appointments.show)


def _records(records: Records[R]) -> list[Route]:
    base = f"/api/{records.kind}"
    return [
        Route("GET", base, records.browse),
        Route("POST", base, records.create),
        Route("POST", f"{base}/search", records.search),
        Route("GET", f"{base}/<id>", records.read),
        Route("PATCH", f"{base}/<id>", records.change),
        Route("DELETE", f"{base}/<id>", records.archive),
        Route("POST", f"{base}/<id>/restore", records.restore),
    ]


ROUTER = Router(
    [
        Route("GET", "/api/health", health.show, public=True),
        Route("GET", "/api/embed", health.embed, public=True),
        Route("GET", "/api/sync", status.show),
        Route("POST", "/api/sync", status.start),
        Route("GET", "/api/settings", settings.show),
        Route("PATCH", "/api/settings", settings.change),
        Route("POST", "/api/google/connect", connect.begin),
        Route("POST", "/api/google/connect/confirm", connect.confirm),
        Route("GET", "/api/google/calendars", connect.list_calendars),
        Route("GET", "/api/google/connection", connect.show),
        Route("DELETE", "/api/google/connection", connect.disconnect),
        Route("DELETE", "/api/account", erasure.begin, erasing=True),
        Route("GET", "/api/account/erasure", erasure.show),
        Route("DELETE", "/api/google/connection/report", connect.dismiss),
        *_records(CONTACTS),
        *_records(APPOINTMENTS),
        Route("POST", "/api/appointments/<id>/split", APPOINTMENTS.split),
        Route("POST", "/api/appointments/<id>/end", APPOINTMENTS.end),
        Route("GET", "/api/agenda", agenda.show),
        Route("GET", "/api/contacts/<id>/consents", consents.browse),
        Route("GET", "/api/consents/expiring", consents.expiring),
        Route("GET", "/api/consents/withdrawn", withdrawn.browse),
        Route("POST", "/api/consents/withdrawn", withdrawn.take_in),
        Route("GET", "/api/contact-types", contact_types.show),
        Route("GET", "/api/import/candidates", rows.candidates),
        Route("POST", "/api/import/candidates/search", rows.search),
        Route("POST", "/api/import/candidates/<id>/restore", rows.restore),
        Route("GET", "/api/import/candidates/<id>/compare", rows.compare),
        Route("GET", "/api/import/labels", rows.labels),
        Route("PUT", "/api/import/choices", choices.choose),
        Route("POST", "/api/import/choices/all", choices.choose_all),
        Route("GET", "/api/import/summary", runs.summary),
        Route("POST", "/api/import/finish", runs.finish),
        Route("GET", "/api/imports", runs.browse),
        Route("GET", "/api/import/<id>", runs.progress),
        Route("POST", "/api/import/<id>/undo", runs.undo),
        Route("GET", "/api/activity", history.activity),
        Route("GET", "/api/holds", review.holds),
        Route("POST", "/api/holds/<id>", review.choose_hold),
        Route("GET", "/api/conflicts", review.conflicts),
        Route("POST", "/api/conflicts/<id>", review.choose_conflict),
        Route("GET", "/api/problems", review.problems),
        Route("POST", "/api/problems/<id>", review.choose_problem),
        Route("GET", "/api/doubles", doubles.browse),
        Route("GET", "/api/doubles/google", doubles.at_google),
        Route("GET", "/api/doubles/compare", doubles.compare),
        Route("POST", "/api/doubles/merge", doubles.merge),
        Route("POST", "/api/doubles/different", doubles.different),
        Route("GET", "/api/doubles/merges", doubles.merges),
        Route("POST", "/api/doubles/merges/<id>/undo", doubles.undo),
        Route("GET", "/api/export", export.show),
    ]
)
