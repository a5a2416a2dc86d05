"""Results may be serialized as JSON."""

from peninsula import flow, task


@task(persist_result=True, result_serializer="json")
def work():
    return [1, "two", None]


@flow
def run():
    return work.submit().result()


def main():
    return run()
