/**
 * When a leg that is not there is to be tried again, and what the crew is told meanwhile. Pure; moments are
 * milliseconds.
 */

/** `blocked`: it is there, and the browser lets no sound through yet. The others: it is not there, and why. */
export type LegState =
  | "joining"
  | "hearing"
  | "blocked"
  | "lost"
  | "no_answer"
  | "not_a_member"
  | "no_voice"
  | "switch_away";

export interface Joining {
  state: LegState;
  /** The question to the centre that is not answered yet. */
  ask: string | null;
  /** Whether a leg of ours is at the switch. */
  calling: boolean;
  /** When something is due; null while the switch has it. */
  due: number | null;
  /** Tries that came to nothing, one after the other. */
  failures: number;
  upSince: number | null;
}

export type JoinSignal =
  | { kind: "asked"; ask: string; at: number }
  /** There is no line to ask by. */
  | { kind: "unasked"; at: number }
  | { kind: "ticket"; of: string; cause: string; at: number }
  | { kind: "up" | "blocked" | "over"; at: number }
  /** The line is back: now is better than later. */
  | { kind: "hurry"; at: number };

export type JoinAct = "call" | null;

const ANSWER_MS = 3000;
const SHORTEST_MS = 1000;
const LONGEST_MS = 6000;
/** A leg that was up for so long was no failure. */
const STEADY_MS = 10_000;
const CAUSES = ["not_a_member", "no_voice", "switch_away"] as const;

export const begin = (at: number): Joining => ({ state: "joining", ask: null, calling: false, due: at, failures: 0, upSince: null });

export const isIn = ({ state }: Joining): boolean => state === "hearing" || state === "blocked";

/** Whether the centre is to be asked now. A question that is not answered in time was none. */
export const wantsToAsk = (joining: Joining, at: number): boolean => !joining.calling && joining.due !== null && at >= joining.due;

export function join(joining: Joining, signal: JoinSignal): [Joining, JoinAct] {
  const { at } = signal;
  switch (signal.kind) {
    case "asked": {
      // The question before this one was not answered.
      const silent = joining.ask !== null;
      const state = silent ? "no_answer" : joining.state;
      return [{ ...joining, state, ask: signal.ask, failures: joining.failures + (silent ? 1 : 0), due: at + ANSWER_MS }, null];
    }
    case "unasked":
      return [{ ...joining, ask: null, due: at + SHORTEST_MS }, null];
    case "ticket": {
      if (joining.ask === null || joining.ask !== signal.of || joining.calling) return [joining, null];
      if (!signal.cause) return [{ ...joining, ask: null, calling: true, due: null }, "call"];
      const why = CAUSES.find((one) => one === signal.cause) ?? "no_answer";
      return [failed({ ...joining, ask: null }, why, at), null];
    }
    case "up":
    case "blocked":
      if (!joining.calling) return [joining, null];
      return [{ ...joining, state: signal.kind === "up" ? "hearing" : "blocked", upSince: joining.upSince ?? at }, null];
    case "over": {
      if (!joining.calling) return [joining, null];
      const steady = joining.upSince !== null && at - joining.upSince >= STEADY_MS;
      const ended = { ...joining, calling: false, upSince: null, failures: steady ? 0 : joining.failures };
      return [failed(ended, "lost", at), null];
    }
    case "hurry":
      return joining.calling || joining.ask !== null ? [joining, null] : [{ ...joining, due: Math.min(joining.due ?? at, at) }, null];
  }
}

function failed(joining: Joining, state: LegState, at: number): Joining {
  const wait = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(joining.failures, 5));
  return { ...joining, state, failures: joining.failures + 1, due: at + wait };
}
