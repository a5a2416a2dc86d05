"""Use each method of each block of the library where nobody answers; a program for a test."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

from peninsula import blocks, flow, get_run_logger, task
from peninsula.blocks import Block
from peninsula.blocks.secrecy import secrets_in

TOLD = json.loads(os.environ["TOLD"])
NOWHERE = "127.0.0.1:1"

FEW = {"AzureBlobContainer": 0, "Redis": 2}
"""Methods that are called where a client tries again for long; all of others."""

KUBECONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "c",
    "clusters": [{"name": "k", "cluster": {"server": f"https://{NOWHERE}"}}],
    "users": [{"name": "u", "user": {"token": TOLD["kubernetes"]}}],
    "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
}


def made(secret):
    """Give a block of each type with secrets, one of its own in every field that takes one."""
    aws = blocks.AwsCredentials(
        aws_access_key_id="AKIA",
        aws_secret_access_key=secret["aws"],
        aws_session_token=secret["session"],
        region_name="eu-central-1",
        aws_client_parameters={"endpoint_url": f"http://{NOWHERE}"},
    )
    database = blocks.DatabaseCredentials(
        url=f"postgresql+psycopg://etl:{secret['database']}@{NOWHERE}/orders",
        secret_connect_args={"sslpassword": secret["connect"]},
    )
    azure = blocks.AzureBlobStorageCredentials(
        connection_string=f"AccountName=x;AccountKey={secret['azure']}"
    )
    begin, end = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
    gcp = blocks.GcpCredentials(
        service_account_info={
            "type": "service_account",
            "project_id": "p",
            "private_key_id": "1",
            "private_key": f"{begin}\n{secret['gcp']}\n{end}\n",
            "client_email": "x@y.iam",
            "client_id": "1",
            "token_uri": f"http://{NOWHERE}",
        }
    )
    git = blocks.GitCredentials(token=secret["git"])
    service = f"http://{NOWHERE}"
    yield blocks.Secret(value={"deep": [secret["secret"]]})
    yield blocks.S3Bucket(bucket_name="lake", credentials=aws)
    yield blocks.AzureBlobContainer(container_name="lake", credentials=azure)
    yield blocks.GcsBucket(bucket="lake", gcp_credentials=gcp)
    yield blocks.SqlDatabase(credentials=database)
    yield blocks.GitRepository(url=f"https://{NOWHERE}/orders.git", credentials=git)
    yield blocks.HttpService(
        base_url=service,
        token=secret["token"],
        secret_headers={"X-Key": secret["header"]},
        retries=0,
    )
    yield blocks.HttpService(base_url=service, username="u", password=secret["basic"], retries=0)
    yield blocks.Webhook(
        url=f"{service}/hooks/{secret['webhook']}?key={secret['query']}",
        headers={"X": secret["hooked"]},
        allow_private_urls=True,
    )
    yield blocks.Notification(
        url=f"json://me:{secret['notification']}@{NOWHERE}/in?token={secret['noted']}"
    )
    yield blocks.KubernetesCluster(kubeconfig=json.dumps(KUBECONFIG))
    yield blocks.DockerRegistry(registry_url=service, username="u", password=secret["registry"])
    yield blocks.Redis(host="127.0.0.1", port=1, password=secret["redis"], timeout_seconds=0.5)
    yield blocks.RemoteFileSystem(
        basepath=f"{service}/",
        secret_settings={"client_kwargs": {"headers": {"X": secret["remote"]}}},
    )
    yield blocks.ShellCommand(
        command='echo "says $S"; echo "fails with $S" >&2; exit 3',
        secret_env={"S": secret["shell"]},
    )


GIVEN = {
    "channel": "c",
    "chunk_size": 10,
    "command": "GET",
    "content": b"bytes",
    "fields": {"a": "b"},
    "kind": "pod",
    "manifest": {"kind": "Pod", "metadata": {"name": "x"}},
    "method": "GET",
    "name": "x",
    "rows": [{"a": 1}],
    "seconds": 3,
    "seq_of_parameters": [{"a": 1}],
}


def arguments(method, secret, folder):
    """Give what the method wants; texts among it have the secret."""
    for name, one in inspect.signature(method).parameters.items():
        if one.default is not one.empty or one.kind is one.VAR_KEYWORD:
            continue
        if name in GIVEN:
            yield GIVEN[name]
        elif "file_object" in name:
            yield (folder / "object").open("w+b")
        elif name == "bucket":
            yield blocks.S3Bucket(bucket_name="other")
        else:
            yield f"raw/{secret}"


async def awaited(result):
    """Await it, or enter it."""
    if inspect.iscoroutine(result):
        await result
    else:
        async with result as inner:
            await inner.aexecute("SELECT 1")


@task
def call(block, name, secret, folder):
    """Call the method, to its end."""
    method = getattr(block, name)
    result = method(*arguments(method, secret, folder))
    if inspect.iscoroutine(result) or hasattr(result, "__aenter__"):
        asyncio.run(awaited(result))
    elif isinstance(result, Iterator):
        list(result)
    elif hasattr(result, "__enter__"):
        with result as inner:
            inner.execute("SELECT 1")


@flow(log_prints=True)
def use(name, secret):
    """Log what each method fails with, and fail."""
    block = Block.load(name)
    folder = Path(mkdtemp(dir=Path.cwd()))
    print(block, repr(block))  # noqa: T201  logged as the flow's
    kind = type(block)
    methods = [
        each
        for each in dir(kind)
        if hasattr(inspect.getattr_static(kind, each), "__peninsula_observed__")
    ]
    for method in methods[: FEW.get(kind.__name__)]:
        try:
            call(block, method, secret, folder)
        except Exception:
            get_run_logger().exception("%s failed with %s", method, secret)
            logging.getLogger("driver").exception("It fails")
    address = f"postgresql://me:{TOLD['never told']}@db/orders"
    get_run_logger().warning("connects to %s", address)
    raise ConnectionError(f"no way to {address} by {secret}")


if __name__ == "__main__":
    for number, one in enumerate(made(TOLD)):
        slug = type(one).get_block_type_slug()
        one.save(f"block-{number}")
        first = "none" if slug == "azure-blob-container" else next(secrets_in(one))
        use(f"{slug}/block-{number}", first, return_state=True)
    print("All blocks were used.")  # noqa: T201  for the test
