/** The table of status codes as text, one rule a line: `tetra status 32768 on_the_way`. */
import type { RuleView, RuleViewInput } from "@shared/contracts/field";

export const KINDS = ["status", "button", "text", "dtmf"] as const;
export const STEPS = ["delivered", "displayed", "accepted", "declined", "on_the_way", "arrived", "done", "returned"] as const;

export const lineOf = (rule: RuleView): string => [rule.network, rule.kind, rule.code, rule.step].join("\t");
export const textOf = (rules: readonly RuleView[]): string => rules.map(lineOf).join("\n");

export interface Read {
  rules: RuleViewInput[];
  /** Lines that are no rule, counted from 1. */
  wrong: number[];
}

const isKind = (word: string): word is RuleView["kind"] => (KINDS as readonly string[]).includes(word);
const isStep = (word: string): word is RuleView["step"] => (STEPS as readonly string[]).includes(word);

/** The code may hold spaces: it is everything between the second word and the last. */
export function rulesOf(text: string): Read {
  const read: Read = { rules: [], wrong: [] };
  text.split("\n").forEach((line, n) => {
    if (line.trim() === "") return;
    const words = line.trim().split(/\s+/);
    const [network = "", kind = ""] = words;
    const step = words.at(-1) ?? "";
    if (words.length < 4 || !isKind(kind) || !isStep(step)) read.wrong.push(n + 1);
    else read.rules.push({ network, kind, code: words.slice(2, -1).join(" "), step });
  });
  return read;
}
