"""A server that speaks S3, in this process, and buckets on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

__all__ = ["KEY", "SECRET", "Store", "start_store"]

KEY = "AKIAOFNOBODY"
SECRET = "s3cr3t/of+nobody"

_NUMBERS = count(1)


class Store:
    """A running server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=url,
            aws_access_key_id=KEY,
            aws_secret_access_key=SECRET,
            region_name="us-east-1",
        )

    def bucket(self) -> str:
        """Make a bucket, and return its name."""
        name = f"lake-{next(_NUMBERS)}"
        self.client.create_bucket(Bucket=name)
        return name


@contextmanager
def start_store() -> Iterator[Store]:
    """Run a server on a free port of loopback."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Store(f"http://{host}:{port}")
    finally:
        server.stop()
