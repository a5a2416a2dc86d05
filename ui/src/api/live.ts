/** The live stream: one for all pages, resumed by position, its loss visible on each of them. */
import { ApiError, errorOf, isUnauthenticated, unreachable } from "./error";
import { readAnswer } from "./exact";
import { type Message, messages } from "./messages";
import { Place } from "./place";
import type { LoggedEvent } from "./types";

/** Parameters of `GET /api/stream`. */
export type LiveFilter = Readonly<Record<string, readonly string[]>>;

/** `off`: nobody is logged in. */
export type LiveStatus = "off" | "connecting" | "live" | "lost";

/** What becomes of the connection; what a status does not name leaves it as it is. */
const MOVES = {
  off: { asked: "connecting" },
  connecting: { answered: "live", broke: "lost", left: "off" },
  // Asked for something else, the server is as much there as before, or as little.
  live: { broke: "lost", left: "off" },
  lost: { answered: "live", left: "off" },
} as const satisfies Record<LiveStatus, Partial<Record<Move, LiveStatus>>>;

type Move = "asked" | "answered" | "broke" | "left";

interface Follower {
  filter: LiveFilter;
  onEvents: (events: LoggedEvent[]) => void;
}

/** What is asked for where no page wants anything: hardly ever there, and the loss shows all the same. */
const LITTLE: LiveFilter = { name: ["peninsula.server.*"] };
const BATCH_MS = 250;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
/** The server says each 15 seconds that it is there, where there is nothing else to say. */
const SILENCE_MS = 20_000;
/** Without a place for a stream: how long a look for what is new takes, and how long after it is the next. */
const LOOK_MS = 500;
const LOOK_AGAIN_MS = 3_000;
/** How long a page that nobody sees keeps its stream. */
const UNSEEN_MS = 10_000;
/** What happened meanwhile is not told one by one after so long: the pages ask again for all they show. */
const LONG_MS = 300_000;

export class Live {
  status: LiveStatus = "off";
  /** Called when the log is another one than before, or much happened in it: nothing on screen holds any more. */
  onOtherLog: () => void = () => undefined;
  /** Called when the session is over. */
  onLoggedOut: () => void = () => undefined;
  /** Called when the server answers again after it was lost. */
  onReturn: () => void = () => undefined;

  #holders = 0;
  #followers = new Set<Follower>();
  #watchers = new Set<() => void>();
  #place = new Place();
  #position: string | null = null;
  /** When the position was told. */
  #told = 0;
  #isOther = false;
  #isResting = false;
  #going: ReturnType<typeof setTimeout> | undefined;
  #asked = "";
  /** What the server would not take, of what was asked. */
  #refused: string | null = null;
  #connection: AbortController | null = null;
  #wait: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #pause = FIRST_PAUSE_MS;
  #batch: LoggedEvent[] = [];
  #flushing: ReturnType<typeof setTimeout> | undefined;
  #flushed = 0;

  /** Stay connected, whatever the page on screen wants. */
  hold = (): (() => void) => {
    this.#holders++;
    this.#refresh();
    return () => {
      this.#holders--;
      this.#refresh();
    };
  };

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

  /** Follow the log from a position on: what was asked since then does not miss anything. */
  startAt(position: number | null): void {
    if (this.status === "off" && position !== null) this.#reach(String(position));
  }

