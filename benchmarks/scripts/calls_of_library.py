"""Use a system through a client library in a loop, in one flow run, and say what one use costs."""

import json
import sys
import time
from collections.abc import Callable

from peninsula import flow

FIRST = 200
"""Calls that do not count: connections, caches, and those that are told one by one."""


def of_requests(url: str) -> Callable[[], object]:
    """Return a request by requests."""
    import requests  # noqa: PLC0415  each process uses one library

    session = requests.Session()
    return lambda: session.get(f"{url}/orders", timeout=60).content


def of_httpx(url: str) -> Callable[[], object]:
    """Return a request by httpx."""
    import httpx  # noqa: PLC0415  as above

    client = httpx.Client(base_url=url)
    return lambda: client.get("/orders").content


def of_botocore(url: str) -> Callable[[], object]:
    """Return the read of an object by botocore."""
    import boto3  # noqa: PLC0415  as above

    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
    client = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **keys)

    def read() -> object:
        return client.get_object(Bucket="lake", Key="raw/orders.csv")["Body"].read()

    return read


def of_sqlalchemy(_: str) -> Callable[[], object]:
    """Return a query by SQLAlchemy, of SQLite."""
    import sqlalchemy  # noqa: PLC0415  as above

    connection = sqlalchemy.create_engine("sqlite://").connect()
    query = sqlalchemy.text("SELECT 1")
    return lambda: connection.execute(query).all()


LIBRARIES = {
    "botocore": of_botocore,
    "httpx": of_httpx,
    "requests": of_requests,
    "sqlalchemy": of_sqlalchemy,
}


@flow
def uses(library: str, url: str, count: int) -> None:
    """Say how much of the processor's time one use took, in microseconds."""
    use = LIBRARIES[library](url)
    for _ in range(FIRST):
        use()
    started = time.process_time()
    for _ in range(count):
        use()
    print("SAID", json.dumps((time.process_time() - started) / count * 1e6), flush=True)


if __name__ == "__main__":
    uses(sys.argv[1], sys.argv[2], int(sys.argv[3]))
