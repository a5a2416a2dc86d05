import { expect, test } from "vitest";
import { resourceOf } from "./resourceOf";

test.each([
  ["s3:", "lake/raw/a.csv", "s3://lake/raw/a.csv"],
  ["s3:", "/lake", "s3://lake"],
  ["peninsula.flow-run.1", "", "peninsula.flow-run.1"],
])("the path %s/%s is of %s", (first, rest, id) => expect(resourceOf(first, rest)).toBe(id));
