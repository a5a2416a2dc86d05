"""A flow run is named by a template of its parameters."""

from peninsula import flow, runtime


@flow(flow_run_name="load-{day}-{count:03d}")
def load(day: str, count: int = 7):
    return runtime.flow_run.name


def main():
    return load("monday")
