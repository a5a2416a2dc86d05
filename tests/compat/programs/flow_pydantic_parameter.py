"""A dict becomes the pydantic model that a parameter is."""

from pydantic import BaseModel

from peninsula import flow


class Order(BaseModel):
    number: int
    tags: list[str] = []


@flow
def read(order: Order):
    return [type(order).__name__, order.number, order.tags]


def main():
    return read({"number": "7", "tags": ["new"]})
