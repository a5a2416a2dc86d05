"""Hello, world, by DBOS."""

import os

from dbos import DBOS

DBOS(config={"name": "hello", "system_database_url": os.environ["BENCH_DATABASE_URL"]})


@DBOS.step()
def greet(name: str) -> str:
    """Make a greeting."""
    return f"Hello, {name}!"


@DBOS.workflow()
def hello(name: str) -> None:
    """Greet."""
    print(greet(name))


if __name__ == "__main__":
    DBOS.launch()
    hello("world")
    DBOS.destroy()
