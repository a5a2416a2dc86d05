"""Run the pipeline on bad data: the weather of a month was delivered twice.

The correction was appended where it should have replaced the first delivery. A join would find two
hours of weather for each flight and count it twice; the check of the weather's key fails instead.
"""

import argparse
import shutil
from pathlib import Path

import polars as pl
from flights import HERE, flights


def deliver_twice(data: Path, month: int) -> Path:
    """Make a copy of the tables with the month's weather appended once more."""
    data.mkdir(parents=True, exist_ok=True)
    for table in (HERE / "data").glob("*.parquet"):
        shutil.copy(table, data)
    weather = pl.read_parquet(HERE / "data" / "weather.parquet")
    corrected = weather.filter(month=month).with_columns(pl.col("visib") / 2)
    pl.concat([weather, corrected]).write_parquet(data / "weather.parquet")
    return data


def main() -> None:
    """Run it from the command line."""
    parser = argparse.ArgumentParser(description="Run the pipeline on bad data; it fails.")
    parser.add_argument("--month", type=int, default=1, help="1 to 12; January if not given")
    parser.add_argument("--out", type=Path, default=HERE / "output", help="folder to write to")
    told = parser.parse_args()
    data = deliver_twice(told.out / "broken-data", told.month)
    flights(month=told.month, data=data, out=told.out)


if __name__ == "__main__":
    main()
