"""Report the delays of the flights that left New York in 2013: read, check, join, aggregate."""

import argparse
import io
from itertools import chain
from pathlib import Path
from typing import TypedDict

import chart
import checks
import joins
import landing
import polars as pl
import report

from peninsula import emit_event, flow, get_run_logger, runtime, tags, task, unmapped

HERE = Path(__file__).parent

REPORTS = {
    "carrier_hour": ["carrier", "airline", "hour"],
    "origin_weather": ["origin", "conditions"],
    "destination": ["dest_zone", "dest", "dest_name"],
    "plane_age": ["plane_age", "engine"],
}
"""The tables of the report, and the columns each is grouped by; the first is mapped over."""

LATE = 15
"""From how many minutes on the US Department of Transportation counts an arrival as late."""

SUMS = {
    "flights": pl.len(),
    "cancelled": pl.col("dep_time").null_count(),
    "arrived": pl.col("arr_delay").count(),
    "late": (pl.col("arr_delay") >= LATE).sum(),
    "delay_minutes": pl.col("arr_delay").sum(),
}


class Summary(TypedDict):
    """What a run of the pipeline comes to."""

    flights: int
    carriers: int
    worst_carrier: str
    worst_mean_delay: float
    warnings: int


@flow(name="flights")
def flights(
    month: int | None = None, data: Path = HERE / "data", out: Path = HERE / "output"
) -> Summary:
    """Turn the tables in `data`, of one month or the year, into the report in `out`."""
    out.mkdir(parents=True, exist_ok=True)
    names = ["flights", "planes", "airports", "airlines"]
    tables = {name: read_table.submit(name, data, month) for name in names}
    tables["weather"] = read_weather.submit(data, month)

    with tags("quality"):
        checked = [
            *check_table.map(list(tables), list(tables.values())),
            check_references.submit(tables),
        ]
    for check in checked:
        check.result()  # Stops the flow here, with the reason, if a table is unfit.

    joined = join.submit(tables, out / "flights.parquet", wait_for=checked)
    delays = {name: delays_by(name, keys, joined) for name, keys in REPORTS.items()}

    drawn = draw_chart.submit(delays["carrier_hour"], out / "delays.png")
    written = write_report.submit(delays, checked, out / "report.sqlite")
    summary = summarise.submit(written, joined)
    drawn.result()
    return summary.result()


@task(task_run_name="read-{name}")
def read_table(name: str, data: Path, month: int | None) -> pl.DataFrame:
    """Read a table from the landing zone; those with months, only the wanted one."""
    path = data / f"{name}.parquet"
    table = pl.read_parquet(path)
    tell("table.read", path, rows=table.height)
    return keep_month(name, table, month)


@task(task_run_name="read-weather", retries=3, retry_delay_seconds=0.2)
def read_weather(data: Path, month: int | None) -> pl.DataFrame:
    """Read the weather, which another team may still be uploading: then try again later."""
    path = data / "weather.parquet"
    content = landing.arrived(path, runtime.task_run.run_count)
    size = path.stat().st_size
    get_run_logger().info(
        "weather.parquet: %s of %s bytes arrived", f"{len(content):,}", f"{size:,}"
    )
    table = pl.read_parquet(io.BytesIO(content))
    tell("table.read", path, rows=table.height)
    return keep_month("weather", table, month)


def tell(event: str, path: Path, **facts: int) -> None:
    """Tell that a file was read or written: its page then lists the runs that did."""
    emit_event(event, {"id": path.resolve().as_uri(), "name": path.name}, payload=facts)


def keep_month(name: str, table: pl.DataFrame, month: int | None) -> pl.DataFrame:
    """Keep the rows of a month, and say how many those are."""
    kept = table.filter(month=month) if month and "month" in table.columns else table
    get_run_logger().info("%s: kept %s of %s rows", name, f"{kept.height:,}", f"{table.height:,}")
    return kept


