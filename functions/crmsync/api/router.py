"""Which handler answers which method and path: an explicit table over werkzeug's matcher."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from werkzeug.exceptions import MethodNotAllowed
from werkzeug.exceptions import NotFound as NoSuchPath
from werkzeug.routing import Map, Rule

from crmsync.api.http.context import Handler
from crmsync.api.http.errors import NotFound, WrongMethod


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table. public: answered without a token. erasing: whether it is answered, though it
    may change something, while the caller is being erased.
    """

    method: str
    path: str
    handler: Handler
    public: bool = False
    erasing: bool = False

    @property
    def closes(self) -> bool:
        """Whether it is refused while the caller is being erased: what only reads goes on."""
        return self.method != "GET" and not self.erasing


class Router:
    """Finds the route of a request."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self.routes = tuple(routes)
        rules = [Rule(route.path, methods=[route.method], endpoint=route) for route in self.routes]
        # No redirects: a path is right or it is not.
        self._matcher = Map(rules, strict_slashes=False, merge_slashes=False).bind("")

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """The route and the variable parts of the path. Raises NotFound or WrongMethod."""
        try:
            return self._matcher.match(path, method)
        except MethodNotAllowed as refused:
            raise WrongMethod(frozenset(refused.valid_methods or ())) from None
        except NoSuchPath:
            raise NotFound from None