  /** Know whether anybody sees the page. Unseen, it lets the stream go after a while, and goes on later. */
  see(isSeen: boolean): void {
    clearTimeout(this.#going);
    if (!isSeen) {
      // One that is opened in the background has none yet.
      this.#going = setTimeout(() => this.#rest(), this.status === "off" ? 0 : UNSEEN_MS);
    } else if (this.#isResting) {
      this.#isResting = false;
      this.#refresh();
    }
  }

  /** How far the log was seen; what any page follows begins there. */
  get position(): string | null {
    return this.#position;
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
      if (this.#followers.size + this.#holders === 0) {
        this.#leave();
        this.#position = null;
      } else if (this.#connection === null || this.#wanted() !== this.#asked) {
        this.#connect();
      }
    });
  }

  // What was refused is not asked again; the connection stays for what it tells of the server.
  #wanted(): string {
    const query = this.#query();
    return query === this.#refused ? queryOf(LITTLE) : query;
  }

  #query(): string {
    const queries = new Set([...this.#followers].map(({ filter }) => queryOf(filter)));
    if (queries.size === 0) return queryOf(LITTLE);
    const [only] = queries;
    return queries.size === 1 && only !== undefined ? only : "";
  }

  #connect(): void {
    this.#disconnect();
    if (this.#isResting) return;
    this.#move("asked");
    if (this.#position !== null && Date.now() - this.#told > LONG_MS) this.#beginAnew();
    this.#asked = this.#wanted();
    const connection = new AbortController();
    this.#connection = connection;
    this.#within(SILENCE_MS, connection, () => this.#lose(connection));
    this.#read(connection).then(
      () => this.#lose(connection),
      (problem: unknown) => this.#lose(connection, problem),
    );
  }

  #disconnect(): void {
    clearTimeout(this.#wait);
    clearTimeout(this.#silence);
    this.#connection?.abort();
    this.#connection = null;
  }

  #leave(): void {
    this.#disconnect();
    this.#place.leave();
    this.#move("left");
  }

  #rest(): void {
    this.#isResting = true;
    this.#disconnect();
    this.#place.leave();
  }

  async #read(connection: AbortController): Promise<void> {
    const { signal } = connection;
    const follows = await this.#place.take();
    const since = this.#position === null ? "" : `&since=${this.#position}`;
    const response = await fetch(`/api/stream?${this.#asked}${since}`, { signal });
    if (!response.ok || response.body === null) throw await errorOf(response);
    const returned = this.status === "lost";
    this.#move("answered");
    if (returned) this.onReturn();
    // Now, as what is asked for from here on misses nothing.
    if (this.#isOther) this.onOtherLog();
    this.#isOther = false;
    this.#pause = FIRST_PAUSE_MS;
    const enough = follows ? Number.POSITIVE_INFINITY : performance.now() + LOOK_MS;
    const onText = follows
      ? () => this.#within(SILENCE_MS, connection, () => this.#lose(connection))
      : () => this.#within(LOOK_MS, connection, () => this.#askIn(LOOK_AGAIN_MS));
    for await (const message of messages(response.body, onText)) {
      if (signal.aborted) return;
      this.#take(message);
      if (performance.now() < enough) continue;
      this.#askIn(LOOK_AGAIN_MS);
      connection.abort();
    }
  }

  /** Give a connection up that says nothing for so long. */
  #within(silence: number, connection: AbortController, onSilence: () => void): void {
    if (connection.signal.aborted) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      onSilence();
      connection.abort();
    }, silence);
  }

  #askIn(pause: number): void {
    clearTimeout(this.#silence);
    this.#connection = null;
    this.#wait = setTimeout(() => this.#connect(), pause);
  }

  #take(message: Message): void {
    if (message.event === "error") throw unreachable();
    if (message.data !== "") this.#hand(readAnswer(message.data) as LoggedEvent[]);
    if (message.id !== null) this.#reach(message.id);
  }

  #reach(position: string): void {
    this.#position = position;
    this.#told = Date.now();
  }

  #beginAnew(): void {
    this.#position = null;
    this.#isOther = true;
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
    if (isUnauthenticated(problem)) {
      this.#leave();
      this.onLoggedOut();
      return;
    }
    if (problem instanceof ApiError && problem.code === "conflict") {
      this.#beginAnew();
    } else if (problem instanceof ApiError && problem.refused && this.#asked !== queryOf(LITTLE)) {
      this.#refused = this.#asked;
      this.#connect();
      return;
    }
    this.#move("broke");
    this.#askIn(this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  #move(move: Move): void {
    const moves: Partial<Record<Move, LiveStatus>> = MOVES[this.status];
    const next = moves[move];
    if (next === undefined) return;
    this.status = next;
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
