"""A flow has a name, a description and a version."""

from peninsula import flow


@flow(name="nightly load", description="Loads.", version="3")
def load():
    """Not this."""


@flow
def read_all_orders():
    """Reads them."""


def main():
    return [
        load.name,
        load.description,
        load.version,
        read_all_orders.name,
        read_all_orders.description,
    ]
