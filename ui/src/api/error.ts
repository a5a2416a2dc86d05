/** What the API says when it cannot do something: the thing and the fix. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: Record<string, unknown>;

  constructor(said: {
    code: string;
    message: string;
    status?: number;
    details?: Record<string, unknown>;
  }) {
    super(said.message);
    this.name = "ApiError";
    this.code = said.code;
    this.status = said.status ?? 0;
    this.details = said.details ?? {};
  }

  /** Whether the server is there and says no, and would say so again. */
  get refused(): boolean {
    return this.status >= 400 && this.status < 500 && !this.passing;
  }

  /** Whether asking again, unchanged, may help. */
  get passing(): boolean {
    return ["unreachable", "unavailable", "too-many"].includes(this.code);
  }
}

/** Nobody answers at all. */
export function unreachable(): ApiError {
  return new ApiError({
    code: "unreachable",
    message: "The server does not answer. Is it running? Start it with: peninsula server start",
  });
}

/** What an answer that is no success says; a proxy in between may not speak our JSON. */
export async function errorOf(response: Response): Promise<ApiError> {
  const said: unknown = await response.json().catch(() => null);
  if (said !== null && typeof said === "object" && "code" in said && "message" in said) {
    return new ApiError({
      ...(said as { code: string; message: string; details?: Record<string, unknown> }),
      status: response.status,
    });
  }
  return new ApiError({
    code: "unavailable",
    message: `The server answered with status ${response.status} and no reason. A proxy in between may know more.`,
    status: response.status,
  });
}

/** Whether there is no such thing, whoever asks. */
export function isMissing(problem: unknown): problem is ApiError {
  return problem instanceof ApiError && ["not-found", "invalid"].includes(problem.code);
}

export function isUnauthenticated(problem: unknown): boolean {
  return problem instanceof ApiError && problem.code === "unauthenticated";
}
