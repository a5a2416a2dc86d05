"""A task runner bounds how many run at once."""

import threading
import time

from peninsula import flow, task
from peninsula.task_runners import ThreadPoolTaskRunner

running, most = set(), []


@task
def work(number):
    running.add(number)
    most.append(len(running))
    time.sleep(0.05)
    running.discard(number)
    return number


@flow(task_runner=ThreadPoolTaskRunner(max_workers=2))
def run():
    return work.map(range(6)).result()


def main():
    return [run(), max(most)]
