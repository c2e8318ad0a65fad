/** How the state of a message to a citizen is shown, and what a follow-up was told. */
import type { FollowUpOfCase, MessageState, QueuedMessageView } from "@shared/contracts/citizen";

export const SHAPES: Readonly<Record<MessageState, string>> = {
  waiting: "○", submitting: "◔", sent: "◑", delivered: "●", undelivered: "×", refused: "×", expired: "×", suppressed: "–", limited: "–", unknown: "?",
};

export const TONES: Readonly<Record<MessageState, string>> = {
  waiting: "", submitting: "", sent: "accent", delivered: "good", undelivered: "warn", refused: "warn", expired: "warn", suppressed: "", limited: "", unknown: "warn",
};

/** The words for what became of a call, empty for what has none: other channels say it in their peer's words. */
export function outcomeKey(one: Pick<QueuedMessageView, "channel" | "error">): string {
  return one.channel === "call" && one.error ? `messages.outcomes.${one.error}` : "";
}

/** What was answered, in the order in which it is asked: the question's name and the word of the answer. */
export function saidIn(one: Pick<FollowUpOfCase, "contacted" | "solved" | "satisfaction">): [string, string][] {
  const said: [string, string][] = [];
  if (one.contacted !== null) said.push(["contacted", one.contacted ? "yes" : "no"]);
  if (one.solved !== null) said.push(["solved", one.solved ? "yes" : "no"]);
  if (one.satisfaction !== null) said.push(["satisfaction", String(one.satisfaction)]);
  return said;
}
