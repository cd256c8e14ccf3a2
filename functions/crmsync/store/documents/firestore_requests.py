"""The requests of the Firestore adapter: writes, reads and queries as the messages of Firestore's API.

Imports the client library's generated types, which is slow: only the adapter imports this.
"""

import math
from collections.abc import Mapping, Sequence

from google.cloud.firestore_v1.field_path import FieldPath
from google.cloud.firestore_v1.types import firestore as calls
from google.cloud.firestore_v1.types import query as queries
from google.cloud.firestore_v1.types import write as changes

from crmsync.store.documents.firestore_messages import FilterMessage, QueryMessage, WriteMessage
from crmsync.store.documents.firestore_values import write_value, write_version
from crmsync.store.documents.port import (
    NAME,
    SERVER_TIME,
    Create,
    Delete,
    DocumentWrite,
    Filter,
    Merge,
    Op,
    PreconditionFailed,
    Put,
    Query,
    Update,
)

_FILTER = queries.StructuredQuery.FieldFilter.Operator
_UNARY = queries.StructuredQuery.UnaryFilter.Operator
_DIRECTION = queries.StructuredQuery.Direction
_AND = queries.StructuredQuery.CompositeFilter.Operator.AND
_REQUEST_TIME = changes.DocumentTransform.FieldTransform.ServerValue.REQUEST_TIME

_OPERATORS: Mapping[Op, int] = {
    "==": _FILTER.EQUAL,
    "<": _FILTER.LESS_THAN,
    "<=": _FILTER.LESS_THAN_OR_EQUAL,
    ">": _FILTER.GREATER_THAN,
    ">=": _FILTER.GREATER_THAN_OR_EQUAL,
    "in": _FILTER.IN,
    "array_contains": _FILTER.ARRAY_CONTAINS,
    "array_contains_any": _FILTER.ARRAY_CONTAINS_ANY,
}
COUNT = "count"
"""The name under which a count is answered."""


