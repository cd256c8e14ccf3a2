"""GET /api/export: everything that is kept about the user, as a download, streamed."""

from collections.abc import Iterator

import flask

from crmsync import logs
from crmsync.api.export.archive import archive
from crmsync.api.export.everything import document
from crmsync.api.export.files import files
from crmsync.api.export.readme import LANGUAGES, Language
from crmsync.api.export.source import Source
from crmsync.api.http import body
from crmsync.api.http.context import Call
from crmsync.store.errors import StoreError

FORMATS = ("json", "zip")


def show(call: Call) -> flask.Response:
    """One JSON document; with `format=zip` an archive of files that other programs read, and the document.

    Both are written page by page, so that their size costs no memory. language: of what a person reads in the
    files; what the browser asks for, unless it is named.
    """
    body.only(call.request, ("format", "language"))
    format = body.one_of(call.request, "format", FORMATS)
    language = _language(call.request)
    source = Source.of(call.deps, call.scope)
    name = f"google-sync-{source.at.date().isoformat()}.{format}"
    pieces = archive(files(source, language), source.at) if format == "zip" else document(source)
    response = flask.Response(_watched(pieces, call.uid), mimetype=f"application/{format}")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _watched(pieces: Iterator[bytes], uid: str) -> Iterator[bytes]:
    """The same pieces. What goes wrong when the answer has begun can only break it off: the log says why."""
    try:
        yield from pieces
    except Exception as error:
        logs.failure("export broke off", error, tell=(StoreError,), user=uid)
        raise


def _language(request: flask.Request) -> Language:
    if "language" in request.args:
        wanted = body.one_of(request, "language", LANGUAGES)
    else:
        wanted = request.accept_languages.best_match(LANGUAGES, LANGUAGES[0])
    return next(each for each in LANGUAGES if each == wanted)
