"""States say what they are."""

from peninsula.states import Cancelled, Completed, Crashed, Failed, Pending, Running, Scheduled


def main():
    states = [Scheduled(), Pending(), Running(), Completed(), Failed(), Crashed(), Cancelled()]
    return [[s.name, s.type.value, s.is_final(), s.is_completed(), s.is_failed()] for s in states]