@task(task_run_name="check-{name}")
def check_table(name: str, table: pl.DataFrame) -> list[checks.Finding]:
    """Fail if the table would make the report wrong."""
    return judged(checks.check_table(name, table))


@task
def check_references(tables: dict[str, pl.DataFrame]) -> list[checks.Finding]:
    """Fail if too many flights name a plane, airport, airline or hour that is not there."""
    return judged(checks.check_references(tables))


def judged(findings: list[checks.Finding]) -> list[checks.Finding]:
    """Log all findings, then stop at errors."""
    for found in findings:
        get_run_logger().log(found.level, "%s: %s", found.table, found.message)
    if errors := checks.errors_of(findings):
        raise checks.DataQualityError(errors)
    return findings


@task
def join(tables: dict[str, pl.DataFrame], target: Path) -> Path:
    """Write the flights with their weather, plane, airport and airline as Parquet."""
    joined = joins.join_tables(tables)
    joined.write_parquet(target)
    tell("table.written", target, rows=joined.height)
    get_run_logger().info("joined %s flights into %s columns", f"{joined.height:,}", joined.width)
    return target


@flow(name="delays-by", flow_run_name="delays-by-{name}")
def delays_by(name: str, keys: list[str], joined: Path) -> pl.DataFrame:
    """Sum up the joined flights by `keys`, in one task for each value of the first."""
    parts = find_parts.submit(joined, keys[0])
    sums = sum_delays.map(parts, unmapped(keys), unmapped(joined)).result()
    table = pl.concat(sums).sort(keys)
    get_run_logger().info("%s: %s rows from %s parts", name, f"{table.height:,}", len(sums))
    return table


@task
def find_parts(joined: Path, key: str) -> list[str]:
    """List the values of a column."""
    return pl.scan_parquet(joined).select(pl.col(key).unique().sort()).collect()[key].to_list()


@task(task_run_name="sum-{part}")
def sum_delays(part: str, keys: list[str], joined: Path) -> pl.DataFrame:
    """Sum up the flights of one part by `keys`."""
    flown = pl.scan_parquet(joined).filter(pl.col(keys[0]) == part)
    return flown.group_by(keys).agg(**SUMS).collect()


@task
def draw_chart(carrier_hour: pl.DataFrame, target: Path) -> Path:
    """Draw the delays by carrier and hour."""
    width, height = chart.draw(carrier_hour, target)
    tell("chart.drawn", target, width=width, height=height)
    get_run_logger().info("drew %s (%s x %s)", target, width, height)
    return target


@task
def write_report(
    delays: dict[str, pl.DataFrame], findings: list[list[checks.Finding]], target: Path
) -> Path:
    """Write the aggregates and the findings as a SQLite report."""
    report.write(target, delays, chain.from_iterable(findings))
    tell("report.written", target, size=target.stat().st_size)
    get_run_logger().info("wrote %s (%s bytes)", target, f"{target.stat().st_size:,}")
    return target


@task
def summarise(written: Path, joined: Path) -> Summary:
    """Compare the report with the flights it was made from, and say what it comes to."""
    flown = pl.scan_parquet(joined).select(pl.len()).collect().item()
    for table, counted in report.flights_by_table(written).items():
        if counted != flown:
            message = f"{table} has {counted:,} flights, {joined.name} {flown:,}"
            raise checks.DataQualityError(message)
    summary = Summary(flights=flown, **report.highlights(written))
    get_run_logger().info("the report agrees with %s: %s", joined.name, summary)
    return summary


def main() -> None:
    """Run the pipeline from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--month", type=int, help="1 to 12; all of 2013 if not given")
    parser.add_argument("--data", type=Path, default=HERE / "data", help="folder of the tables")
    parser.add_argument("--out", type=Path, default=HERE / "output", help="folder of the report")
    flights(**vars(parser.parse_args()))


if __name__ == "__main__":
    main()
