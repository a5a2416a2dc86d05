"""The API and the pages as an ASGI app, over the services of one server."""

from __future__ import annotations

from litestar import Litestar
from litestar.config.cors import CORSConfig
from litestar.datastructures import ResponseHeader, State
from litestar.handlers import HTTPRouteHandler
from litestar.plugins import PluginProtocol

from peninsula.server.api import (
    access,
    artifacts,
    blocks,
    causes,
    claims,
    cloudevents,
    concurrency,
    deployments,
    emitters,
    event_pages,
    events,
    flows,
    many,
    openapi,
    otlp,
    pages,
    pauses,
    resources,
    runs,
    schedules,
    server,
    starts,
    variables,
    views,
    work_pools,
)
from peninsula.server.api.answered import Answered
from peninsula.server.api.doorway import admit
from peninsula.server.api.errors import answer_error
from peninsula.server.api.request import ApiRequest
from peninsula.server.wiring import Services

__all__ = ["ROUTES", "App", "create_app"]

ROUTES: tuple[HTTPRouteHandler, ...] = (
    *emitters.CALLS,
    *event_pages.CALLS,
    *cloudevents.CALLS,
    *otlp.CALLS,
    *events.CALLS,
    *runs.CALLS,
    *many.CALLS,
    *claims.CALLS,
    *starts.CALLS,
    *pauses.CALLS,
    *work_pools.CALLS,
    *flows.CALLS,
    *resources.CALLS,
    *artifacts.CALLS,
    *variables.CALLS,
    *blocks.CALLS,
    *concurrency.CALLS,
    *deployments.CALLS,
    *schedules.CALLS,
    *access.CALLS,
    *views.CALLS,
    *causes.CALLS,
    *server.CALLS,
    *openapi.CALLS,
)


class App(Litestar):
    """Litestar without its plugins for pydantic and attrs, which no call of ours needs.

    They are found by importing pydantic whole, both versions: 0.12 s of each start.
    """

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return plugins


def create_app(services: Services) -> Litestar:
    """Return the app. Its services are open, and closed by whoever opened them."""
    return App(
        route_handlers=[*ROUTES, *pages.ROUTES],
        request_class=ApiRequest,
        guards=[admit],
        middleware=[Answered],
        exception_handlers={Exception: answer_error},
        cors_config=_cors(services),
        response_headers=[
            ResponseHeader(name="X-Content-Type-Options", value="nosniff"),
            ResponseHeader(name="Cache-Control", value="no-store"),
        ],
        state=State({"services": services}),
        # The document is made from the same declarations that requests are checked by.
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )


def _cors(services: Services) -> CORSConfig | None:
    origins = sorted(services.config.origins)
    if not origins:
        return None
    return CORSConfig(
        allow_origins=origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type", "Content-Encoding", "Last-Event-ID"],
    )
