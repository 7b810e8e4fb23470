"""Judges requests and answers by the independent description of Microsoft Graph, where there is one.

``Contract.load()`` skips the running test in a plain clone. Calls that the description leaves out come from
``tests/data/graph/extra_paths.json``, in the same form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.shared_data import shared_json

CONTRACT = "contract/graph-provisioning-v1.0.openapi.json"
EXTRA = Path(__file__).parent / "data" / "graph" / "extra_paths.json"
ROOT = "contract:"

_FORMATS = FormatChecker()
_TYPES = {"integer": re.compile(r"-?\d+"), "boolean": re.compile("true|false")}


@_FORMATS.checks("date-time")
def _is_date_time(value: object) -> bool:
    """RFC 3339 with a zone, also with the seven digits that Microsoft prints."""
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value):
        return False
    try:
        datetime.fromisoformat(re.sub(r"\.\d+", "", value))
    except ValueError:
        return False
    return True


class Contract:
    """The description, ready to judge.

    Attributes:
        judged: How many requests and answers were judged, so that a test can see that it looked at anything.
    """

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._registry: Registry[Any] = Registry().with_resource(
            ROOT, Resource(contents=document, specification=DRAFT202012)
        )
        self.judged = 0

    @classmethod
    def load(cls) -> Contract:
        """Read the description; skips the running test where there is none."""
        document = shared_json(CONTRACT)
        extra = json.loads(EXTRA.read_text(encoding="utf-8"))
        for path, item in extra["paths"].items():
            document["paths"].setdefault(path, {}).update(item)
        document["components"]["schemas"].update(extra.get("schemas", {}))
        return cls(document)

    def check_request(
        self,
        method: str,
        path: str,
        query: str | Mapping[str, str] = "",
        body: bytes | object = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Fail unless this request may be sent.

        Args:
            path: Below the Graph root, encoded; may carry the query itself, and the version in front.
            query: Undecoded text, or decoded names and values.
            body: Bytes, or data; None for no body.
            headers: Where given, what the query needs of them is looked at too.
        """
        self.judged += 1
        path, operation = self._operation(method, path)
        where = f"{method} {path}"
        query = query or urlsplit(path).query
        pairs = dict(parse_qsl(query, keep_blank_values=True) if isinstance(query, str) else query)
        known = {item["name"]: item for item in self._parameters(operation) if item["in"] == "query"}
        for name, value in pairs.items():
            assert name in known, f"{where}: {name} is not a query option of this call"
            pattern = _TYPES.get(known[name]["schema"].get("type", ""))
            assert pattern is None or pattern.fullmatch(value), f"{where}: {name}={value}"
        if headers is not None and ("$search" in pairs or "$count" in pairs):
            lower = {name.lower(): value for name, value in headers.items()}
            assert lower.get("consistencylevel") == "eventual", f"{where}: needs ConsistencyLevel: eventual"
        schema = self._schema(operation.get("requestBody", {}))
        data = _decoded(body)
        if schema is None:
            assert data is None, f"{where}: takes no body"
        else:
            assert data is not None, f"{where}: needs a body"
            self._validate(schema, data, where)

    def check_answer(self, method: str, path: str, status: int, body: bytes | object = None) -> None:
        """Fail unless the service may answer so."""
        self.judged += 1
        path, operation = self._operation(method, path)
        where = f"{status} to {method} {path}"
        responses = operation["responses"]
        if str(status) in responses:
            response = responses[str(status)]
        else:
            assert status >= 400, f"{where}: not a success that this call has"
            response = responses["default"]
        schema = self._schema(self._resolved(response))
        data = _decoded(body)
        if schema is None:
            assert data is None, f"{where}: has no body"
        else:
            assert data is not None, f"{where}: needs a body"
            self._validate(schema, data, where)

    def check_schema(self, name: str, data: object) -> None:
        """Fail unless data is of a named type."""
        self.judged += 1
        self._validate({"$ref": f"#/components/schemas/{name}"}, data, name)

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]]:
        plain = urlsplit(path).path.removeprefix("/v1.0")
        best: tuple[int, dict[str, Any]] | None = None
        for template, item in self._document["paths"].items():
            pattern = re.sub(r"\\\{[^/]*?\\\}", "[^/]+", re.escape(template))
            literal = len(re.sub(r"\{[^/]*?\}", "", template))
            if re.fullmatch(pattern, plain) and (best is None or literal > best[0]):
                best = (literal, item)
        assert best is not None, f"{method} {plain}: the contract has no such path"
        operation = best[1].get(method.lower())
        assert operation is not None, f"{method} {plain}: the contract has no such method here"
        return plain if not urlsplit(path).query else path, operation

    def _parameters(self, operation: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [self._resolved(item) for item in operation.get("parameters", [])]

    def _resolved(self, item: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in item:
            part: Any = self._document
            for name in item["$ref"].removeprefix("#/").split("/"):
                part = part[name]
            item = part
        return item

    def _schema(self, holder: Mapping[str, Any]) -> dict[str, Any] | None:
        schema = holder.get("content", {}).get("application/json", {}).get("schema")
        return schema if isinstance(schema, dict) else None

    def _validate(self, schema: Mapping[str, Any], data: object, where: str) -> None:
        rooted = json.loads(json.dumps(schema).replace('"#/', f'"{ROOT}#/'))
        validator = Draft202012Validator(rooted, registry=self._registry, format_checker=_FORMATS)
        faults = [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(data)]
        assert not faults, f"{where}:\n" + "\n".join(faults[:10])


def _decoded(body: bytes | object) -> Any:
    if isinstance(body, bytes | bytearray):
        return json.loads(body) if body else None
    return body


@pytest.fixture
def contract() -> Contract:
    """The contract; import this fixture where it is used."""
    return Contract.load()
