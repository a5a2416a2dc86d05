"""exponential_backoff gives the delays of the retries."""

from peninsula import task
from peninsula.tasks import exponential_backoff


@task(retries=3, retry_delay_seconds=exponential_backoff(backoff_factor=10))
def work():
    return 1


def main():
    return [exponential_backoff(backoff_factor=2)(3), work.retries]
