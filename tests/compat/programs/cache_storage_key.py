"""result_storage_key is a template; a known one is taken."""

import uuid

from peninsula import flow, task

KEY = uuid.uuid4().hex
calls = []


@task(persist_result=True, result_storage_key=KEY + "-{parameters[day]}")
def work(day):
    calls.append(day)
    return day


@flow
def run():
    return [work("monday"), work("monday"), work("sunday"), calls]


def main():
    return run()
