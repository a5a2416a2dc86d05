/** A real server on a home of its own, filled by running real flows. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const PYTHON = join(ROOT, ".venv/bin/python");

/** Bytes that a program may say: the logs of some are long. */
const MOST_SAID = 2 ** 26;

export class Server {
  readonly home = mkdtempSync(join(tmpdir(), "peninsula-pages-"));
  url = "";
  readonly #settings: Record<string, string>;
  #process: ChildProcess | undefined;

  constructor(settings: Record<string, string> = {}) {
    this.#settings = settings;
  }

  /** Start it, or start it again at the same address. */
  async start(): Promise<this> {
    const port = this.url === "" ? "0" : new URL(this.url).port;
    const served = spawn(PYTHON, ["-m", "peninsula", "server", "start", "--port", port], {
      env: this.env,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process = served;
    for await (const line of createInterface({ input: served.stdout })) {
      const found = /serves (http:\S+),/.exec(line);
      if (found?.[1] === undefined) continue;
      this.url = found[1];
      return this;
    }
    throw new Error("The server ended before it said its address.");
  }

  async stop(): Promise<void> {
    const served = this.#process;
    if (served === undefined || served.exitCode !== null) return;
    served.kill("SIGTERM");
    await once(served, "exit");
  }

  /** Have it hang, connections and all, until it goes on. */
  hang(): void {
    this.#process?.kill("SIGSTOP");
  }

  goOn(): void {
    this.#process?.kill("SIGCONT");
  }

  /** Run a Python program to its end, telling this server. Return what it says. */
  run(code: string): string {
    const options = { cwd: ROOT, env: this.env, stdio: "pipe", maxBuffer: MOST_SAID } as const;
    return execFileSync(PYTHON, ["-c", code], { ...options, encoding: "utf8" });
  }

  /** Start a Python program that goes on; a line to its standard input lets it end. */
  begin(code: string): ChildProcess {
    return spawn(PYTHON, ["-c", code], { env: this.env, stdio: ["pipe", "ignore", "ignore"] });
  }

  get token(): string {
    return readFileSync(join(this.home, "token"), "utf8").trim();
  }

  get env(): NodeJS.ProcessEnv {
    const { home } = this;
    return { PATH: process.env.PATH, HOME: home, PENINSULA_HOME: home, ...this.#settings };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.home, { recursive: true, force: true });
  }
}
