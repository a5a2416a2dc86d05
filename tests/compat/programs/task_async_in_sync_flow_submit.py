"""An async task submitted in a sync flow gives its result."""

from peninsula import flow, task


@task
async def fetch(number):
    return number * 2


@flow
def run():
    return fetch.submit(4).result()


def main():
    return run()
