"""What can be mutated: the places of a file where one of mutmut's operators has something to change.

A place is one node of the syntax tree; the operators may know several changes for it (a call with five
arguments has ten). What cannot change behaviour, or only in ways that nobody should test, is LEFT_OUT.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m
from libcst.metadata import MetadataWrapper, PositionProvider
from mutmut.mutation.mutators import mutation_operators

LEFT_OUT = (
    "annotations and type aliases (but for the metadata of Annotated), type variables, the type in a cast, "
    "Protocols, docstrings, decorators, `if TYPE_CHECKING`, `__all__`, assert_never, logging, prose of errors"
)

_LOGGERS = {"log", "_log", "logs", "logging"}
_TYPE_MAKERS = {"TypeVar", "NewType", "ParamSpec"}
_TYPE_NAME = re.compile(r"_?[A-Z]([a-z]\w*)?")
_A_STRING = m.SimpleString() | m.ConcatenatedString() | m.FormattedString()
_DOCSTRING = m.SimpleStatementLine(body=[m.Expr(value=_A_STRING)])


@dataclass(frozen=True, order=True)
class Place:
    """A node that can be mutated."""

    path: str
    """Of the file, from the root of the tree."""
    index: int
    """Which of the file's places, in the order of reading."""
    lines: tuple[int, int]
    """Of the node, the first and the last."""
    statement: tuple[int, int]
    """Of the simple statement around it; where there is none, the node's own."""
    function: str
    """The classes and functions around it, as a dotted name; empty outside all."""
    at_import: bool
    """Whether it runs when the module is loaded, not when a function is called."""
    names: tuple[str, ...]
    """Of what runs at import: what its value is called, or the function whose default it is."""
    changes: int
    """How many changes the operators know for it."""


def places(path: str, source: str) -> list[Place]:
    """All places of a file, in the order of reading."""
    return [place for place, _, _ in _visit(path, source).found]


def mutated(place: Place, source: str, change: int) -> str | None:
    """The file's text with one of a place's changes made; None when that is no Python."""
    finder = _visit(place.path, source)
    found, node, changes = finder.found[place.index]
    assert found == place, f"{place.path} has changed since its places were found"
    new = cst.ensure_type(finder.module.deep_replace(node, changes[change]), cst.Module).code
    try:
        compile(new, place.path, "exec", dont_inherit=True)
    except SyntaxError:
        return None
    return new


def _visit(path: str, source: str) -> "_Finder":
    wrapper = MetadataWrapper(cst.parse_module(source))
    finder = _Finder(path, wrapper.module)
    wrapper.visit(finder)
    return finder