class Requests:
    """Makes the requests of one database."""

    def __init__(self, database: str) -> None:
        """`database`: its full name, `projects/…/databases/…`."""
        self.database = database
        self.root = f"{database}/documents/"

    def commit(self, writes: Sequence[DocumentWrite], transaction: bytes = b"") -> calls.CommitRequest:
        """Writes all or nothing. Raises PreconditionFailed for a version that no document can have."""
        message = calls.CommitRequest.pb()(database=self.database, transaction=transaction)
        for write in writes:
            self._write(message.writes.add(), write)
        request: calls.CommitRequest = calls.CommitRequest.wrap(message)
        return request

    def get(self, paths: Sequence[str], transaction: bytes = b"") -> calls.BatchGetDocumentsRequest:
        """Reads documents by path."""
        message = calls.BatchGetDocumentsRequest.pb()(database=self.database)
        message.documents.extend(self.root + path for path in paths)
        if transaction:
            message.transaction = transaction
        request: calls.BatchGetDocumentsRequest = calls.BatchGetDocumentsRequest.wrap(message)
        return request

    def query(self, query: Query) -> calls.RunQueryRequest:
        """Reads the documents of a query, in order."""
        parent, collection = self._place(query.collection)
        message = calls.RunQueryRequest.pb()(parent=parent)
        self._filter(message.structured_query, collection, query.filters)
        self._order(message.structured_query, query)
        request: calls.RunQueryRequest = calls.RunQueryRequest.wrap(message)
        return request

    def count(self, query: Query) -> calls.RunAggregationQueryRequest:
        """Counts the documents of a query."""
        parent, collection = self._place(query.collection)
        message = calls.RunAggregationQueryRequest.pb()(parent=parent)
        asked = message.structured_aggregation_query
        self._filter(asked.structured_query, collection, query.filters)
        aggregation = asked.aggregations.add()
        aggregation.alias = COUNT
        aggregation.count.SetInParent()
        request: calls.RunAggregationQueryRequest = calls.RunAggregationQueryRequest.wrap(message)
        return request

    def beneath(self, path: str, after: str | None, limit: int) -> calls.RunQueryRequest:
        """Reads the names of documents beneath a document, whatever collections they are in."""
        message = calls.RunQueryRequest.pb()(parent=self.root + path)
        asked = message.structured_query
        asked.from_.add().all_descendants = True
        asked.select.fields.add().field_path = NAME
        order = asked.order_by.add()
        order.field.field_path = NAME
        order.direction = _DIRECTION.ASCENDING
        if after is not None:
            asked.start_at.before = False
            asked.start_at.values.add().reference_value = self.root + after
        asked.limit.value = limit
        request: calls.RunQueryRequest = calls.RunQueryRequest.wrap(message)
        return request

    def begin(self, retried: bytes = b"") -> calls.BeginTransactionRequest:
        """Begins a transaction that reads and writes; `retried` is the one it is tried again for."""
        message = calls.BeginTransactionRequest.pb()(database=self.database)
        message.options.read_write.SetInParent()
        if retried:
            message.options.read_write.retry_transaction = retried
        request: calls.BeginTransactionRequest = calls.BeginTransactionRequest.wrap(message)
        return request

    def rollback(self, transaction: bytes) -> calls.RollbackRequest:
        """Gives a transaction up."""
        return calls.RollbackRequest(database=self.database, transaction=transaction)

    def _write(self, message: WriteMessage, write: DocumentWrite) -> None:
        if isinstance(write, Delete):
            message.delete = self.root + write.path
            if write.version is not None:
                _expect(message, write.path, write.version)
            return
        message.update.name = self.root + write.path
        named = isinstance(write, (Merge, Update))
        if named:
            # Present even when every value is the server's: an absent mask would replace the document.
            message.update_mask.SetInParent()
        for name, value in write.data.items():
            if value is SERVER_TIME:
                transform = message.update_transforms.add()
                transform.field_path = FieldPath(name).to_api_repr()
                transform.set_to_server_value = _REQUEST_TIME
                continue
            if named:
                message.update_mask.field_paths.append(name)
            if isinstance(write, Update) and "." in name:
                outer, _, inner = name.partition(".")
                write_value(message.update.fields[outer].map_value.fields[inner], value)
            else:
                write_value(message.update.fields[name], value)
        _condition(message, write)

    def _place(self, collection: str) -> tuple[str, str]:
        parent, _, name = (self.root + collection).rpartition("/")
        return parent, name

    def _filter(self, message: QueryMessage, collection: str, filters: Sequence[Filter]) -> None:
        message.from_.add().collection_id = collection
        if len(filters) == 1:
            _condition_of(message.where, filters[0])
        elif filters:
            message.where.composite_filter.op = _AND
            for condition in filters:
                _condition_of(message.where.composite_filter.filters.add(), condition)

    def _order(self, message: QueryMessage, query: Query) -> None:
        direction = _DIRECTION.DESCENDING if query.descending else _DIRECTION.ASCENDING
        for field in query.full_order:
            order = message.order_by.add()
            order.field.field_path = field
            order.direction = direction
        if query.start_after:
            message.start_at.before = False
            for field, value in zip(query.full_order, query.start_after, strict=False):
                position = message.start_at.values.add()
                if field == NAME and isinstance(value, str):
                    position.reference_value = f"{self.root}{query.collection}/{value}"
                else:
                    write_value(position, value)
        if query.limit is not None:
            message.limit.value = query.limit


def _condition(message: WriteMessage, write: Create | Put | Merge | Update) -> None:
    if isinstance(write, Create):
        message.current_document.exists = False
    elif isinstance(write, Update) and write.version is None:
        message.current_document.exists = True
    elif isinstance(write, Update) and write.version is not None:
        _expect(message, write.path, write.version)


def _expect(message: WriteMessage, path: str, version: str) -> None:
    try:
        write_version(message.current_document.update_time, version)
    except ValueError as error:
        # Whatever this is, no document has it as its version.
        raise PreconditionFailed(path) from error


def _condition_of(message: FilterMessage, condition: Filter) -> None:
    not_a_number = isinstance(condition.value, float) and math.isnan(condition.value)
    if condition.op == "==" and (condition.value is None or not_a_number):
        message.unary_filter.op = _UNARY.IS_NULL if condition.value is None else _UNARY.IS_NAN
        message.unary_filter.field.field_path = condition.field
        return
    message.field_filter.op = _OPERATORS[condition.op]
    message.field_filter.field.field_path = condition.field
    write_value(message.field_filter.value, condition.value)
