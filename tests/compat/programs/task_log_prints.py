"""print in a task with log_prints does not disturb it."""

from peninsula import flow, get_run_logger, task


@task(log_prints=True)
def say():
    print("hello")
    get_run_logger().info("from the logger")
    return "said"


@flow
def run():
    return say()


def main():
    return run()
