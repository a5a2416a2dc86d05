"""A cluster of Kubernetes: its objects, had and listed, made and deleted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pydantic import Field, PrivateAttr, SecretStr

from peninsula.blocks.awaiting import awaited
from peninsula.blocks.base import Block
from peninsula.blocks.kept import Kept
from peninsula.blocks.kube_api import KubeApi
from peninsula.blocks.methods import unobserved
from peninsula.blocks.paths import at
from peninsula.core.errors import InvalidError
from peninsula.kube.access import from_pod, from_text, read_usual_file
from peninsula.kube.resources import address_of
from peninsula.sdk import masks
from peninsula.sdk.outside.around import moved

if TYPE_CHECKING:
    import httpx

__all__ = ["KubernetesCluster"]


class KubernetesCluster(Block):
    """A cluster of Kubernetes: one that a kubeconfig names, or the one that this process runs in.

    Objects are dicts, as Kubernetes writes them. Methods have an `a…` form for coroutines.

    >>> cluster = KubernetesCluster.from_file()
    >>> cluster.list_objects("Pod", label_selector="app=shop")
    >>> cluster.get_object("Deployment", "shop", api_version="apps/v1")["status"]
    """

    _block_type_name = "Kubernetes Cluster"
    _block_type_slug = "kubernetes-cluster"

    kubeconfig: SecretStr | None = None
    """What `kubectl config view --flatten --raw` prints; without it, what a pod is told."""
    context: str | None = None
    """Of the kubeconfig; by default its current one."""
    namespace: str | None = None
    """Where nothing else is said; by default that of the context, or of the pod."""
    timeout_seconds: float = Field(default=30, gt=0)
    """For connecting, and for each answer."""

    _api: Kept[KubeApi] = PrivateAttr(default_factory=Kept)

    @classmethod
    def from_file(cls, path: str | Path | None = None, context: str | None = None) -> Self:
        """Return a block with the content of a file, by default of the one that kubectl uses.

        Files that it names have to be there when the block is used. Raises NotFoundError.
        """
        return cls(kubeconfig=SecretStr(read_usual_file(path)), context=context)

    def _system(self) -> str | None:
        try:
            return self._server().address
        except (InvalidError, OSError):
            return None  # the call itself says what is wrong

    def _server(self) -> KubeApi:
        return self._api.get((self.kubeconfig, self.context, self.timeout_seconds), self._connected)

    def _connected(self) -> KubeApi:
        text = self.kubeconfig
        access = from_pod() if text is None else from_text(text.get_secret_value(), self.context)
        masks.learn([*access.secrets()])
        return KubeApi(access, self.timeout_seconds)

    @unobserved
    def get_client(self) -> httpx.Client:
        """Return a client of httpx that the API server knows, for all else: `get("/version")`.

        What it does is not seen as this block's.
        """
        return self._server().client

    # --- objects ---------------------------------------------------------------------------------

    def get_object(
        self, kind: str, name: str, namespace: str | None = None, api_version: str = "v1"
    ) -> dict[str, Any]:
        """Return an object.

        Args:
            kind: `Pod` or `pods`.
            name: Of the object.
            namespace: Where it is; by default the block's.
            api_version: Group and version of the kind: `apps/v1`.

        Raises:
            NotFoundError: There is no such object, or no such kind.
            ForbiddenError: One may not, and so for other refusals of the API server.
        """
        with self._about(kind, api_version, namespace, name) as (api, url):
            found: dict[str, Any] = api.ask("GET", url)
        return found

    def list_objects(
        self,
        kind: str,
        namespace: str | None = None,
        api_version: str = "v1",
        *,
        label_selector: str = "",
        field_selector: str = "",
        all_namespaces: bool = False,
    ) -> list[dict[str, Any]]:
        """Return the objects of a kind.

        Args:
            kind: `Pod` or `pods`.
            namespace: Where they are; by default the block's.
            api_version: Group and version of the kind: `apps/v1`.
            label_selector: Chooses among them: `app=shop,tier!=web`.
            field_selector: The same by fields: `status.phase=Failed`.
            all_namespaces: Return those of all namespaces.
        """
        with self._about(kind, api_version, namespace, everywhere=all_namespaces) as (api, url):
            found = list(api.all(url, labelSelector=label_selector, fieldSelector=field_selector))
        moved(rows=len(found))
        return found

    def create_object(
        self, manifest: Mapping[str, Any], namespace: str | None = None
    ) -> dict[str, Any]:
        """Make an object, and return it as it is then.

        Args:
            manifest: With its `apiVersion`, `kind` and `metadata`.
            namespace: Where it is to be, if the manifest does not say.

        Raises:
            ConflictError: There is one of that name.
            InvalidError: Kubernetes does not take it, and says why.
        """
        about = manifest.get("metadata") or {}
        missing = [name for name in ("apiVersion", "kind") if not manifest.get(name)]
        if missing:
            msg = f"The manifest has no {' and no '.join(missing)}. Write what it is to be."
            raise InvalidError(msg)
        where = about.get("namespace") or namespace
        name = about.get("name")
        with self._about(manifest["kind"], manifest["apiVersion"], where, name) as (api, url):
            made: dict[str, Any] = api.ask(
                "POST", url.rpartition("/")[0] if name else url, body=manifest
            )
        return made

    def delete_object(
        self,
        kind: str,
        name: str,
        namespace: str | None = None,
        api_version: str = "v1",
        *,
        propagation: str = "Background",
    ) -> None:
        """Have an object deleted: when it is gone, Kubernetes decides. Raises NotFoundError.

        Args:
            kind: `Pod` or `pods`.
            name: Of the object.
            namespace: Where it is; by default the block's.
            api_version: Group and version of the kind: `batch/v1`.
            propagation: What becomes of what it owns: `Background` or `Foreground` deletes that
                too, `Orphan` leaves it.
        """
        with self._about(kind, api_version, namespace, name) as (api, url):
            api.ask("DELETE", url, body={"propagationPolicy": propagation})

    @contextmanager
    def _about(
        self,
        kind: str,
        api_version: str,
        namespace: str | None,
        name: str | None = None,
        *,
        everywhere: bool = False,
    ) -> Iterator[tuple[KubeApi, str]]:
        """Find where objects are, and have the call be about them."""
        api = self._server()
        cluster = api.cluster()
        resource = api.resource(api_version, kind)
        where = None if everywhere else namespace or self.namespace or api.namespace
        with at(address_of(cluster, resource, where, name)):
            yield api, resource.url(where, name)

    # --- for coroutines --------------------------------------------------------------------------

    aget_object = awaited(get_object)
    alist_objects = awaited(list_objects)
    acreate_object = awaited(create_object)
    adelete_object = awaited(delete_object)
