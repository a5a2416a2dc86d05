"""runtime tells the names of what runs."""

from peninsula import flow, runtime, task


@task
def inside():
    return [runtime.flow_run.flow_name, runtime.task_run.task_name, runtime.flow_run.parameters]


@flow(name="outer")
def run(day="monday"):
    return inside()


def main():
    return [run(), runtime.flow_run.id, runtime.task_run.name]
