import { afterEach, describe, expect, test, vi } from "vitest";
import { Live } from "./live";
import type { LoggedEvent } from "./types";

/** A server's side of one stream. */
class Wire {
  readonly url: string;
  #to!: ReadableStreamDefaultController<Uint8Array>;
  readonly body = new ReadableStream<Uint8Array>({
    start: (to) => {
      this.#to = to;
    },
  });

  constructor(url: string) {
    this.url = url;
  }

  say(text: string): void {
    this.#to.enqueue(new TextEncoder().encode(text));
  }

  end(): void {
    this.#to.close();
  }
}

function serve(answer: (wire: Wire) => Response) {
  const wires: Wire[] = [];
  vi.stubGlobal("fetch", async (url: string) => {
    const wire = new Wire(url);
    wires.push(wire);
    return answer(wire);
  });
  return wires;
}

const open = (wire: Wire) => new Response(wire.body);

const leaves: (() => void)[] = [];

/** Have the test leave the stream at its end: one that was lost would ask again, in the next test. */
function left(leave: () => void): () => void {
  leaves.push(leave);
  return leave;
}

afterEach(() => {
  for (const leave of leaves.splice(0)) leave();
  vi.unstubAllGlobals();
});

describe("the live stream", () => {
  test("hands over what comes, and resumes after what it has seen", async () => {
    const wires = serve(open);
    const live = new Live();
    const seen: string[] = [];
    left(live.follow({ run: ["r"] }, (events) => seen.push(...events.map(({ event }) => event))));
    await vi.waitFor(() => expect(live.status).toBe("live"));
    expect(wires[0]?.url).toBe("/api/stream?run=r");
    wires[0]?.say(": open\nid: 7\n\nevent: events\nid: 9\nda");
    wires[0]?.say(`ta: ${JSON.stringify([{ event: "a" }, { event: "b" }] as LoggedEvent[])}\n\n`);
    await vi.waitFor(() => expect(seen).toEqual(["a", "b"]));
    wires[0]?.end();
    await vi.waitFor(() => expect(live.status).toBe("lost"));
    live.retry();
    await vi.waitFor(() => expect(live.status).toBe("live"));
    expect(wires[1]?.url).toBe("/api/stream?run=r&since=9");
  });

  test("begins where the log ended before the page asked for anything", async () => {
    const wires = serve(open);
    const live = new Live();
    live.startAt(5);
    left(live.follow({ run: ["r"] }, () => undefined));
    await vi.waitFor(() => expect(live.status).toBe("live"));
    expect(wires[0]?.url).toBe("/api/stream?run=r&since=5");
    live.startAt(3);
    wires[0]?.end();
    await vi.waitFor(() => expect(live.status).toBe("lost"));
    live.retry();
    await vi.waitFor(() => expect(wires).toHaveLength(2));
    expect(wires[1]?.url).toBe("/api/stream?run=r&since=5");
  });

  test("asks for everything where two want different things", async () => {
    const wires = serve(open);
    const live = new Live();
    left(live.follow({ run: ["r"] }, () => undefined));
    left(live.follow({ name: ["a.*"] }, () => undefined));
    await vi.waitFor(() => expect(wires).toHaveLength(1));
    expect(wires[0]?.url).toBe("/api/stream?");
  });

  test("ends when neither a page nor the frame wants it", async () => {
    serve(open);
    const live = new Live();
    const leave = left(live.follow({}, () => undefined));
    await vi.waitFor(() => expect(live.status).toBe("live"));
    leave();
    await vi.waitFor(() => expect(live.status).toBe("off"));
  });

  test("is held where no page wants anything, by a filter that takes next to nothing", async () => {
    const wires = serve(open);
    const live = new Live();
    left(live.hold());
    await vi.waitFor(() => expect(live.status).toBe("live"));
    const leave = left(live.follow({ run: ["r"] }, () => undefined));
    await vi.waitFor(() => expect(wires).toHaveLength(2));
    leave();
    await vi.waitFor(() => expect(wires).toHaveLength(3));
    expect(wires[2]?.url).toBe("/api/stream?name=peninsula.server.*");
    expect(live.status).toBe("live");
  });

  test("stays lost from page to page, until the server answers one of them", async () => {
    const wires = serve((wire) => (wires.length < 3 ? Response.error() : open(wire)));
    const live = new Live();
    const returned = vi.fn();
    live.onReturn = returned;
    left(live.hold());
    await vi.waitFor(() => expect(live.status).toBe("lost"));
    left(live.follow({ run: ["r"] }, () => undefined));
    await vi.waitFor(() => expect(wires).toHaveLength(2));
    expect(live.status).toBe("lost");
    const after = { timeout: 4_000 }; // it pauses before it asks again
    await vi.waitFor(() => expect(live.status).toBe("live"), after);
    expect(returned).toHaveBeenCalledOnce();
  });

  test("is not lost where the server refuses what is asked, and does not ask it again", async () => {
    const said = JSON.stringify({ code: "invalid", message: "No such field." });
    const wires = serve((wire) =>
      wire.url.includes("q=") ? new Response(said, { status: 422 }) : open(wire),
    );
    const live = new Live();
    const lost = vi.fn();
    live.watch(() => live.status === "lost" && lost());
    left(live.follow({ q: ["color:red"] }, () => undefined));
    await vi.waitFor(() => expect(live.status).toBe("live"));
    expect(wires.map(({ url }) => url)).toEqual([
      "/api/stream?q=color%3Ared",
      "/api/stream?name=peninsula.server.*",
    ]);
    left(live.hold());
    await Promise.resolve();
    expect(wires).toHaveLength(2);
    expect(lost).not.toHaveBeenCalled();
  });

  test("begins anew on another log, and says so", async () => {
    const said = JSON.stringify({ code: "conflict", message: "Another log." });
    const wires = serve((wire) =>
      wires.length < 2 ? new Response(said, { status: 409 }) : open(wire),
    );
    const live = new Live();
    const forgotten = vi.fn(() => expect(live.status).toBe("live"));
    live.onOtherLog = forgotten;
    live.startAt(7);
    left(live.follow({}, () => undefined));
    await vi.waitFor(() => expect(live.status).toBe("lost"));
    live.retry();
    await vi.waitFor(() => expect(forgotten).toHaveBeenCalledOnce());
    expect(wires[1]?.url).toBe("/api/stream?");
  });

  test("asks for all anew after so long that much may have happened", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const wires = serve(open);
    const live = new Live();
    const forgotten = vi.fn();
    live.onOtherLog = forgotten;
    live.startAt(7);
    vi.setSystemTime(Date.now() + 600_000);
    left(live.follow({ run: ["r"] }, () => undefined));
    await vi.waitFor(() => expect(forgotten).toHaveBeenCalledOnce());
    expect(wires.map(({ url }) => url)).toEqual(["/api/stream?run=r"]);
    vi.useRealTimers();
  });

  test("tells when the session is over", async () => {
    const said = JSON.stringify({ code: "unauthenticated", message: "Log in again." });
    serve(() => new Response(said, { status: 401 }));
    const live = new Live();
    const loggedOut = vi.fn();
    live.onLoggedOut = loggedOut;
    left(live.follow({}, () => undefined));
    await vi.waitFor(() => expect(loggedOut).toHaveBeenCalled());
    expect(live.status).toBe("off");
  });
});
