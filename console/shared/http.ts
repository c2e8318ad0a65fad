/** Requests to the gateway: JSON both ways, the header that a foreign page cannot send, problems as errors. */
import { parsed } from "./bidi";
import { hearTime } from "./clock";
import type { Operations } from "./contracts/operations";

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
/** Minutes of sound over a slow line. */
const SOUND_DEADLINE_MS = 60_000;
const SESSION = "/session";

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "X-Songhua": "1" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const answer = await send(path, {
    method,
    headers,
    signal: AbortSignal.timeout(DEADLINE_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // Asked for when the page opens and after each loss of the link: an answer that no cache keeps.
  if (path === SESSION) hearTime(answer.headers.get("Date"));
  if (answer.status === 204) return undefined as T;
  const json = await bodyOf(answer);
  if (!answer.ok) throw new Refused(problemOf(json, answer.status));
  return json as T;
}

/** A file as the body, whatever it is; the operation answers JSON. */
async function brought<T>(path: string, file: Blob): Promise<T> {
  const headers = { Accept: "application/json", "X-Songhua": "1", "Content-Type": file.type || "application/octet-stream" };
  const answer = await send(path, { method: "POST", headers, body: file, signal: AbortSignal.timeout(SOUND_DEADLINE_MS) });
  const json: unknown = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(problemOf(json, answer.status));
  return json as T;
}

/** A sound, whole; not any more when it is `unwanted`. */
export async function sound(path: string, unwanted: AbortSignal): Promise<Blob> {
  const signal = AbortSignal.any([unwanted, AbortSignal.timeout(SOUND_DEADLINE_MS)]);
  const answer = await send(path, { headers: { Accept: "audio/wav, application/problem+json", "X-Songhua": "1" }, signal });
  if (!answer.ok) throw new Refused(problemOf(await bodyOf(answer), answer.status));
  return answer.blob().catch(() => {
    throw unreachable();
  });
}

/** What the body says; null where it is no JSON. One that breaks off is no answer. */
async function bodyOf(answer: Response): Promise<unknown> {
  const text = await answer.text().catch(() => {
    throw unreachable();
  });
  try {
    return parsed(text);
  } catch {
    return null;
  }
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(`/api${path}`, { credentials: "same-origin", ...init });
  } catch {
    throw unreachable();
  }
}

const unreachable = (): Refused => new Refused({ type: "about:blank", title: "unreachable", status: 0 });

function problemOf(json: unknown, status: number): Problem {
  const fields = typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  const title = typeof fields.title === "string" ? fields.title : `HTTP ${status}`;
  const detail = typeof fields.detail === "string" ? { detail: fields.detail } : {};
  const type = typeof fields.type === "string" ? fields.type : "about:blank";
  return { ...fields, type, title, status, ...detail };
}

interface Operation {
  params: object;
  body: unknown;
  answer: unknown;
}

/** What an operation is given: names for its path and query, and a body; what it does not need may be left out. */
type Given<O extends Operation> = undefined extends O["body"]
  ? object extends O["params"]
    ? [params?: O["params"], body?: O["body"]]
    : [params: O["params"], body?: O["body"]]
  : [params: O["params"], body: O["body"]];

/** The path with its braces filled; what has no braces is the query. */
export function pathOf(path: string, params: object = {}): string {
  const rest = new Map<string, unknown>(Object.entries(params));
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encodeURIComponent(String(value));
  });
  const query = new URLSearchParams();
  for (const [name, value] of rest) {
    for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined && one !== null) query.append(name, String(one));
  }
  const words = query.toString();
  return words === "" ? filled : `${filled}?${words}`;
}

export const get = <P extends keyof Operations["get"]>(
  path: P,
  ...[params]: Given<Operations["get"][P]>
): Promise<Operations["get"][P]["answer"]> => request("GET", pathOf(path, params));

export const post = <P extends keyof Operations["post"]>(
  path: P,
  ...[params, body]: Given<Operations["post"][P]>
): Promise<Operations["post"][P]["answer"]> => request("POST", pathOf(path, params), body ?? {});

export const bring = <P extends keyof Operations["post"]>(path: P, params: Operations["post"][P]["params"], file: Blob): Promise<Operations["post"][P]["answer"]> => brought(pathOf(path, params), file);

export const patch = <P extends keyof Operations["patch"]>(
  path: P,
  ...[params, body]: Given<Operations["patch"][P]>
): Promise<Operations["patch"][P]["answer"]> => request("PATCH", pathOf(path, params), body);

export const remove = <P extends keyof Operations["delete"]>(
  path: P,
  ...[params]: Given<Operations["delete"][P]>
): Promise<Operations["delete"][P]["answer"]> => request("DELETE", pathOf(path, params));
