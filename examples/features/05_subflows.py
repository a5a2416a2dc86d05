"""Flows that call flows: each has a run of its own, with its tasks below it."""

from peninsula import flow, task


@task
def clean(row: str) -> str:
    """Strip a row."""
    return row.strip()


@flow(flow_run_name="load-{day}")
def load(day: str, rows: list[str]) -> int:
    """Be a flow of one day."""
    return len(clean.map(rows).result())


@flow
def week() -> int:
    """Load each day."""
    return sum(load(day, [" a ", "b "]) for day in ("monday", "tuesday"))


if __name__ == "__main__":
    print(week())
