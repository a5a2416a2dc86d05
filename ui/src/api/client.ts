/** Ask the API. `answered(api.GET("/api/flows"))` gives the answer or throws an `ApiError`. */
import createClient, { type Middleware } from "openapi-fetch";
import { ApiError, errorOf, unreachable } from "./error";
import { readAnswer, writeJson } from "./exact";
import type { paths } from "./schema";

/** The server gives a question up after a minute, and says so: whoever says nothing later than that hangs. */
const PATIENCE_MS = 75_000;

let csrf: string | null = null;

/** Send what only our pages know with every change from now on: the session tells it. */
export function proveBy(token: string | null): void {
  csrf = token;
}

const said: Middleware = {
  onRequest({ request }) {
    if (csrf !== null && request.method !== "GET") request.headers.set("X-CSRF-Token", csrf);
  },
  async onResponse({ response }) {
    if (!response.ok) throw await errorOf(response);
  },
  onError({ error }) {
    return error instanceof ApiError || isAborted(error) ? undefined : unreachable();
  },
};

function isAborted(problem: unknown): boolean {
  return problem instanceof DOMException && problem.name === "AbortError";
}

export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? "",
  // Looked up at each call, so that tests can stand in for it.
  fetch: (request: Request) => globalThis.fetch(request, { signal: patient(request.signal) }),
  bodySerializer: (body) => writeJson(body),
});
api.use(said);

function patient(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
}

export async function answered<T>(call: Promise<{ data?: T }>): Promise<T> {
  const { data } = await call;
  return data as T;
}

/** Asked for with this, an answer can be read exactly. */
export const AS_TEXT: object = { parseAs: "text" };

/** As `answered` of what was asked for `AS_TEXT`: numbers that users have said keep their digits. */
export async function exactly<T>(call: Promise<{ data?: T }>): Promise<T> {
  return readAnswer(String(await answered(call))) as T;
}
