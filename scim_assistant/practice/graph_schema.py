"""The mappings of a job in the pretend Graph: schema, directories, functions, operators, and trying an expression.

Source: Microsoft Graph v1.0 reference, pages synchronizationSchema (get, update, functions, filterOperators,
parseExpression).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from scim_assistant.errors import KnownError
from scim_assistant.practice.answers import NO_CONTENT, Answer, bad_request, not_found, refuse, text_member
from scim_assistant.practice.call import ADMIN_ROLES, READ_SYNC, WRITE_SYNC, Call, Route
from scim_assistant.practice.default_schema import default_schema
from scim_assistant.practice.odata import whole_list
from scim_assistant.practice.quirks import quirky_catalogue, quirky_schema
from scim_assistant.practice.state import Json
from scim_assistant.rules.expressions import evaluate, functions, mapping_source, parse
from scim_assistant.rules.scoping import operators


def _document(call: Call) -> tuple[str, Json]:
    """Where the schema in the path is, and the schema itself."""
    if "job" in call.args:
        app, job = call.job()
        return f"servicePrincipals('{app.id}')/synchronization/jobs('{job.id}')/schema", job.schema
    app = call.app(synchronization=True)
    template_id = call.args["template"]
    if not app.sync_template_id or template_id != app.sync_template_id:
        raise not_found(template_id)
    where = f"servicePrincipals('{app.id}')/synchronization/templates('{template_id}')/schema"
    return where, default_schema(template_id, template_id)


def get_schema(call: Call) -> Answer:
    """GET .../schema, with its directories inside."""
    where, document = _document(call)
    body = quirky_schema(document) if call.quirks else document
    return Answer(200, {"@odata.context": call.context(f"{where}/$entity"), **body})


def _check_schema(document: Any) -> Json:
    """The document as the service takes it: a mapping without ``flowTypes`` gets the published default.

    Raises:
        Refused: 400: the service would not take it.
    """
    if not isinstance(document, dict) or not isinstance(document.get("synchronizationRules"), list):
        refuse("The schema has no synchronizationRules.")
    for rule in document["synchronizationRules"]:
        mappings = rule.get("objectMappings") if isinstance(rule, dict) else None
        if not isinstance(mappings, list):
            refuse("A synchronization rule has no objectMappings.")
        for mapping in mappings:
            _check_mapping(mapping)
            if mapping.get("flowTypes") is None:
                mapping["flowTypes"] = "Add, Update, Delete"
    return document


def _check_mapping(mapping: Any) -> None:
    rows = mapping.get("attributeMappings") if isinstance(mapping, dict) else None
    if not isinstance(rows, list):
        refuse("An object mapping has no attributeMappings.")
    for row in rows:
        if not isinstance(row, dict) or not isinstance(row.get("targetAttributeName"), str):
            refuse("An attribute mapping has no targetAttributeName.")
        expression = (row.get("source") or {}).get("expression")
        if isinstance(expression, str):
            _parse(expression)
    if not any(int(row.get("matchingPriority") or 0) > 0 for row in rows):
        refuse(f"The mapping '{mapping.get('name')}' has no attribute that objects are matched by.")


def _parse(expression: str) -> None:
    try:
        parse(expression, any_function=True)
    except KnownError as error:
        raise bad_request(f"The expression '{expression[:200]}' is not valid: {error.why}") from error


def put_schema(call: Call) -> Answer:
    """PUT .../schema: replaces everything, and the next cycle looks at everybody again."""
    _, job = call.job()
    document = _check_schema(call.body)
    kept = {name: value for name, value in document.items() if not name.startswith("@")}
    with call.tenant.lock:
        job.schema = {**kept, "id": job.id}
        job.watermark = None
        if job.is_scheduled:
            job.next_run_at = call.tenant.clock.later(call.tenant.limits.cycle_start_delay_s)
    call.wake()
    return NO_CONTENT


def patch_schema(call: Call) -> Answer:
    """PATCH .../schema: members that are sent replace those that are there.

    The page on updating a schema has PUT only, but Microsoft's SDKs, made from the CSDL, have only this form.
    """
    _, job = call.job()
    if not isinstance(call.body, dict):
        refuse("The request body is not an object.")
    return put_schema(replace(call, body={**job.schema, **call.body}))


def delete_schema(call: Call) -> Answer:
    """DELETE .../schema: back to the default mappings."""
    _, job = call.job()
    with call.tenant.lock:
        job.schema = default_schema(job.template_id, job.id)
        job.watermark = None
        if job.is_scheduled:
            job.next_run_at = call.tenant.clock.later(call.tenant.limits.cycle_start_delay_s)
    call.wake()
    return NO_CONTENT


def list_directories(call: Call) -> Answer:
    """GET .../schema/directories."""
    where, document = _document(call)
    return whole_list(call, list(document.get("directories") or ()), f"{where}/directories")


def list_functions(call: Call) -> Answer:
    """GET .../schema/functions."""
    where, _ = _document(call)
    rows = [
        {
            "id": function.name,
            "parameters": [
                {
                    "allowMultipleOccurrences": parameter.repeatable,
                    "name": parameter.name,
                    "required": parameter.required,
                    "type": parameter.type,
                }
                for parameter in function.parameters
            ],
        }
        for function in functions()
    ]
    return whole_list(call, quirky_catalogue(rows) if call.quirks else rows, f"{where}/functions")


def list_operators(call: Call) -> Answer:
    """GET .../schema/filterOperators."""
    where, _ = _document(call)
    rows = [
        {
            "id": operator.name,
            "arity": operator.arity,
            "multivaluedComparisonType": operator.multivalued,
            "supportedAttributeTypes": list(operator.types),
        }
        for operator in operators()
    ]
    return whole_list(call, quirky_catalogue(rows) if call.quirks else rows, f"{where}/filterOperators")


def _inputs(test: Any) -> Json:
    rows = test.get("properties") if isinstance(test, dict) else None
    return {
        row["key"]: row.get("value")
        for row in rows or ()
        if isinstance(row, dict) and isinstance(row.get("key"), str)
    }


def parse_expression(call: Call) -> Answer:
    """POST .../schema/parseExpression: a bad expression is an answer, not an error."""
    _document(call)
    text = text_member(call.body, "expression")
    body: Json = {
        "@odata.context": call.context("microsoft.graph.parseExpressionResponse"),
        "error": None,
        "evaluationResult": [],
        "evaluationSucceeded": False,
        "parsedExpression": None,
        "parsingSucceeded": False,
    }
    try:
        expression = parse(text)
        body["parsingSucceeded"] = True
        body["parsedExpression"] = mapping_source(expression)
        test = call.body.get("testInputObject")
        if test is not None:
            result = evaluate(expression, _inputs(test))
            values = result if isinstance(result, list | tuple) else [result]
            body["evaluationResult"] = [str(value) for value in values if value is not None]
            body["evaluationSucceeded"] = True
    except KnownError as error:
        body["error"] = {
            "code": "InvalidExpression" if not body["parsingSucceeded"] else "EvaluationFailed",
            "message": f"{error.what} {error.why}".strip(),
            "details": [],
            "innerError": None,
            "target": None,
        }
    return Answer(200, body)


_BASE: Final = "/servicePrincipals/<app>/synchronization"
_SCHEMAS: Final = (f"{_BASE}/jobs/<job>/schema", f"{_BASE}/templates/<template>/schema")

ROUTES: Final = (
    *(
        route
        for schema in _SCHEMAS
        for route in (
            Route("GET", schema, get_schema, READ_SYNC, options=frozenset({"$expand", "$select"})),
            Route("GET", f"{schema}/functions", list_functions, WRITE_SYNC),
            Route("GET", f"{schema}/filterOperators", list_operators, WRITE_SYNC),
            Route("POST", f"{schema}/parseExpression", parse_expression, WRITE_SYNC),
        )
    ),
    Route("GET", f"{_SCHEMAS[0]}/directories", list_directories, READ_SYNC),
    Route("PUT", _SCHEMAS[0], put_schema, WRITE_SYNC, ADMIN_ROLES),
    Route("PATCH", _SCHEMAS[0], patch_schema, WRITE_SYNC, ADMIN_ROLES),
    Route("DELETE", _SCHEMAS[0], delete_schema, WRITE_SYNC, ADMIN_ROLES),
)
