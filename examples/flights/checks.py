"""Check the tables: rows, columns, keys, nulls, ranges, and how well they join."""

import logging
from dataclasses import dataclass, field

import polars as pl


class DataQualityError(ValueError):
    """A table is so wrong that the report would be."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing the checks saw, with a level of `logging`."""

    table: str
    level: int
    message: str


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a table must look like for one month or for the year."""

    key: list[str]
    least_rows: int
    nulls: dict[str, float] = field(default_factory=dict)
    """The share of nulls each column may have."""
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Values outside are no error: the join sets the weather's aside."""

    @property
    def columns(self) -> set[str]:
        """The columns the rules, and so the pipeline, cannot do without."""
        return {*self.key, *self.nulls, *self.ranges}


@dataclass(frozen=True, kw_only=True)
class Reference:
    """Rows of one table that name a row of another."""

    table: str
    to: str
    on: dict[str, str]
    least: float
    """The share of rows that must find theirs. Why it is not 1: see data/README.md."""


RULES = {
    "flights": Rules(
        key=["time_hour", "carrier", "flight"],
        least_rows=20_000,
        nulls={"origin": 0, "dest": 0, "dep_time": 0.1, "arr_delay": 0.1, "tailnum": 0.05},
        ranges={"dep_delay": (-60, 1440), "arr_delay": (-120, 1440), "hour": (0, 23)},
    ),
    "weather": Rules(
        key=["origin", "time_hour"],
        least_rows=1_900,
        nulls={"visib": 0.01, "precip": 0.01, "temp": 0.01, "wind_speed": 0.01, "pressure": 0.2},
        ranges={"temp": (-30, 120), "wind_speed": (0, 120), "visib": (0, 10), "precip": (0, 5)},
    ),
    "planes": Rules(
        key=["tailnum"],
        least_rows=3_000,
        nulls={"engine": 0, "seats": 0, "year": 0.05},
        ranges={"year": (1950, 2013), "seats": (1, 600)},
    ),
    "airports": Rules(key=["faa"], least_rows=1_000, nulls={"name": 0, "tzone": 0.01}),
    "airlines": Rules(key=["carrier"], least_rows=10, nulls={"name": 0}),
}

REFERENCES = [
    Reference(table="flights", to="airlines", on={"carrier": "carrier"}, least=1),
    Reference(table="flights", to="airports", on={"origin": "faa"}, least=1),
    Reference(table="flights", to="airports", on={"dest": "faa"}, least=0.95),
    Reference(table="flights", to="planes", on={"tailnum": "tailnum"}, least=0.8),
    Reference(
        table="flights",
        to="weather",
        on={"origin": "origin", "time_hour": "time_hour"},
        least=0.95,
    ),
]


def check_table(name: str, table: pl.DataFrame) -> list[Finding]:
    """Hold one table against its rules."""
    rules = RULES[name]
    missing = rules.columns.difference(table.columns)
    if missing:
        named = ", ".join(sorted(missing))
        return [error(name, f"no column {named}; its columns are {', '.join(table.columns)}")]
    return [
        *check_rows(name, table, rules),
        *check_key(name, table, rules),
        *check_nulls(name, table, rules),
        *check_ranges(name, table, rules),
    ]


def check_rows(name: str, table: pl.DataFrame, rules: Rules) -> list[Finding]:
    """Tell the size; a table that is too short was cut off somewhere before us."""
    if table.height < rules.least_rows:
        message = f"only {table.height:,} rows, at least {rules.least_rows:,} expected"
        return [error(name, message)]
    return [info(name, f"{table.height:,} rows")]


def check_key(name: str, table: pl.DataFrame, rules: Rules) -> list[Finding]:
    """Find rows with the key of another row: a join on it would count flights twice."""
    repeated = table.filter(~pl.struct(rules.key).is_first_distinct()).select(rules.key)
    if repeated.is_empty():
        return []
    first = " ".join(readable(repeated.head(1)).row(0))
    counted = f"{repeated.height:,} of {table.height:,} rows"
    return [error(name, f"{counted} repeat a key ({', '.join(rules.key)}), the first {first}")]


def check_nulls(name: str, table: pl.DataFrame, rules: Rules) -> list[Finding]:
    """Count the nulls, and compare each column's share with what it may have."""
    nulls = {column: table[column].null_count() for column in rules.nulls}
    shares = {column: count / max(table.height, 1) for column, count in nulls.items()}
    counted = ", ".join(f"{column} {count:,}" for column, count in nulls.items() if count)
    findings = [info(name, f"nulls: {counted}")] if counted else []
    for column, most in rules.nulls.items():
        if shares[column] > most:
            message = f"{column} is null in {shares[column]:.1%} of rows, {most:.1%} allowed"
            findings.append(error(name, message))
    return findings


def check_ranges(name: str, table: pl.DataFrame, rules: Rules) -> list[Finding]:
    """Find values that no instrument or timetable can have meant."""
    findings = []
    for column, (low, high) in rules.ranges.items():
        outside = table.filter(~pl.col(column).is_between(low, high))[column]
        if len(outside):
            found = f"{column} is {outside.min():g} to {outside.max():g}"
            counted = f"in {len(outside):,} of {table.height:,} rows"
            findings.append(warning(name, f"{found} {counted}, {low} to {high} expected"))
    return findings


def check_references(tables: dict[str, pl.DataFrame]) -> list[Finding]:
    """Measure for each reference how many rows find the row they name."""
    return [finding for reference in REFERENCES for finding in check_reference(reference, tables)]


def check_reference(reference: Reference, tables: dict[str, pl.DataFrame]) -> list[Finding]:
    """Measure one reference, and name what is missing most. A null names nothing."""
    columns, others = list(reference.on), list(reference.on.values())
    naming = tables[reference.table].drop_nulls(columns)
    lost = naming.join(tables[reference.to], left_on=columns, right_on=others, how="anti")
    if lost.is_empty():
        return []
    share = lost.height / naming.height
    counted = f"{lost.height:,} rows ({share:.1%}) find no {reference.to} by {', '.join(columns)}"
    message = f"{counted}; most often {most_of(lost, columns)}"
    level = warning if share <= 1 - reference.least else error
    return [level(reference.table, message)]


def most_of(rows: pl.DataFrame, columns: list[str]) -> str:
    """Name the values that occur most, with their counts."""
    counts = readable(rows.select(columns)).group_by(columns).len()
    most = counts.sort("len", *columns, descending=[True, *(False for _ in columns)]).head(3)
    return ", ".join(f"{' '.join(names)} ({count:,})" for *names, count in most.rows())


def readable(rows: pl.DataFrame) -> pl.DataFrame:
    """Turn all values into text, times to the minute."""
    return rows.with_columns(pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%MZ")).cast(pl.String)


def errors_of(findings: list[Finding]) -> str:
    """Join what the errors say, or return an empty text."""
    errors = [finding for finding in findings if finding.level == logging.ERROR]
    return "; ".join(f"{finding.table}: {finding.message}" for finding in errors)


def info(table: str, message: str) -> Finding:
    """Make a finding that is as expected."""
    return Finding(table=table, level=logging.INFO, message=message)


def warning(table: str, message: str) -> Finding:
    """Make a finding that the report can live with."""
    return Finding(table=table, level=logging.WARNING, message=message)


def error(table: str, message: str) -> Finding:
    """Make a finding that stops the pipeline."""
    return Finding(table=table, level=logging.ERROR, message=message)
