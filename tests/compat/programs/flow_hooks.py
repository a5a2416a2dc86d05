"""Hooks hear of the final state."""

from peninsula import flow

heard = []


def completed(flow, flow_run, state):
    heard.append(["completed", flow.name, state.name])


def failed(flow, flow_run, state):
    heard.append(["failed", flow.name, state.type.value])


@flow(on_completion=[completed], on_failure=[failed])
def good():
    return 1


@flow(on_completion=[completed], on_failure=[failed])
def bad():
    raise ValueError


def main():
    good()
    bad(return_state=True)
    return heard
