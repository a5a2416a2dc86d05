/** Who may keep a stream open: a browser has six connections to a server, for all its windows together. */

/** Streams at once; the other connections are for questions. */
const PLACES = 4;

type Leave = () => void;

/** One of the places for streams that the windows of a browser share. */
export class Place {
  #taken: Promise<Leave | null> | null = null;

  /** Take a place, or keep the one that was taken. Tells whether there is one. */
  async take(): Promise<boolean> {
    this.#taken ??= free();
    const taken = this.#taken;
    if ((await taken) !== null) return true;
    if (this.#taken === taken) this.#taken = null;
    return false;
  }

  leave(): void {
    void this.#taken?.then((leave) => leave?.());
    this.#taken = null;
  }
}

async function free(): Promise<Leave | null> {
  // By plain HTTP from another machine a browser gives no locks, and windows know nothing of each other.
  if (!navigator.locks) return unlocked;
  for (let number = 1; number <= PLACES; number++) {
    const leave = await lock(`peninsula-stream-${number}`);
    if (leave !== null) return leave;
  }
  return null;
}

const unlocked = () => undefined;

/** Lock what has a name, unless it is; the browser unlocks it when the page is closed. */
function lock(name: string): Promise<Leave | null> {
  return new Promise((tell) => {
    const given = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock !== null) return new Promise<void>((leave) => tell(leave));
      tell(null);
    });
    // A browser that keeps nothing for a page may refuse it locks as well.
    given.catch(() => tell(unlocked));
  });
}
