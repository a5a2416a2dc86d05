"""Tags of a task and of the block around it go to its runs."""

from peninsula import flow, runtime, tags, task


@task(tags=["own"])
def which():
    return sorted(runtime.task_run.tags)


@flow
def run():
    with tags("around"):
        return which()


def main():
    return run()
