"""Join each flight with its weather, plane, airport and airline."""

import polars as pl
from checks import RULES

FREEZING, POOR_SIGHT, STRONG_WIND = 32, 3, 25
"""In degrees Fahrenheit, miles and miles per hour, as the weather's columns are."""

CONDITIONS = {
    "unknown": pl.col("temp").is_null(),
    "snow or ice": (pl.col("precip") > 0) & (pl.col("temp") <= FREEZING),
    "low visibility": pl.col("visib") < POOR_SIGHT,
    "rain": pl.col("precip") > 0,
    "windy": pl.col("wind_speed") > STRONG_WIND,
}
"""What the weather at the scheduled hour is called; the first that holds. Else: calm."""

AGES = {5: "0 to 4 years", 10: "5 to 9 years", 15: "10 to 14 years", 20: "15 to 19 years"}
"""What a plane's age is called, by the age it is below. Else: 20 years or more."""


def join_tables(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Put what is known about a flight in its row; no flight is lost or doubled."""
    return (
        tables["flights"]
        .join(weather(tables), on=["origin", "time_hour"], how="left", validate="m:1")
        .join(planes(tables), on="tailnum", how="left", validate="m:1")
        .join(airports(tables), on="dest", how="left", validate="m:1")
        .join(airlines(tables), on="carrier", how="left", validate="m:1")
        .with_columns(conditions(), plane_age(), pl.col("dest_zone", "engine").fill_null("unknown"))
    )


def weather(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Take the readings; one outside its range is not a reading."""
    readings = [
        pl.when(pl.col(column).is_between(low, high)).then(pl.col(column)).alias(column)
        for column, (low, high) in RULES["weather"].ranges.items()
    ]
    return tables["weather"].select("origin", "time_hour", *readings)


def planes(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Take what describes a plane; `year` would meet the flight's own."""
    built = pl.col("year").alias("plane_built")
    return tables["planes"].select("tailnum", built, "manufacturer", "model", "seats", "engine")


def airports(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Take where a destination is."""
    return tables["airports"].select(
        dest="faa", dest_name="name", dest_lat="lat", dest_lon="lon", dest_zone="tzone"
    )


def airlines(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """Take the airline's name."""
    return tables["airlines"].select("carrier", airline="name")


def conditions() -> pl.Expr:
    """Name the weather."""
    names = [pl.when(holds).then(pl.lit(name)) for name, holds in CONDITIONS.items()]
    return pl.coalesce(*names, pl.lit("calm")).alias("conditions")


def plane_age() -> pl.Expr:
    """Name the plane's age in the year of the flight."""
    age = pl.col("year") - pl.col("plane_built")
    names = [pl.when(age < limit).then(pl.lit(name)) for limit, name in AGES.items()]
    oldest = pl.when(age.is_not_null()).then(pl.lit("20 years or more"))
    return pl.coalesce(*names, oldest, pl.lit("unknown")).alias("plane_age")
