import { expect, test } from "vitest";
import type { Deployment, Run } from "../../api/types";
import { parametersOf, valuesOf } from "./parameters";

test("of what a run was given that is filled in again which it tells as a whole", () => {
  const deployment = {
    parameter_schema: {
      properties: { day: {}, token: {}, dsn: {}, auth: {}, note: {}, ids: {}, deep: {} },
    },
    parameters: { dsn: "postgresql://db", ids: [1] },
  } as unknown as Deployment;
  const like = {
    parameters: {
      day: "2026-01-31",
      token: "****",
      dsn: "postgresql://********@db",
      auth: ["etl", "********"],
      note: "it goes on and on…",
      ids: "<list of 3,000>",
      deep: { a: { b: 1 } },
    },
  } as unknown as Run;
  expect(valuesOf(parametersOf(deployment), deployment, like)).toEqual({
    day: "2026-01-31",
    token: undefined,
    dsn: "postgresql://db",
    auth: undefined,
    note: undefined,
    ids: [1],
    deep: { a: { b: 1 } },
  });
});
