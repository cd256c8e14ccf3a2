"""Holds answers of the running service against docs/openapi.yaml."""

from pathlib import Path

from openapi_core import OpenAPI
from openapi_core.contrib.werkzeug import WerkzeugOpenAPIRequest, WerkzeugOpenAPIResponse
from werkzeug.wrappers import Request, Response

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
OPENAPI = OpenAPI.from_path(DOCUMENT)
"""Reading it proves that it is valid OpenAPI: an invalid one raises."""


def check_answer(request: Request, answer: Response) -> None:
    """Path, method and status are described, and headers and body are as described."""
    OPENAPI.validate_response(WerkzeugOpenAPIRequest(request), WerkzeugOpenAPIResponse(answer))


def check_request(request: Request) -> None:
    """The request is as described: what the service accepts, the description allows."""
    OPENAPI.validate_request(WerkzeugOpenAPIRequest(request))
