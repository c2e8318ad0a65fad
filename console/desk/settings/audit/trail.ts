/** What the list of the audit trail is asked for, and how its rows are worded. */
import type { Operations } from "@shared/contracts/operations";

export interface Filter {
  who: string;
  action: string;
  subject: string;
  text: string;
  since: string;
  until: string;
}

export const nothing = (): Filter => ({ who: "", action: "", subject: "", text: "", since: "", until: "" });

/** The page that is asked for; times of this machine's zone are sent with their offset. */
export function query(filter: Filter, cursor: string | null): Operations["get"]["/audit"]["params"] {
  const asked: Operations["get"]["/audit"]["params"] = { limit: 50 };
  for (const name of ["who", "action", "subject", "text"] as const) {
    const word = filter[name].trim();
    if (word) asked[name] = word;
  }
  for (const name of ["since", "until"] as const) {
    const at = new Date(filter[name]);
    if (filter[name] && !Number.isNaN(at.getTime())) asked[name] = at.toISOString();
  }
  if (cursor) asked.cursor = cursor;
  return asked;
}

/** `{"roles":["agent"]}` as `roles: agent`; nested things as JSON. */
export function worded(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .map(([name, value]) => `${name}: ${plain(value)}`)
    .join("; ");
}

function plain(value: unknown): string {
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) return value.join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
