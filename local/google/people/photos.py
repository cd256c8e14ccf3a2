"""The pictures behind `photos[].url`: uploaded ones, drawn ones, and monograms.

Size by the suffix `=s<pixels>`.
"""

from __future__ import annotations

import re
from html import escape

import flask

from local.google.people.record import Photo
from local.google.world import World

_SUFFIX = re.compile(r"(.+?)(?:=s(\d{1,4}))?")
_COLOURS = ("#1a73e8", "#188038", "#b80672", "#9334e6", "#c5221f", "#007b83", "#8f5c00", "#3c4043")
_DEFAULT_SIZE = 100


def blueprint(world: World) -> flask.Blueprint:
    """`/photos/…`, open to anyone who has the address, as at Google."""
    routes = flask.Blueprint("photos", __name__)

    @routes.get("/photos/default/<code>")
    def _monogram(code: str) -> flask.Response:
        name, size = _split(code)
        if not re.fullmatch(r"[0-9a-f]{1,6}", name) or int(name, 16) > 0x10FFFF:
            flask.abort(404)
        return _svg(monogram(chr(int(name, 16)), size))

    @routes.get("/photos/<owner>/<name>")
    def _photo(owner: str, name: str) -> flask.Response:
        key, size = _split(name)
        photo = _find(world, owner, key)
        if photo is None:
            flask.abort(404)
        if not photo.content:
            return _svg(picture(photo.pattern, size))
        kind = "image/png" if photo.content.startswith(b"\x89PNG") else "image/jpeg"
        return _cached(flask.Response(photo.content, content_type=kind))

    return routes


def _split(name: str) -> tuple[str, int]:
    match = _SUFFIX.fullmatch(name)
    if match is None:
        flask.abort(404)
    return match[1], int(match[2] or _DEFAULT_SIZE)


def _find(world: World, owner: str, key: str) -> Photo | None:
    source_id, _, version = key.partition("-")
    with world.lock:
        for account in world.accounts():
            if account.sub == owner:
                for contact in account.people:
                    photo = contact.photo
                    if contact.source_id == source_id and photo and str(photo.version) == version:
                        return photo
    return None


def monogram(letter: str, size: int) -> str:
    """An SVG of one letter on a colour that the letter decides."""
    colour = _COLOURS[ord(letter) % len(_COLOURS)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="{colour}"/><text x="50" y="50" dy=".35em" '
        f'text-anchor="middle" font-family="sans-serif" font-size="50" fill="#fff">'
        f"{escape(letter)}</text></svg>"
    )


def picture(pattern: int, size: int) -> str:
    """An SVG face in place of a photograph, different for each `pattern`."""
    skin = ("#8d5524", "#c68642", "#e0ac69", "#f1c27d", "#ffdbac")[pattern % 5]
    hair = ("#2c1b10", "#5a3825", "#a55728", "#b8b8b8", "#d6b370", "#111111")[pattern % 6]
    shirt = _COLOURS[pattern % len(_COLOURS)]
    sky = _COLOURS[(pattern // 8 + 3) % len(_COLOURS)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="{sky}" fill-opacity=".35"/><circle cx="50" cy="112" r="42" '
        f'fill="{shirt}"/><circle cx="50" cy="40" r="{26 + pattern % 5}" fill="{hair}"/>'
        f'<circle cx="50" cy="48" r="22" fill="{skin}"/></svg>'
    )


def _svg(text: str) -> flask.Response:
    return _cached(flask.Response(text, content_type="image/svg+xml"))


def _cached(response: flask.Response) -> flask.Response:
    response.headers["Cache-Control"] = "public, max-age=86400"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'"
    return response
