"""Say what happened to what: the page of a resource lists the runs that touched it."""

from peninsula import emit_event, flow


@flow
def load() -> str:
    """Then: peninsula resource inspect s3://lake/orders.csv."""
    event = emit_event("orders.loaded", "s3://lake/orders.csv", payload={"rows": 3})
    return event.resource.id


if __name__ == "__main__":
    print(load())
