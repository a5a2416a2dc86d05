import { expect, test } from "vitest";
import { RANKS, Raster } from "./raster";

const [OK, BAD] = [RANKS.indexOf("ok"), RANKS.indexOf("bad")];

test("of several runs on a pixel the worst is seen, each at least a pixel wide", () => {
  const raster = new Raster(6, 1);
  raster.add(0, OK, 0, 4);
  raster.add(0, BAD, 2.4, 2.4);
  raster.add(0, OK, -3, 1);
  raster.add(0, OK, 90, 95);
  const { worst, count } = raster.line(0);
  expect([...worst]).toEqual([OK, OK, BAD, OK, -1, -1]);
  expect([...count]).toEqual([2, 1, 1, 1, 0, 0]);
});

test("pixels have the colour of the rank, and are left alone where nothing is", () => {
  const raster = new Raster(2, 1);
  raster.add(0, BAD, 0, 1);
  const pixels = new Uint8ClampedArray(2 * 2 * 4);
  raster.paint(
    pixels,
    [...RANKS.keys()].map((rank) => [rank, 0, 0] as const),
    2,
  );
  expect([...pixels]).toEqual([BAD, 0, 0, 255, 0, 0, 0, 0, BAD, 0, 0, 255, 0, 0, 0, 0]);
});
