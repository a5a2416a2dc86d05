"""Speak with the API server of a Kubernetes cluster: paths of objects, and its answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from peninsula.core.errors import ForbiddenError, NotFoundError
from peninsula.kube.access import Access
from peninsula.kube.answers import login, refused
from peninsula.kube.resources import Resource
from peninsula.sdk.outside.around import moved

__all__ = ["KubeApi"]

PAGE: Final = 500
"""Objects that one request asks for."""


class KubeApi:
    """An API server, and what is known of its cluster."""

    def __init__(self, access: Access, timeout: float) -> None:
        import httpx  # noqa: PLC0415  weight

        self.namespace = access.namespace
        self.client = httpx.Client(
            base_url=access.server,
            verify=access.verify,
            auth=login(access),
            headers={"Accept": "application/json"},
            timeout=timeout,
        )
        self._cluster: str | None = None
        self._resources: dict[str, list[Resource]] = {}

    @property
    def address(self) -> str:
        """Where the cluster is, or which one it is once that is known."""
        url = self.client.base_url
        return self._cluster or f"kubernetes://{url.netloc.decode()}"

    def cluster(self) -> str:
        """Return which cluster it is, whatever its address: by the id of its first namespace."""
        if self._cluster is None:
            try:
                found = self.ask("GET", "/api/v1/namespaces/kube-system")
            except (ForbiddenError, NotFoundError):
                self._cluster = self.address
            else:
                self._cluster = f"kubernetes://{found['metadata']['uid']}"
        return self._cluster

    def resource(self, api_version: str, kind: str) -> Resource:
        """Return the kind of that name, `Pod` or `pods`. Raises NotFoundError."""
        if api_version not in self._resources:
            self._resources[api_version] = list(self._known(api_version))
        for each in self._resources[api_version]:
            if kind in {each.kind, each.plural}:
                return each
        msg = f"{self.address} knows no {kind!r} in {api_version!r}. Give another `api_version`."
        raise NotFoundError(msg)

    def _known(self, api_version: str) -> Iterator[Resource]:
        path = f"/{'apis' if '/' in api_version else 'api'}/{quote(api_version)}"
        for each in self.ask("GET", path)["resources"]:
            if "/" not in each["name"]:  # else a part of objects, as `pods/log`
                yield Resource(path, each["name"], each["kind"], each["namespaced"])

    def all(self, path: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """Give all objects at a path, page by page."""
        following: str | None = ""
        while following is not None:
            query = parameters | {"limit": str(PAGE), "continue": following}
            page = self.ask("GET", path, query={k: v for k, v in query.items() if v})
            yield from page["items"]
            following = page["metadata"].get("continue") or None

    def ask(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        """Return what the server answers; a refusal is an error with what it said."""
        answer = self.client.request(method, path, params=query, json=body)
        moved(bytes=len(answer.content))
        if answer.is_success:
            return answer.json()
        raise refused(answer.status_code, answer.content)
