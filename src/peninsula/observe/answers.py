"""Hear from instrumentations what no span says: whose answer it was, which object was meant.

What is read of an answer after the span is followed, as it fails later (`sdk.outside.later`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeAlias
from weakref import WeakValueDictionary

from peninsula.observe.calls import call_of_span
from peninsula.observe.contexts import run_here
from peninsula.sdk.outside import later
from peninsula.sdk.outside.here import call_of
from peninsula.sdk.outside.later import Use, follow, lead_back, of_answer, one_of
from peninsula.sdk.telling.causes import ANSWER

__all__ = ["of_aiohttp", "of_botocore", "of_httpx", "of_requests", "of_urllib", "of_urllib3"]

Hooks: TypeAlias = dict[str, Callable[..., Any]]


def of_aiohttp() -> Hooks:
    """Know the answer again: what its `raise_for_status` raises does not hold it."""
    lead_back(import_module("aiohttp.client_reqrep").ClientResponse, "raise_for_status")
    errors = import_module("aiohttp.client_exceptions")
    is_fault = one_of(
        errors.ClientPayloadError, errors.ClientOSError, errors.ServerConnectionError, TimeoutError
    )
    # A content takes no attributes. While its answer is there, no other object has its id.
    answers: WeakValueDictionary[int, Any] = WeakValueDictionary()

    def of_content(content: object) -> Use | None:
        answer = answers.get(id(content))
        return None if answer is None or answer.content is not content else of_answer(answer)

    def answered(span: Any, ended: Any) -> None:
        if (answer := getattr(ended, "response", None)) is not None:
            answers[id(answer.content)] = answer
            _mark(span, answer)

    reads = "read readany readchunk readexactly readline readuntil"
    follow(import_module("aiohttp.streams").StreamReader, reads, is_fault, of_content)
    return {"response_hook": answered}


def of_requests() -> Hooks:
    """Know the answer again: `raise_for_status` raises an exception that holds it."""

    def answered(span: Any, _: Any, answer: Any) -> None:
        _mark(span, answer)
        _mark(span, answer.raw)

    _follow_urllib3()
    return {"response_hook": answered}


def of_urllib3() -> Hooks:
    """Know the answer again while it is read."""
    _follow_urllib3()
    return {"response_hook": lambda span, _, answer: _mark(span, answer)}


def _follow_urllib3() -> None:
    errors = import_module("urllib3.exceptions")
    is_fault = one_of(errors.ProtocolError, errors.ReadTimeoutError, errors.SSLError)
    answers = import_module("urllib3.response").HTTPResponse
    follow(answers, "read read1 read_chunked", is_fault, of_answer)


def of_urllib() -> Hooks:
    """Know the answer again while it is read."""
    client = import_module("http.client")
    is_fault = one_of(client.HTTPException, OSError)
    follow(client.HTTPResponse, "read read1 readinto readline", is_fault, of_answer)
    return {"response_hook": lambda span, _, answer: _mark(span, answer)}


def of_httpx() -> Hooks:
    """Know the answer again by what goes with it, as the client makes it anew."""

    def answered(span: Any, _: Any, answer: Any) -> None:
        extensions = answer.extensions
        if isinstance(extensions, dict):
            extensions[ANSWER] = mark = _Mark()
            _mark(span, mark)

    async def answered_later(span: Any, request: Any, answer: Any) -> None:
        answered(span, request, answer)

    client = import_module("httpx")
    follow(
        client.Response,
        "iter_raw aiter_raw",
        one_of(client.TransportError),
        of_answer,
    )
    return {"response_hook": answered, "async_response_hook": answered_later}


class _Mark:
    """Stands for an answer."""


def of_botocore() -> Hooks:
    """Say which object of a bucket is meant, as OpenTelemetry's conventions name it.

    Its body is read after the call, for as long as it is large.
    """

    def asked(span: Any, _: str, __: str, parameters: Mapping[str, Any]) -> None:
        for name, attribute in _OBJECTS.items():
            if isinstance(value := parameters.get(name), str):
                span.set_attribute(attribute, value)

    def answered(span: Any, _: str, __: str, answer: Any) -> None:
        if isinstance(answer, Mapping) and isinstance(body := answer.get("Body"), bodies):
            _mark(span, body)

    bodies = import_module("botocore.response").StreamingBody
    is_fault = one_of(import_module("botocore.exceptions").BotoCoreError)
    follow(bodies, "read readinto", is_fault, of_answer)
    return {"request_hook": asked, "response_hook": answered}


_OBJECTS = {"Bucket": "aws.s3.bucket", "Key": "aws.s3.key", "QueueUrl": "aws.sqs.queue.url"}


def _mark(span: Any, answer: object) -> None:
    """Note whose answer it is: of the span's call, or of that of a block which it is part of."""
    call = call_of_span(span)
    if call is None and (run := run_here(None)) is not None:
        call = call_of(run)
    if call is not None:
        later.answered(answer, call)
