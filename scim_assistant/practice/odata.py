"""The query options of Graph lists, as far as the calls use them; anything else gets an honest 400.

``$filter`` and ``$search`` have readers of their own (``odata_filter.py``, ``odata_search.py``). Pages are cut by
``list_answer``: the next link is absolute, names our own host and carries an opaque token.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from urllib.parse import quote, urlencode

from scim_assistant.practice.answers import Answer, Refused, refuse
from scim_assistant.practice.call import Call
from scim_assistant.practice.odata_filter import Allowed, filter_rows, value_at
from scim_assistant.practice.odata_search import search_rows
from scim_assistant.practice.state import Json


def unsupported(message: str) -> Refused:
    """The 400 for a query that needs the advanced mode or is not supported at all."""
    return Refused(400, "Request_UnsupportedQuery", message)


def is_eventual(call: Call) -> bool:
    """True with the header that advanced queries need."""
    return call.headers.get("consistencylevel", "").lower() == "eventual"


def wants_count(call: Call) -> bool:
    """True with ``$count=true``."""
    text = call.query.get("$count", "false").lower()
    if text not in ("true", "false"):
        refuse("The value of $count is not a boolean.")
    return text == "true"


def is_advanced(call: Call) -> bool:
    """True with header and count, which OData casts and some filters need."""
    return is_eventual(call) and wants_count(call)


def number(call: Call, name: str, default: int, most: int | None = None) -> int:
    """A query option that is a whole number, 1 or more (``$skip``: 0 or more)."""
    text = call.query.get(name)
    if text is None:
        return default
    least = 0 if name == "$skip" else 1
    if not text.isascii() or not text.isdigit() or int(text) < least:
        refuse(f"Invalid value '{text}' for the query option {name}.")
    value = int(text)
    if most is not None and value > most:
        refuse(f"Invalid page size specified: '{value}'. Must be between 1 and {most} inclusive.")
    return value


def encode_token(data: Mapping[str, object]) -> str:
    """An opaque ``$skiptoken``."""
    return base64.urlsafe_b64encode(json.dumps(data).encode()).decode().rstrip("=")


def decode_token(call: Call) -> Json:
    """The token of this request, empty on the first page."""
    text = call.query.get("$skiptoken")
    if text is None:
        return {}
    try:
        data = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        data = None
    if not isinstance(data, dict) or not isinstance(data.get("at"), int):
        refuse("The $skiptoken is not valid.")
    return data


def next_link(call: Call, token: Mapping[str, object]) -> str:
    """The address of the next page."""
    query = [(name, value) for name, value in call.query.items() if name not in ("$skiptoken", "$skip")]
    query.append(("$skiptoken", encode_token(token)))
    return f"{call.root}{quote(call.path)}?{urlencode(query, quote_via=quote, safe='$')}"


def select(call: Call, row: Json, default: Collection[str], type_name: str) -> Json:
    """Only the properties asked for; the default ones when nothing was asked."""
    text = call.query.get("$select")
    if text is None:
        return {name: value for name, value in row.items() if name in default or name.startswith("@")}
    by_name = {name.lower(): name for name in row}
    chosen: Json = {name: value for name, value in row.items() if name.startswith("@")}
    for raw in text.split(","):
        name = by_name.get(raw.strip().lower())
        if name is None:
            refuse(f"Could not find a property named '{raw.strip()}' on type 'microsoft.graph.{type_name}'.")
        chosen[name] = row[name]
    return chosen


def order(call: Call, rows: list[Json], allowed: Collection[str]) -> list[Json]:
    """Sort by ``$orderby``."""
    text = call.query.get("$orderby")
    if text is None:
        return rows
    for part in reversed(text.split(",")):
        name, _, direction = part.strip().partition(" ")
        if name not in allowed or direction.strip().lower() not in ("", "asc", "desc"):
            raise unsupported(f"Sorting by '{part.strip()}' is not supported.")

        def key(row: Json, name: str = name) -> str:
            return str(value_at(row, name) or "").lower()

        rows = sorted(rows, key=key, reverse=direction.strip().lower() == "desc")
    return rows


def list_answer(
    call: Call,
    rows: Sequence[Json],
    *,
    context: str,
    shape: Callable[[Json], Json],
    page: int,
    page_max: int,
    filters: Mapping[str, Allowed] | None = None,
    searches: Collection[str] = (),
    orders: Collection[str] = (),
    needs_advanced_order: bool = False,
) -> Answer:
    """Filter, search, sort, cut a page and link to the next.

    Args:
        rows: Everything, whole.
        context: What the list is, for ``@odata.context``.
        shape: Cuts a row down to what is sent.
        page: Page size without ``$top``.
        page_max: Largest ``$top``.
        filters: Properties that may be filtered on, with the operators each takes.
        searches: Properties that may be searched; the first is tokenised.
        orders: Properties that may be sorted by.
        needs_advanced_order: Sorting together with a filter needs header and count.
    """
    found = list(rows)
    if "$filter" in call.query:
        found = filter_rows(call.query["$filter"], found, filters or {}, advanced=is_advanced(call))
    if "$search" in call.query:
        if not is_eventual(call):
            raise unsupported("Request with $search query parameter only works with header ConsistencyLevel.")
        found = search_rows(call.query["$search"], found, searches)
    if (
        needs_advanced_order
        and "$orderby" in call.query
        and "$filter" in call.query
        and not is_advanced(call)
    ):
        raise unsupported("Sorting not supported for current query.")
    found = order(call, found, orders)
    size = number(call, "$top", page, page_max)
    token = decode_token(call)
    start = token.get("at", number(call, "$skip", 0))
    body: Json = {"@odata.context": call.context(context)}
    if wants_count(call) and not is_eventual(call):
        raise unsupported("Request with $count query parameter only works with header ConsistencyLevel.")
    if wants_count(call) and not token:
        body["@odata.count"] = len(found)
    if start + size < len(found):
        body["@odata.nextLink"] = next_link(call, {**token, "at": start + size})
    body["value"] = [shape(row) for row in found[start : start + size]]
    return Answer(200, body)


def whole_list(call: Call, rows: Sequence[Json], context: str) -> Answer:
    """A short list that is never paged."""
    return Answer(200, {"@odata.context": call.context(context), "value": list(rows)})
