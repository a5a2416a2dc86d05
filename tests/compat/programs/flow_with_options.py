"""with_options changes a copy."""

from peninsula import flow


@flow(retries=1)
def load():
    return 1


def main():
    other = load.with_options(name="other", retries=3)
    return [load.name, load.retries, other.name, other.retries, other()]
