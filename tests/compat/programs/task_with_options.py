"""with_options changes a copy of a task."""

from peninsula import flow, task


@task(name="plain", retries=1)
def work(value):
    return value


@flow
def run():
    other = work.with_options(name="other", retries=4, tags=["a"])
    return [work.name, work.retries, other.name, other.retries, sorted(other.tags), other(5)]


def main():
    return run()
