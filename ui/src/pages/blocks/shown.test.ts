import { expect, test } from "vitest";
import { linesOf } from "./shown";

test("an address is shown without its password", () => {
  const data = { dsn: "postgresql://etl:********@db/orders", key: "********" };
  expect(linesOf(data, ["dsn", "key"])).toEqual([
    { path: "dsn", secret: false, value: data.dsn },
    { path: "key", secret: true, value: null },
  ]);
});

test("each value has a line, a secret none of its own, and a nested block its id", () => {
  const data = {
    host: "db",
    auth: { user: "etl", password: "********" },
    key: { $ref: { block_document_id: "b1" } },
    tags: [],
  };
  expect(linesOf(data, ["auth.password"])).toEqual([
    { path: "host", secret: false, value: "db" },
    { path: "auth.user", secret: false, value: "etl" },
    { path: "auth.password", secret: true, value: null },
    { path: "key", block: "b1", secret: false, value: null },
    { path: "tags", secret: false, value: [] },
  ]);
});
