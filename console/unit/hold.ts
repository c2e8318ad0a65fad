/**
 * A button that acts only when it is held: two seconds, counted down, called off by letting go. Pure: the time
 * comes with each signal, and what is to be done goes out.
 */

export const HOLD_MS = 2000;
/** How often the crew feels and hears that it counts. */
export const BEAT_MS = 500;

export interface Hold {
  /** When it was pressed; null while nobody holds it. */
  since: number | null;
  beats: number;
}

export type HoldSignal = { kind: "press" | "let_go" | "tick"; at: number };
export type HoldAct = "beat" | "fire" | "called_off";

export const RELEASED: Hold = { since: null, beats: 0 };

/** What is left of the two seconds, in whole half seconds for the eyes. */
export function left(hold: Hold, at: number): number {
  return hold.since === null ? HOLD_MS : Math.max(0, HOLD_MS - (at - hold.since));
}

export function hold(state: Hold, signal: HoldSignal): [Hold, HoldAct[]] {
  if (signal.kind === "press") {
    // A second finger, or a key that repeats: it is held already.
    return state.since === null ? [{ since: signal.at, beats: 0 }, ["beat"]] : [state, []];
  }
  if (state.since === null) return [state, []];
  const held = signal.at - state.since;
  // Whoever held it long enough has said so, also when the page only hears of it as he lets go.
  if (held >= HOLD_MS) return [RELEASED, ["fire"]];
  if (signal.kind === "let_go") return [RELEASED, ["called_off"]];
  const beats = Math.floor(held / BEAT_MS);
  return beats > state.beats ? [{ ...state, beats }, ["beat"]] : [state, []];
}
