/** Requests for a second person: what is told of one, and what a viewer may do with it. */
import type { RequestView } from "@shared/contracts/identity";

/** `number 13904510001, queue hotline`: what it is done to, without what is empty. */
export function told(parameters: Record<string, string>): string {
  return Object.entries(parameters)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** Who asked may take it back only before it is done. */
export function mayWithdraw(one: RequestView, me: string): boolean {
  return one.asked_by === me && (one.state === "waiting" || one.state === "approved");
}

/** One that is approved may be objected to until it is done. */
export function mayObject(one: RequestView): boolean {
  return !one.own && (one.waits || one.state === "approved");
}
