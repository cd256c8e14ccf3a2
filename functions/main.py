"""The doors, nothing else: the five functions that are deployed."""

from functools import partial

import flask
import functions_framework
from werkzeug.exceptions import HTTPException

from crmsync import compose
from crmsync.api import doors


def api(request: flask.Request) -> flask.Response:
    """/api/*: for CRM users."""
    return doors.api(partial(compose.surroundings, "api"), request)


def oauth_callback(request: flask.Request) -> flask.Response:
    """/oauth/callback: where Google sends the browser back to."""
    return doors.oauth_callback(partial(compose.surroundings, "oauth_callback"), request)


def calendar_webhook(request: flask.Request) -> flask.Response:
    """/hooks/calendar: Google's push notifications."""
    return doors.calendar_webhook(partial(compose.surroundings, "calendar_webhook"), request)


def tasks(request: flask.Request) -> flask.Response:
    """/tasks/{job}: for Cloud Tasks."""
    return doors.tasks(partial(compose.surroundings, "tasks"), request)


def scheduled_resync(request: flask.Request) -> flask.Response:
    """/scheduled/resync: for Cloud Scheduler."""
    return doors.scheduled_resync(partial(compose.surroundings, "scheduled_resync"), request)


@functions_framework.errorhandler(HTTPException)  # type: ignore[untyped-decorator]
def passed_by(error: HTTPException) -> flask.Response:
    """What the framework would answer by itself: a path or a method that it leads to no door."""
    return doors.passed_by(error)
