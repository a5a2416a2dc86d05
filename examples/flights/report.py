"""Write the report: one SQLite table for each aggregate, and views with the rates."""

import logging
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import polars as pl
from checks import Finding

RATES = """
    SUM(flights) AS flights,
    ROUND(100.0 * SUM(cancelled) / SUM(flights), 2) AS cancelled_percent,
    ROUND(100.0 * SUM(late) / SUM(arrived), 2) AS late_percent,
    ROUND(1.0 * SUM(delay_minutes) / SUM(arrived), 2) AS mean_delay
"""
"""Of any group of rows: the tables hold sums only, so every coarser group can be had from them."""

VIEWS = {
    "carriers": ("carrier_hour", "carrier, airline"),
    "hours": ("carrier_hour", "hour"),
    "origins": ("origin_weather", "origin"),
    "conditions": ("origin_weather", "conditions"),
    "destinations": ("destination", "dest, dest_name"),
    "plane_ages": ("plane_age", "plane_age"),
}

LEAST_FLIGHTS = 100
"""A carrier with fewer flights is not called the worst."""


def write(path: Path, tables: dict[str, pl.DataFrame], findings: Iterable[Finding]) -> None:
    """Write the report beside its place and move it there, so no reader meets half of one."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with closing(sqlite3.connect(part)) as database, database:
        for name, table in tables.items():
            insert(database, name, table)
        insert(database, "findings", listed(findings))
        for name, (table, group) in VIEWS.items():
            select = f"SELECT {group}, {RATES} FROM {table} GROUP BY {group}"  # noqa: S608 ours
            database.execute(f"CREATE VIEW {name} AS {select} ORDER BY mean_delay DESC")
    part.replace(path)


def insert(database: sqlite3.Connection, name: str, table: pl.DataFrame) -> None:
    """Create a table and fill it."""
    columns = ", ".join(table.columns)
    places = ", ".join("?" * table.width)
    database.execute(f"CREATE TABLE {name} ({columns})")
    insertion = f"INSERT INTO {name} VALUES ({places})"  # noqa: S608 the names are ours
    database.executemany(insertion, table.iter_rows())


def listed(findings: Iterable[Finding]) -> pl.DataFrame:
    """Lay the findings out as a table."""
    rows = [(found.table, logging.getLevelName(found.level), found.message) for found in findings]
    return pl.DataFrame(rows, schema=["about", "level", "message"], orient="row")


def flights_by_table(path: Path) -> dict[str, int]:
    """Count the flights in each table of the report."""
    tables = sorted({table for table, _ in VIEWS.values()})
    sums = [f"SELECT SUM(flights) FROM {table}" for table in tables]  # noqa: S608 ours
    with closing(sqlite3.connect(path)) as database:
        return {
            table: database.execute(select).fetchone()[0]
            for table, select in zip(tables, sums, strict=True)
        }


def highlights(path: Path) -> dict[str, int | float | str]:
    """Pick what a reader wants first, above all the carrier that arrives latest on average."""
    worst = """
        SELECT airline, mean_delay FROM carriers
        WHERE flights >= ? ORDER BY mean_delay DESC LIMIT 1
    """
    warnings = "SELECT COUNT(*) FROM findings WHERE level = 'WARNING'"
    with closing(sqlite3.connect(path)) as database:
        carriers = database.execute("SELECT COUNT(*) FROM carriers").fetchone()[0]
        airline, mean_delay = database.execute(worst, [LEAST_FLIGHTS]).fetchone()
        return {
            "carriers": carriers,
            "worst_carrier": airline,
            "worst_mean_delay": mean_delay,
            "warnings": database.execute(warnings).fetchone()[0],
        }
