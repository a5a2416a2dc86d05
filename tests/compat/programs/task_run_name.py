"""A task run is named by a template, or by a function."""

from peninsula import flow, runtime, task


def by_function():
    return "made-" + runtime.task_run.parameters["day"]


@task(task_run_name="load-{day}")
def templated(day):
    return runtime.task_run.name


@task(task_run_name=by_function)
def made(day):
    return runtime.task_run.name


@flow
def run():
    return [templated("monday"), made("tuesday")]


def main():
    return run()
