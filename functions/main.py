"""The doors, nothing else: the five functions that are deployed."""

import flask
import functions_framework
from werkzeug.exceptions import HTTPException

from crmsync import compose
from crmsync.api import doors


def api(request: flask.Request) -> flask.Response:
    """/api/*: for CRM users."""
    return doors.api(compose.surroundings, request)


def oauth_callback(request: flask.Request) -> flask.Response:
    """/oauth/callback: where Google sends the browser back to."""
    return doors.oauth_callback(compose.surroundings, request)


def calendar_webhook(request: flask.Request) -> flask.Response:
    """/hooks/calendar: Google's push notifications."""
    return doors.calendar_webhook(compose.surroundings, request)


def tasks(request: flask.Request) -> flask.Response:
    """/tasks/{job}: for Cloud Tasks."""
    return doors.tasks(compose.surroundings, request)


def scheduled_resync(request: flask.Request) -> flask.Response:
    """/scheduled/resync: for Cloud Scheduler."""
    return doors.scheduled_resync(compose.surroundings, request)


@functions_framework.errorhandler(HTTPException)  # type: ignore[untyped-decorator]
def passed_by(error: HTTPException) -> flask.Response:
    """What the framework would answer by itself: a path or a method that it leads to no door."""
    return doors.passed_by(error)
