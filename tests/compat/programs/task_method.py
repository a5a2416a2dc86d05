"""A method is a task as well."""

from peninsula import flow, task


class Loader:
    def __init__(self, factor):
        self.factor = factor

    @task
    def load(self, number):
        return number * self.factor


@flow
def run():
    return Loader(3).load(2)


def main():
    return run()
