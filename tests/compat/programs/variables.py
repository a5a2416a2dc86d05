"""Variables hold JSON values."""

from peninsula.variables import Variable


def main():
    Variable.set("compat_test", {"a": [1, 2]}, overwrite=True)
    first = Variable.get("compat_test")
    missing = Variable.get("compat_none", default="nothing")
    Variable.set("compat_test", 5, overwrite=True)
    second = Variable.get("compat_test")
    Variable.unset("compat_test")
    return [first, missing, second, Variable.get("compat_test")]
