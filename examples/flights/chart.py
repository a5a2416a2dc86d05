"""Draw the mean delay of each carrier at each hour as a heat map.

With Pillow alone: a chart library would cost ten times its import time and six times its size.
"""

from itertools import product
from pathlib import Path

import polars as pl
from PIL import Image, ImageDraw, ImageFont

CELL = (46, 30)
CORNER = (240, 110)
"""Where the first cell stands: room for the carriers' names and the title."""
MARGIN = 40

EARLY, ON_TIME, LATE = (69, 117, 180), (247, 247, 247), (215, 48, 39)
INK, PALE, PAPER = (40, 40, 40), (235, 235, 235), (255, 255, 255)
DEEPEST = 30
"""The mean delay, in minutes, that has the full colour."""
LEAST_ARRIVALS = 10
"""A cell with fewer arrivals stays empty: its mean says nothing."""


def draw(carrier_hour: pl.DataFrame, path: Path) -> tuple[int, int]:
    """Draw one row for each carrier, the latest on top, and return the picture's size."""
    names = carriers(carrier_hour)
    means = mean_delays(carrier_hour)
    hours = sorted({hour for _, hour in means})
    right, bottom = corner_of(len(hours), len(names))
    picture = Image.new("RGB", (right + MARGIN, bottom + MARGIN), PAPER)
    pen = ImageDraw.Draw(picture)
    draw_labels(pen, names, hours)
    for (row, carrier), (column, hour) in product(enumerate(names), enumerate(hours)):
        draw_cell(pen, column, row, means.get((carrier, hour)))
    picture.save(path)
    return picture.size


def carriers(carrier_hour: pl.DataFrame) -> dict[str, str]:
    """List the carriers with their names, the one with the greatest mean delay first."""
    mean = pl.col("delay_minutes").sum() / pl.col("arrived").sum()
    latest = carrier_hour.group_by("carrier", "airline").agg(mean=mean)
    ranked = latest.sort("mean", descending=True, nulls_last=True)
    return dict(ranked.select("carrier", "airline").rows())


def mean_delays(carrier_hour: pl.DataFrame) -> dict[tuple[str, int], float]:
    """Compute the mean delay of every cell that has enough arrivals."""
    enough = carrier_hour.filter(pl.col("arrived") >= LEAST_ARRIVALS)
    mean = pl.col("delay_minutes") / pl.col("arrived")
    return {
        (carrier, hour): value
        for carrier, hour, value in enough.select("carrier", "hour", mean).rows()
    }


def draw_labels(pen: ImageDraw.ImageDraw, names: dict[str, str], hours: list[int]) -> None:
    """Write the title, the carriers and the hours."""
    left, top = CORNER
    title = "Mean arrival delay in minutes, by carrier and scheduled hour of departure"
    pen.text((MARGIN, MARGIN), title, INK, font(22))
    for row, name in enumerate(names.values()):
        pen.text((left - 12, corner_of(0, row)[1] + CELL[1] // 2), name, INK, font(14), anchor="rm")
    for column, hour in enumerate(hours):
        middle = corner_of(column, 0)[0] + CELL[0] // 2
        pen.text((middle, top - 12), f"{hour}:00", INK, font(13), anchor="mm")


def draw_cell(pen: ImageDraw.ImageDraw, column: int, row: int, mean: float | None) -> None:
    """Fill one cell with its colour and write its value."""
    (left, top), (right, bottom) = corner_of(column, row), corner_of(column + 1, row + 1)
    colour = PALE if mean is None else shade(mean)
    pen.rectangle((left + 1, top + 1, right - 1, bottom - 1), fill=colour)
    if mean is not None:
        middle = ((left + right) // 2, (top + bottom) // 2)
        pen.text(middle, str(round(mean)), INK, font(13), anchor="mm")


def shade(mean: float) -> tuple[int, ...]:
    """Blend from on time towards late or early."""
    depth = min(abs(mean) / DEEPEST, 1)
    full = LATE if mean > 0 else EARLY
    return tuple(round(a + (b - a) * depth) for a, b in zip(ON_TIME, full, strict=True))


def corner_of(column: int, row: int) -> tuple[int, int]:
    """Find the upper left corner of a cell."""
    return CORNER[0] + column * CELL[0], CORNER[1] + row * CELL[1]


def font(size: int) -> ImageFont.FreeTypeFont:
    """Take the font that comes with Pillow, so the chart is the same on every machine."""
    return ImageFont.load_default(size)
