"""schemathesis over our own OpenAPI: no 5xx, no status, media type or shape that is not described.

In this process, without a socket: cases are made by schemathesis, carried by our own client, judged by its checks.
"""

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from asking import Api, Reply, call, person
from contact_service.endpoints import openapi, table

EXAMPLES, IN_SOAK = 20, 650
"""For each operation: 1,500 cases in all, and 50,000 (T11 of reliability.md)."""
SCHEMA = schemathesis.openapi.from_dict(openapi.document(table.ROUTES))
OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]
CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_SKIPPED = {"authorization", "content-length", "host", "user-agent", "x-request-id"}


async def carry(api: Api, case: Any, sent: requests.PreparedRequest) -> Reply:
    headers = [(k, v) for k, v in sent.headers.items() if k.lower() not in _SKIPPED]
    headers = [(k, v if isinstance(v, str) else v.decode("latin-1")) for k, v in headers]
    headers = [(k, v.encode(errors="replace").decode("latin-1")) for k, v in headers]
    headers.append(("authorization", f"Bearer {api.token}"))
    body = sent.body or b""
    path = (sent.url or "").removeprefix("http://test")
    return await call(
        api.app, case.method, path, headers, body.encode() if isinstance(body, str) else body
    )


def cases(number: int) -> settings:
    return settings(
        max_examples=number,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
@cases(EXAMPLES)
@given(data=st.data())
async def test_no_case_is_a_mistake_of_ours_or_undescribed(
    ann: Api, operation: Any, data: st.DataObject
) -> None:
    await judge(ann, operation, data)


@pytest.mark.soak
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.label)
@cases(IN_SOAK)
@given(data=st.data())
async def test_nor_is_one_of_very_many(ann: Api, operation: Any, data: st.DataObject) -> None:
    await judge(ann, operation, data)


async def judge(ann: Api, operation: Any, data: st.DataObject) -> None:
    """Send one drawn case, and check its answer."""
    mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    try:
        case = data.draw(operation.as_strategy(generation_mode=mode))
    except Exception as error:  # schemathesis' own word for "this operation cannot be broken"
        if mode is GenerationMode.NEGATIVE and type(error).__name__ in {
            "Unsatisfiable",
            "SkipTest",
        }:
            return
        raise
    if data.draw(st.booleans()):
        await ann.consents("store", "match")
    if "id" in case.path_parameters and data.draw(st.booleans()):
        # Without a valid id no case would get past 404.
        case.path_parameters["id"] = (await ann.post("/v1/contacts", person("A"))).json["id"]
    if "userId" in case.path_parameters and data.draw(st.booleans()):
        case.path_parameters["userId"] = "bea"
    if "purpose" in case.path_parameters and data.draw(st.booleans()):
        case.path_parameters["purpose"] = "match"
    kwargs = case.as_transport_kwargs(base_url="http://test")
    kwargs.pop("timeout", None)
    allowed = {"method", "url", "headers", "files", "data", "params", "json", "cookies"}
    sent = requests.Request(**{k: v for k, v in kwargs.items() if k in allowed}).prepare()
    told = await carry(ann, case, sent)
    headers = {name.decode(): [value.decode()] for name, value in told.pairs}
    response = Response(told.status, headers, told.body, sent, 0.0, verify=False)
    case.validate_response(response, checks=CHECKS)
