/** To whom a call can go: services, colleagues, queues, and whatever number was typed. Pure. */
import type { AgentView, HandoverPresetView, QueueView, Target } from "@shared/contracts/hotline";
import { digitsOf, isMeant } from "../../frame/command/matching";

export type TargetRow =
  | { kind: "service"; id: string; preset: HandoverPresetView; free: boolean }
  | { kind: "agent"; id: string; agent: AgentView; free: boolean; target: Target }
  | { kind: "queue"; id: string; queue: QueueView; free: boolean; target: Target }
  | { kind: "number"; id: string; number: string; free: boolean; target: Target };

/** As the gateway takes it: digits, with + for another country. */
const NUMBER = /^\+?[0-9]{2,20}$/;

export const numberIn = (words: string): string | null => {
  const bare = words.replace(/[\s()./-]/g, "");
  return NUMBER.test(bare) ? bare : null;
};

/** Colleagues who are ready come first; whose phone cannot be rung are not offered. */
function colleagues(agents: readonly AgentView[], me: string): TargetRow[] {
  return agents
    .filter((one) => one.agent_id !== me && one.state !== "signed_out" && one.phone === "here")
    .map((agent): TargetRow => ({ kind: "agent", id: `agent-${agent.agent_id}`, agent, free: agent.state === "ready", target: { agent_id: agent.agent_id } }))
    .sort((a, b) => Number(b.free) - Number(a.free) || nameOf(a).localeCompare(nameOf(b)));
}

const nameOf = (row: TargetRow): string => (row.kind === "agent" ? row.agent.name : "");

export interface Known {
  presets: readonly HandoverPresetView[];
  agents: readonly AgentView[];
  queues: readonly QueueView[];
}

export function targetsOf(known: Known, words: string, me: string): TargetRow[] {
  const presets = known.presets
    .filter((one) => isMeant(words, one.number, one.zh, one.en))
    .map((preset): TargetRow => ({ kind: "service", id: `service-${preset.service}`, preset, free: preset.available }));
  const people = colleagues(known.agents, me).filter((row) => row.kind === "agent" && isMeant(words, row.agent.name, row.agent.agent_id));
  const queues = known.queues
    .filter((one) => isMeant(words, one.queue))
    .map((queue): TargetRow => ({ kind: "queue", id: `queue-${queue.queue}`, queue, free: queue.waiting === 0, target: { queue: queue.queue } }));
  const number = numberIn(digitsOf(words) || words);
  const typed: TargetRow[] =
    number && !known.presets.some((one) => one.number === number) ? [{ kind: "number", id: "number", number, free: true, target: { number } }] : [];
  return [...typed, ...presets, ...people, ...queues];
}
