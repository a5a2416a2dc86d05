"""Hello, world, by Peninsula."""

from peninsula import flow, task


@task
def greet(name: str) -> str:
    """Make a greeting."""
    return f"Hello, {name}!"


@flow
def hello(name: str = "world") -> None:
    """Greet."""
    print(greet(name))


if __name__ == "__main__":
    hello()
