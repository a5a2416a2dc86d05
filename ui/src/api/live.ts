/** The live stream: one for the whole page, resumed by position, its loss visible. */
import { ApiError, errorOf, isUnauthenticated, unreachable } from "./error";
import { type Message, messages } from "./messages";
import type { LoggedEvent } from "./types";

/** Parameters of `GET /api/stream`. */
export type LiveFilter = Readonly<Record<string, readonly string[]>>;

/** `off`: nothing on screen wants it. */
export type LiveStatus = "off" | "connecting" | "live" | "lost";

interface Follower {
  filter: LiveFilter;
  onEvents: (events: LoggedEvent[]) => void;
}

const BATCH_MS = 250;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export class Live {
  status: LiveStatus = "off";
  /** Called when the log is another one than before: nothing on screen holds any more. */
  onOtherLog: () => void = () => undefined;
  /** Called when the session is over. */
  onLoggedOut: () => void = () => undefined;

  #followers = new Set<Follower>();
  #watchers = new Set<() => void>();
  #position: string | null = null;
  #asked = "";
  #connection: AbortController | null = null;
  #wait: ReturnType<typeof setTimeout> | undefined;
  #pause = FIRST_PAUSE_MS;
  #batch: LoggedEvent[] = [];
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #flushed = 0;

  /** Be given new events, those that the filter takes and maybe others: check what you get. */
  follow(filter: LiveFilter, onEvents: (events: LoggedEvent[]) => void): () => void {
    const follower = { filter, onEvents };
    this.#followers.add(follower);
    this.#refresh();
    return () => {
      this.#followers.delete(follower);
      this.#refresh();
    };
  }

  watch = (onChange: () => void): (() => void) => {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  };

  /** Connect again at once. */
  retry = (): void => {
    this.#pause = FIRST_PAUSE_MS;
    this.#connect();
  };

  // A page that goes lets its filter go before the next one brings its own: look once, after both.
  #refresh(): void {
    queueMicrotask(() => {
      if (this.#followers.size === 0) {
        this.#disconnect("off");
        this.#position = null;
      } else if (this.#connection === null || this.#query() !== this.#asked) {
        this.#connect();
      }
    });
  }

  #query(): string {
    const queries = new Set([...this.#followers].map(({ filter }) => queryOf(filter)));
    const [only] = queries;
    return queries.size === 1 && only !== undefined ? only : "";
  }

  #connect(): void {
    this.#disconnect(this.status === "lost" ? "lost" : "connecting");
    this.#asked = this.#query();
    const connection = new AbortController();
    this.#connection = connection;
    this.#read(connection.signal).then(
      () => this.#lose(connection),
      (problem: unknown) => this.#lose(connection, problem),
    );
  }

  #disconnect(status: LiveStatus): void {
    clearTimeout(this.#wait);
    this.#connection?.abort();
    this.#connection = null;
    this.#become(status);
  }

  async #read(signal: AbortSignal): Promise<void> {
    const since = this.#position === null ? "" : `&since=${this.#position}`;
    const response = await fetch(`/api/stream?${this.#asked}${since}`, { signal });
    if (!response.ok || response.body === null) throw await errorOf(response);
    this.#become("live");
    this.#pause = FIRST_PAUSE_MS;
    for await (const message of messages(response.body)) this.#take(message);
  }

  #take(message: Message): void {
    if (message.event === "error") throw unreachable();
    if (message.data !== "") this.#hand(JSON.parse(message.data) as LoggedEvent[]);
    if (message.id !== null) this.#position = message.id;
  }

  #hand(events: LoggedEvent[]): void {
    this.#batch.push(...events);
    const due = this.#flushed + BATCH_MS - performance.now();
    this.#flushing ??= setTimeout(() => this.#flush(), Math.max(0, due));
  }

  #flush(): void {
    const batch = this.#batch;
    this.#batch = [];
    this.#flushing = undefined;
    this.#flushed = performance.now();
    for (const { onEvents } of this.#followers) onEvents(batch);
  }

  #lose(connection: AbortController, problem?: unknown): void {
    if (connection.signal.aborted) return;
    this.#connection = null;
    if (isUnauthenticated(problem)) {
      this.#disconnect("off");
      this.onLoggedOut();
      return;
    }
    if (problem instanceof ApiError && problem.code === "conflict") {
      this.#position = null;
      this.onOtherLog();
    }
    this.#become("lost");
    this.#wait = setTimeout(() => this.#connect(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  #become(status: LiveStatus): void {
    if (status === this.status) return;
    this.status = status;
    for (const onChange of this.#watchers) onChange();
  }
}

function queryOf(filter: LiveFilter): string {
  const pairs = Object.entries(filter).flatMap(([name, values]) =>
    values.map((value) => [name, value]),
  );
  return new URLSearchParams(pairs).toString();
}

export const live = new Live();
