/** The figures of the board as a person reads them. Definitions: docs/metrics.md. */
import type { AgentView, BoardView } from "@shared/contracts/hotline";
import { span } from "@shared/time";

export type Tone = "" | "good" | "warn";
export interface Tile {
  name: "waiting" | "longest" | "inTime" | "connect" | "ready" | "callbacks";
  text: string;
  tone: Tone;
}

/** GB/T 33358: at least 95 % of the calls of 24 hours are connected; the share answered within 15 s is judged alike. */
export const GOAL = 0.95;
/** Seconds after which a caller has waited too long. */
export const LONG_WAIT_S = 15;
/** A report by text message or another medium is answered within 3 minutes (GB/T 33358). */
export const LONG_REPORT_S = 180;

const percent = (share: number | null): string => (share === null ? "–" : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`);
const judged = (share: number | null): Tone => (share === null ? "" : share >= GOAL ? "good" : "warn");

/** `now` in ms: the longest wait goes on between two boards. */
export function tiles(board: BoardView | null, now: number): Tile[] {
  const total = board?.total;
  const waited = total?.longest_since ? Math.max(0, (now - Date.parse(total.longest_since)) / 1000) : 0;
  const ready = board?.agents.ready ?? 0;
  return [
    { name: "waiting", text: total ? String(total.waiting) : "–", tone: total && total.waiting > 0 ? "warn" : "" },
    { name: "longest", text: total ? span(waited) : "–", tone: waited > LONG_WAIT_S ? "warn" : "" },
    { name: "inTime", text: percent(total?.within_15s_24h ?? null), tone: judged(total?.within_15s_24h ?? null) },
    { name: "connect", text: percent(total?.connect_rate_24h ?? null), tone: judged(total?.connect_rate_24h ?? null) },
    { name: "ready", text: board ? String(ready) : "–", tone: board && ready === 0 ? "warn" : "" },
    { name: "callbacks", text: board ? String(board.callbacks_due) : "–", tone: board && board.callbacks_due > 0 ? "warn" : "" },
  ];
}

/** Seats out of order first, then who talks, who is free, who is away; the signed out last. */
const ORDER: readonly AgentView["state"][] = [
  "unreachable",
  "wrap_up",
  "hold",
  "talking",
  "ringing",
  "ready",
  "busy",
  "rest",
  "study",
  "signed_out",
];

export const outOfOrder = (agent: AgentView): boolean =>
  agent.state !== "signed_out" && (agent.state === "unreachable" || agent.phone === "lost" || agent.page === "lost" || agent.overdue || agent.missed > 0);

export function inOrder(agents: readonly AgentView[]): AgentView[] {
  const rank = (agent: AgentView) => (outOfOrder(agent) ? 0 : 1 + ORDER.indexOf(agent.state));
  return [...agents].sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name) || a.agent_id.localeCompare(b.agent_id));
}
