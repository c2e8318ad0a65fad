/**
 * A hold-to-talk that goes on being held though its floor was lost for want of an answer: it asks again by itself.
 * Who holds a pedal looks elsewhere and goes on talking. Pure; moments are milliseconds.
 *
 * What somebody decided (taken over, time is up, not allowed) ends the press: the hand has to let go first.
 */
import type { Told } from "@shared/talk/button";

/** So long after the loss it is asked again, and so long it is waited for that it may be. */
export const AGAIN_MS = 250;
export const PATIENCE_MS = 15_000;
/** Losses in a row. A talk of this length counts as none. */
export const MOST_LOSSES = 5;
const STEADY_MS = 10_000;

/** What the hand holds. `since`: of the request that stands; `lost`: when it was lost, null while it stands. */
export interface Held {
  takeOver: boolean;
  losses: number;
  since: number;
  lost: number | null;
}

export const hold = (takeOver: boolean, at: number): Held => ({ takeOver, losses: 0, since: at, lost: null });

/** The centre heard no sign of life of this desk, lost its own link, or was started anew; or nobody answered. */
const UNWANTED = ["dead_key", "unreachable", "restarted", "no_answer"];
const unwanted = ({ kind, cause }: Told): boolean => kind === "silent" || ((kind === "revoked" || kind === "denied") && UNWANTED.includes(cause));

/** Its press is over. Null when it is to be let go and pressed again. */
export function ended(held: Held, told: Told, at: number): Held | null {
  if (!unwanted(told)) return null;
  const losses = at - held.since >= STEADY_MS ? 1 : held.losses + 1;
  return losses > MOST_LOSSES ? null : { ...held, losses, lost: at };
}

/** `may`: whether a press would ask for the floor now. */
export function look(held: Held, may: boolean, at: number): "wait" | "press" | "give_up" {
  if (held.lost === null) return "wait";
  if (at - held.lost >= PATIENCE_MS) return "give_up";
  return may && at - held.lost >= AGAIN_MS ? "press" : "wait";
}

export const pressed = (held: Held, at: number): Held => ({ ...held, since: at, lost: null });