class _Finder(cst.CSTVisitor):
    """Walks a module and keeps its places, each with its node and the nodes that may stand for it."""

    METADATA_DEPENDENCIES = (PositionProvider,)

    def __init__(self, path: str, module: cst.Module) -> None:
        super().__init__()
        self.module = module
        self.found: list[tuple[Place, cst.CSTNode, Sequence[cst.CSTNode]]] = []
        self._path = path
        self._names: list[str] = []
        self._bodies: list[int] = []
        """The lines where the bodies of the functions around begin."""
        self._statement: tuple[int, int] | None = None
        self._given: tuple[str, ...] = ()
        """The names that the statement assigns."""
        self._lines = (1, 1)
        """Of the last node that has any: a few have no position of their own."""
        self._marks: dict[cst.CSTNode, bool] = {}
        self._behaves = [True]

    def on_visit(self, node: cst.CSTNode) -> bool:
        if where := self.get_metadata(PositionProvider, node, None):
            self._lines = (where.start.line, where.end.line)
        self._marks.update(_marks(node))
        if node in self._marks:
            self._behaves.append(self._marks[node])
        if isinstance(node, cst.SimpleStatementLine):
            self._statement = self._lines
            self._given = tuple(_given(node))
        if isinstance(node, cst.FunctionDef):
            self._bodies.append(self._begin(node.body.body[0]))
        if isinstance(node, cst.FunctionDef | cst.ClassDef):
            self._names.append(node.name.value)
        if self._behaves[-1]:
            self._take(node)
        return True

    def on_leave(self, original_node: cst.CSTNode) -> None:
        if original_node in self._marks:
            self._behaves.pop()
        if isinstance(original_node, cst.SimpleStatementLine):
            self._statement, self._given = None, ()
        if isinstance(original_node, cst.FunctionDef):
            self._bodies.pop()
        if isinstance(original_node, cst.FunctionDef | cst.ClassDef):
            self._names.pop()

    def _take(self, node: cst.CSTNode) -> None:
        changes = [
            new for kind, operator in mutation_operators if isinstance(node, kind) for new in operator(node)
        ]
        if not changes:
            return
        at_import = not any(body <= self._lines[0] for body in self._bodies)
        place = Place(
            path=self._path,
            index=len(self.found),
            lines=self._lines,
            statement=self._statement or self._lines,
            function=".".join(self._names),
            at_import=at_import,
            names=(self._given or tuple(self._names[-1:])) if at_import else (),
            changes=len(changes),
        )
        self.found.append((place, node, changes))

    def _begin(self, node: cst.CSTNode) -> int:
        return self.get_metadata(PositionProvider, node).start.line


def _marks(node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, bool]]:
    """Where, at this node or just below it, behaviour ends (False) or begins anew (True)."""
    match node:
        case cst.Annotation() | cst.Decorator():
            yield node, False
        case cst.SimpleStatementLine() if m.matches(node, _DOCSTRING):
            yield node, False
        case cst.ClassDef() if any(_root(base.value) == "Protocol" for base in node.bases):
            yield node, False
        case cst.If(test=cst.Name("TYPE_CHECKING")):
            yield node, False
        case cst.Assign() if _names_no_behaviour(node):
            yield node, False
        case cst.Call() if _root(node.func) in _LOGGERS:
            yield node, False
        case cst.Call(func=cst.Name("assert_never")):
            yield node, False
        case cst.Call(func=cst.Name("cast")):
            yield node, False
            yield node.args[1], True
        case cst.Subscript(value=cst.Name("Annotated")):
            yield from ((element, True) for element in node.slice[1:])
        case cst.Raise(exc=cst.Call() as error):
            prose = [arg for arg in error.args if _is_prose(arg.value)]
            yield from ((arg, False) for arg in prose)
            if len(prose) == len(error.args):
                yield error, False


def _given(statement: cst.SimpleStatementLine) -> Iterator[str]:
    for node in statement.body:
        if isinstance(node, cst.AnnAssign) and isinstance(node.target, cst.Name):
            yield node.target.value
        elif isinstance(node, cst.Assign):
            names = (name for target in node.targets for name in m.findall(target.target, m.Name()))
            yield from (cst.ensure_type(name, cst.Name).value for name in names)


def _root(node: cst.BaseExpression) -> str:
    """The first name of a dotted or subscripted expression."""
    while isinstance(node, cst.Attribute | cst.Subscript):
        node = node.value
    return node.value if isinstance(node, cst.Name) else ""


def _names_no_behaviour(node: cst.Assign) -> bool:
    """Whether it is `__all__`, a logger, a type variable or an alias of a type."""
    target = node.targets[0].target
    if not isinstance(target, cst.Name):
        return False
    if target.value == "__all__":
        return True
    match node.value:
        case cst.Call(func=function):
            return _root(function) in _LOGGERS | _TYPE_MAKERS
        case cst.Subscript() | cst.BinaryOperation(operator=cst.BitOr()):
            return _TYPE_NAME.fullmatch(target.value) is not None
    return False


def _is_prose(node: cst.BaseExpression) -> bool:
    return m.matches(node, _A_STRING) and " " in cst.Module([]).code_for_node(node)
