"""Hear from instrumentations what no span says: whose answer it was, which object was meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from wrapt import wrap_function_wrapper

from peninsula.observe.calls import call_of_span
from peninsula.sdk.telling.causes import ANSWER, pass_on

__all__ = ["of_aiohttp", "of_botocore", "of_httpx", "of_requests"]

Hooks: TypeAlias = dict[str, Callable[..., Any]]


def of_aiohttp() -> Hooks:
    """Know the answer again: what its `raise_for_status` raises does not hold it."""

    def raise_for_status(wrapped: Any, answer: Any, args: Any, kwargs: Any) -> None:
        try:
            wrapped(*args, **kwargs)
        except Exception as error:
            pass_on(answer, error)
            raise

    wrap_function_wrapper(
        "aiohttp.client_reqrep", "ClientResponse.raise_for_status", raise_for_status
    )
    return {
        "response_hook": lambda span, ended: _mark(span, getattr(ended, "response", None)),
    }


def of_requests() -> Hooks:
    """Know the answer again: `raise_for_status` raises an exception that holds it."""
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

    return {"response_hook": answered, "async_response_hook": answered_later}


class _Mark:
    """Stands for an answer."""


def of_botocore() -> Hooks:
    """Say which object of a bucket is meant, as OpenTelemetry's conventions name it."""

    def asked(span: Any, _: str, __: str, parameters: Mapping[str, Any]) -> None:
        for name, attribute in _OBJECTS.items():
            if isinstance(value := parameters.get(name), str):
                span.set_attribute(attribute, value)

    return {"request_hook": asked}


_OBJECTS = {"Bucket": "aws.s3.bucket", "Key": "aws.s3.key", "QueueUrl": "aws.sqs.queue.url"}


def _mark(span: Any, answer: object) -> None:
    if (call := call_of_span(span)) is not None:
        call.mark(answer)
