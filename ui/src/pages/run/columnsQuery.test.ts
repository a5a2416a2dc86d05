import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import type { RunEvents, Timeline } from "../../api/types";
import { eventsQuery, timelineQuery } from "./columnsQuery";
import { encoded, type Made, madeId, madeTimeline, toldEvents } from "./made";

const RUN = { id: "r", kind: "flow-run" } as const;

/** Answers by the cursor that asks for them; which ones were asked for is noted. */
function serve(parts: Record<string, Timeline | RunEvents>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const cursor = new URL(request.url).searchParams.get("cursor") ?? "";
    asked.push(cursor);
    return Response.json(parts[cursor]);
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

function runs(place: number, next: string | null, ...made: Made[]): Timeline {
  const ids = encoded(made.map((_, run) => madeId(place * 10 + run)));
  return { ...madeTimeline(made), ids, next };
}

const over: Made = { label: "part", from: 0, to: 1 };
const open: Made = { label: "part", from: 0, to: null };

test("of a run that goes on, only answers in which something goes on are asked for again", async () => {
  const first = { label: "nightly", from: 0 };
  const parts = {
    "": runs(0, "b", { ...first, to: null }),
    b: runs(1, "c", over),
    c: runs(2, "d", over, open),
    d: runs(3, null, over),
  };
  const asked = serve(parts);
  const client = new QueryClient();
  await client.fetchQuery(timelineQuery(RUN));
  expect(asked.splice(0)).toEqual(["", "b", "c", "d"]);
  await client.fetchQuery(timelineQuery(RUN));
  expect(asked.splice(0)).toEqual(["", "c", "d"]);
  parts[""] = runs(0, "b", { ...first, to: 9 });
  const told = await client.fetchQuery(timelineQuery(RUN));
  expect(asked.splice(0)).toEqual(["", "b", "c", "d"]);
  expect(told.map(({ rows }) => rows)).toEqual([1, 1, 2, 1]);
});

test("an answer that begins elsewhere than before is asked for", async () => {
  const first = { label: "nightly", from: 0, to: null };
  const parts: Record<string, Timeline> = {
    "": runs(0, "b", first),
    b: runs(1, "c", over),
    c: runs(2, null, over),
  };
  const asked = serve(parts);
  const client = new QueryClient();
  await client.fetchQuery(timelineQuery(RUN));
  parts[""] = runs(0, "late", first, over);
  parts.late = runs(3, null, over);
  asked.splice(0);
  await client.fetchQuery(timelineQuery(RUN));
  expect(asked).toEqual(["", "late"]);
});

test("events that were answered stay: only the last answer is asked for again", async () => {
  const read = [{ at: 0, name: "s3.read", system: "s3://lake" }];
  const asked = serve({
    "": { ...toldEvents(read), next: "b" },
    b: { ...toldEvents(read), next: null },
  });
  const client = new QueryClient();
  await client.fetchQuery(eventsQuery(RUN));
  await client.fetchQuery(eventsQuery(RUN));
  expect(asked).toEqual(["", "b", "b"]);
});
