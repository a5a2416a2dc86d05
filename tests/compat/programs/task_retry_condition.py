"""retry_condition_fn decides whether to try again."""

from peninsula import flow, task

attempts = []


def only_first(task, task_run, state):
    return len(attempts) < 2


@task(retries=5, retry_condition_fn=only_first)
def broken():
    attempts.append(1)
    raise ValueError


@flow
def run():
    return [broken(return_state=True).name, len(attempts)]


def main():
    return run()
