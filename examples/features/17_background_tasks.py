"""Hand work to task workers: it is done in the background, by whoever serves the task.

Serve it, each of these in a terminal of its own, before or after this program:

    peninsula server start
    peninsula task serve 17_background_tasks.py
"""

from peninsula import task


@task(retries=3, retry_delay_seconds=10)
def send_mail(to: str) -> str:
    """Send a mail, some time soon."""
    return f"sent to {to}"


if __name__ == "__main__":
    futures = [send_mail.delay(to) for to in ("ada@example.org", "joan@example.org")]
    print([future.state.name for future in futures])
    # The result, once a worker has run it: futures[0].result()
