"""Hooks of a task hear of its final state."""

from peninsula import flow, task

heard = []


@task
def good():
    return 1


@good.on_completion
def completed(task, task_run, state):
    heard.append([task.name, state.name])


@task
def bad():
    raise ValueError


@bad.on_failure
def failed(task, task_run, state):
    heard.append([task.name, state.type.value])


@flow
def run():
    good()
    bad(return_state=True)


def main():
    run()
    return heard
