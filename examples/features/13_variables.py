"""Read settings that people change without a deployment."""

from peninsula import flow
from peninsula.variables import Variable


@flow
def nightly() -> list[str]:
    """`peninsula variable set regions '["eu"]'` would do it as well."""
    Variable.set("regions", ["eu", "us"], overwrite=True)
    return Variable.get("regions", default=[])


if __name__ == "__main__":
    print(nightly())
