"""Serve the pages: any path that is not of the API shows the application."""

from __future__ import annotations

import asyncio
from typing import Final

from litestar import Response
from litestar.handlers import HTTPRouteHandler

from peninsula.core.errors import NotFoundError
from peninsula.server.api.doorway import check_host
from peninsula.server.api.request import ApiRequest
from peninsula.server.services.pages import PageFile, built_pages

__all__ = ["ROUTES"]

POLICY: Final = (
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'; object-src 'none'"
)
"""What a page may load: nothing of others, no script or style that stands in the text itself."""

SAFE: Final = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

NOT_BUILT: Final = b"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Peninsula: pages not built</title>
<h1>The pages are not built</h1>
<p>This is a checkout whose pages have not been built yet. Build them, then load this again:</p>
<pre>make ui</pre>
<p>The API answers all the same: <a href="/api/openapi.json">/api/openapi.json</a>.</p>
"""


async def show_page(request: ApiRequest) -> Response[bytes]:
    """Answer with a file of the pages, as the browser can take it."""
    check_host(request)
    pages = await asyncio.to_thread(built_pages)
    if pages is None:
        return Response(NOT_BUILT, status_code=503, media_type="text/html", headers=SAFE)
    path: str = request.scope["path"]
    file = pages.find(path)
    if file is None:
        msg = f"There is no {path[:200]}: the pages were built anew. Load the page again."
        raise NotFoundError(msg)
    return _answer(request, file)


def _answer(request: ApiRequest, file: PageFile) -> Response[bytes]:
    lasting = "public, max-age=31536000, immutable" if file.immutable else "no-cache"
    headers = {**SAFE, "Cache-Control": lasting, "ETag": file.etag, "Vary": "Accept-Encoding"}
    if file.etag in request.headers.get("if-none-match", ""):
        return Response(b"", status_code=304, media_type=file.media, headers=headers)
    content = file.content
    if file.gzipped is not None and "gzip" in request.headers.get("accept-encoding", ""):
        content = file.gzipped
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=file.media, headers=headers)


ROUTES = (
    HTTPRouteHandler(["/", "/{path:path}"], http_method=["GET", "HEAD"], status_code=200)(
        show_page
    ),
)
