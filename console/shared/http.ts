/** Requests to the gateway: JSON both ways, the header that a foreign page cannot send, problems as errors. */

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  [extra: string]: unknown;
}

/** The gateway answered with a problem document; `status` 0 means that it could not be reached. */
export class Refused extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
    this.name = "Refused";
  }

  get status(): number {
    return this.problem.status;
  }
}

const DEADLINE_MS = 10_000;

export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "X-Songhua": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(`/api${path}`, {
      method,
      headers,
      credentials: "same-origin",
      signal: AbortSignal.timeout(DEADLINE_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch {
    throw new Refused({ type: "about:blank", title: "unreachable", status: 0 });
  }
  if (answer.status === 204) return undefined as T;
  const json: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(problemOf(json, answer.status));
  return json as T;
}

function problemOf(json: unknown, status: number): Problem {
  const fields = typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  const title = typeof fields.title === "string" ? fields.title : `HTTP ${status}`;
  const detail = typeof fields.detail === "string" ? { detail: fields.detail } : {};
  const type = typeof fields.type === "string" ? fields.type : "about:blank";
  return { ...fields, type, title, status, ...detail };
}

export const get = <T>(path: string) => request<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}) => request<T>("POST", path, body);
export const patch = <T>(path: string, body: unknown) => request<T>("PATCH", path, body);
export const remove = <T>(path: string) => request<T>("DELETE", path);
