import { expect, test } from "vitest";
import type { LoggedEvent } from "../../api/types";
import { operationsOf } from "./operations";

test("the last operation counts, of a run and of the flow run at its top", () => {
  const told = { position: 1, id: "e", occurred: "", resource: { id: "s3://lake" } };
  const events = [
    { ...told, event: "s3.write.failed", payload: { seconds: 2.5 }, run: "task", root: "flow" },
    { ...told, event: "s3.read.completed", payload: {}, run: "flow", root: "flow" },
    { ...told, event: "s3.lifecycle.expired", payload: {}, run: null, root: null },
  ];
  const found = operationsOf(events as unknown as LoggedEvent[]);
  expect(Object.fromEntries(found)).toEqual({
    task: { event: "s3.write.failed", seconds: 2.5 },
    flow: { event: "s3.write.failed", seconds: 2.5 },
  });
});
