"""Try again what fails: with delays that grow, and only where it makes sense."""

from peninsula import flow, task
from peninsula.tasks import exponential_backoff

answers = iter([503, 503, 200])


def is_worth_it(task, task_run, state) -> bool:
    """Tell whether the failure may pass by itself."""
    return "503" in str(state.message)


@task(
    retries=3,
    retry_delay_seconds=exponential_backoff(backoff_factor=0.01),
    retry_jitter_factor=0.5,
    retry_condition_fn=is_worth_it,
)
def call() -> int:
    """Fail twice."""
    status = next(answers)
    if status != 200:
        raise ConnectionError(f"the server answers {status}")
    return status


@flow
def ask() -> int:
    """The log says what was tried."""
    return call()


if __name__ == "__main__":
    print(ask())
