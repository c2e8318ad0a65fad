/** What may be done with the call in hand, as its state and legs say, and the request that does it. */
import type { Acted, LegView, Target } from "@shared/contracts/hotline";
import { post } from "@shared/http";
import { opId } from "@shared/ids";
import { once } from "../../frame/once";
import type { DeskCall } from "../../live/state";

export const PLAIN = ["hold", "resume", "mute", "unmute", "complete", "abort", "conference", "park", "retrieve", "help", "silent"] as const;
export type Plain = (typeof PLAIN)[number];
export type Act = Plain | "transfer" | "consult" | "digits";

const upLegs = (call: DeskCall): LegView[] =>
  call.legs.filter((leg) => leg.state === "up").sort((a, b) => (a.since < b.since ? -1 : 1));

/** Who consults was in the call before the colleague whom he asks. */
const consults = (call: DeskCall, me: string): boolean => upLegs(call).find((leg) => leg.role === "agent")?.agent_id === me;

/** Whom the agent consults has answered: besides him and the citizen on hold, somebody is there. */
export const isAnswered = (call: DeskCall, me: string): boolean => upLegs(call).filter((leg) => leg.agent_id !== me).length > 1;

/** The gateway decides; what it would surely refuse is not offered. */
export function actsOf(call: DeskCall, me: string): ReadonlySet<Act> {
  if (call.state === "parked") return new Set<Act>(["retrieve"]);
  const own = call.legs.find((leg) => leg.agent_id === me && leg.state === "up");
  if (own === undefined) return new Set();
  const always: Act[] = [own.muted ? "unmute" : "mute", ...(call.help ? [] : (["help"] as const))];
  const withCitizen: Act[] = ["transfer", "consult", "park", "silent"];
  switch (call.state) {
    case "talking":
      return new Set<Act>([...always, ...withCitizen, "hold", "digits"]);
    case "hold":
      return new Set<Act>([...always, ...withCitizen, "resume"]);
    case "consulting":
      if (!consults(call, me)) return new Set<Act>([...always, "digits"]);
      return new Set<Act>([...always, "abort", ...(isAnswered(call, me) ? (["complete", "conference", "digits"] as const) : [])]);
    case "conference":
      return new Set<Act>([...always, "digits"]);
    default:
      return new Set();
  }
}

export const act = (verb: Plain, callId: string): Promise<Acted> =>
  once(`${verb} ${callId}`, (op_id) => ask(verb, callId, op_id));

/** The same operation again tells what was found out about it since. */
export const ask = (verb: Plain, callId: string, op_id: string): Promise<Acted> =>
  post(`/calls/{call_id}/${verb}`, { call_id: callId }, { op_id });

export const towards = (verb: "transfer" | "consult", callId: string, target: Target): Promise<Acted> =>
  once(`${verb} ${callId} ${JSON.stringify(target)}`, (op_id) =>
    post(`/calls/{call_id}/${verb}`, { call_id: callId }, { op_id, target }),
  );

export const handOver = (callId: string, service: string): Promise<Acted> =>
  once(`handover ${callId} ${service}`, (op_id) => post("/calls/{call_id}/handover", { call_id: callId }, { op_id, service }));

/** Never sent twice: the same digit again is another key. */
export const sendDigits = (callId: string, digits: string): Promise<Acted> =>
  post("/calls/{call_id}/digits", { call_id: callId }, { op_id: opId(), digits });

/** The agent's own telephone rings first, then the number is dialled. */
export const placeCall = (number: string): Promise<Acted> =>
  once(`call ${number}`, (op_id) => post("/calls", {}, { op_id, number, first: "agent" }));

/** A colleague by name: the agent's own telephone rings first. */
export const placeCallTo = (agentId: string): Promise<Acted> =>
  once(`call ${agentId}`, (op_id) => post("/calls", {}, { op_id, first: "agent", target: { agent_id: agentId } }));

export const pauseRecording = (callId: string, reason: string) =>
  once(`pause ${callId} ${reason}`, (op_id) => post("/calls/{call_id}/recording/pause", { call_id: callId }, { op_id, reason }));

export const resumeRecording = (callId: string) =>
  once(`go on ${callId}`, (op_id) => post("/calls/{call_id}/recording/resume", { call_id: callId }, { op_id }));

export const setConfidential = (callId: string, confidential: boolean) =>
  post("/calls/{call_id}/confidential", { call_id: callId }, { confidential });
