"""The flights example, run as its readers run it: what it writes, says and how it fails.

Every test reads one of two runs, of the whole year and of the broken variant. Each run has a home
of its own, so what is asked of its records afterwards (runs, edges, logs) is asked of `home`.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from tests.support.processes import python

EXAMPLE = Path(__file__).parents[2] / "examples" / "flights"


@dataclass(frozen=True, kw_only=True)
class Example:
    """A finished run of a script of the example."""

    exit_code: int
    output: str
    home: Path
    out: Path

    def query(self, sql: str) -> list[tuple]:
        """Ask the SQLite report."""
        with closing(sqlite3.connect(self.out / "report.sqlite")) as database:
            return database.execute(sql).fetchall()


@pytest.fixture(scope="module")
def run_example(tmp_path_factory: pytest.TempPathFactory):
    """Run a script of the example to its end, with no server and in a home of its own."""

    def run(script: str, *arguments: str) -> Example:
        folder = tmp_path_factory.mktemp("example")
        out, home = folder / "out", folder / "home"
        env = {"PENINSULA_HOME": str(home), "HOME": str(folder)}
        with python(EXAMPLE / script, "--out", out, *arguments, env=env, cwd=folder) as program:
            exit_code = program.wait()
            return Example(exit_code=exit_code, output=program.output, home=home, out=out)

    return run


@pytest.fixture(scope="module")
def year(run_example) -> Example:
    """The pipeline over all of 2013."""
    example = run_example("flights.py")
    assert example.exit_code == 0, example.output
    return example


@pytest.fixture(scope="module")
def broken(run_example) -> Example:
    """The pipeline over weather that was delivered twice."""
    return run_example("broken.py")


@pytest.fixture(scope="module")
def published() -> pl.DataFrame:
    """The flights as the data folder has them."""
    return pl.read_parquet(EXAMPLE / "data" / "flights.parquet")


def test_every_flight_is_joined_once(year, published):
    """The joined Parquet has the published flights, no more and no fewer, with 16 more columns."""
    joined = pl.read_parquet(year.out / "flights.parquet")
    assert joined.shape == (336_776, published.width + 16)
    key = ["time_hour", "carrier", "flight"]
    assert joined.select(published.columns).sort(key).equals(published.sort(key))


@pytest.mark.parametrize("table", ["carrier_hour", "origin_weather", "destination", "plane_age"])
def test_each_table_of_the_report_counts_every_flight(year, table):
    """However the flights are grouped, they add up."""
    columns = ["flights", "cancelled", "arrived", "late", "delay_minutes"]
    sums = ", ".join(f"SUM({column})" for column in columns)
    totals = year.query(f"SELECT {sums} FROM {table}")
    assert totals == [(336_776, 8_255, 327_346, 80_100, 2_257_174)]


def test_report_has_the_carriers_delays(year, published):
    """Each carrier's flights and mean delay are what adding them up by hand gives."""
    flown, delays = defaultdict(int), defaultdict(list)
    for carrier, delay in published.select("carrier", "arr_delay").iter_rows():
        flown[carrier] += 1
        if delay is not None:
            delays[carrier].append(delay)
    reported = year.query("SELECT carrier, flights, mean_delay FROM carriers")
    assert len(reported) == 16
    for carrier, flights, mean in reported:
        assert flights == flown[carrier]
        assert mean == pytest.approx(sum(delays[carrier]) / len(delays[carrier]), abs=0.005)


def test_report_knows_origins_and_the_worst_carrier(year):
    """Three airports; Frontier arrives latest, as is known of this data."""
    assert {origin for (origin,) in year.query("SELECT origin FROM origins")} == {
        "EWR",
        "JFK",
        "LGA",
    }
    assert year.query("SELECT airline, mean_delay FROM carriers LIMIT 1") == [
        ("Frontier Airlines Inc.", 21.92)
    ]


def test_report_lists_what_is_odd_in_the_data(year):
    """The findings name the impossible wind and the flights that find no plane or airport."""
    warnings = year.query("SELECT message FROM findings WHERE level = 'WARNING'")
    text = "\n".join(message for (message,) in warnings)
    assert "wind_speed is 1048.36 to 1048.36 in 1 of 26,115 rows" in text
    assert "50,094 rows (15.0%) find no planes" in text
    assert "7,602 rows (2.3%) find no airports" in text
    assert "1,556 rows (0.5%) find no weather" in text


def test_chart_is_a_picture(year):
    """The chart is a whole PNG file."""
    content = (year.out / "delays.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert content.endswith(b"IEND\xaeB`\x82")


def test_weather_is_read_at_the_third_attempt(year):
    """Two attempts meet a half-uploaded file, the third reads all of it."""
    arrived = [line for line in year.output.splitlines() if "bytes arrived" in line]
    assert [line.partition("weather.parquet: ")[2] for line in arrived] == [
        "75,968 of 227,906 bytes arrived",
        "151,937 of 227,906 bytes arrived",
        "227,906 of 227,906 bytes arrived",
    ]


def test_log_says_what_the_checks_found(year):
    """Warnings reach the terminal of the person who runs the script."""
    assert "wind_speed is 1048.36" in year.output
    assert "the report agrees with flights.parquet" in year.output


def test_each_file_that_was_read_or_written_is_a_resource(year):
    """The next command lists them: five tables, and what was made of them."""
    env = {"PENINSULA_HOME": str(year.home)}
    with python("-m", "peninsula", "resource", "ls", "--json", env=env) as program:
        assert program.wait() == 0
        listed = {one["id"]: one["name"] for one in json.loads(program.output)}
    tables = ["airlines", "airports", "flights", "planes", "weather"]
    read = [EXAMPLE / "data" / f"{table}.parquet" for table in tables]
    written = [year.out / name for name in ("flights.parquet", "delays.png", "report.sqlite")]
    for path in (*read, *written):
        assert listed[path.resolve().as_uri()] == path.name


def test_one_month_is_a_report_of_its_own(run_example):
    """With --month, only that month is read, joined and reported."""
    january = run_example("flights.py", "--month", "1")
    assert january.exit_code == 0, january.output
    assert january.query("SELECT SUM(flights) FROM carriers") == [(27_004,)]


def test_broken_weather_fails_with_the_reason(broken):
    """The check names the table, the key and the first row that repeats one."""
    assert broken.exit_code == 1
    assert "2,226 of 4,452 rows repeat a key (origin, time_hour)" in broken.output
    assert "EWR 2013-01-01T06:00Z" in broken.output


def test_broken_weather_is_of_the_month_that_is_asked_for(run_example):
    """As the pipeline itself, it takes --month."""
    february = run_example("broken.py", "--month", "2")
    assert february.exit_code == 1
    assert "repeat a key (origin, time_hour), the first EWR 2013-02-01T" in february.output


def test_broken_weather_reaches_no_report(broken):
    """What follows a failed check never starts: nothing wrong is written."""
    assert [path.name for path in broken.out.iterdir()] == ["broken-data"]
