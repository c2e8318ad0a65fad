/** Whose a call is: decided by its state and its legs, so that every part of the desk decides alike. */
import type { CallView } from "@shared/contracts/hotline";
import type { DeskCall, DeskState } from "../live/state";

/** An agent has the call in hand. A parked one is in nobody's, until somebody fetches it. */
const IN_HAND: readonly CallView["state"][] = ["talking", "hold", "consulting", "conference", "transferring"];

export const belongsTo = (call: DeskCall, agentId: string): boolean =>
  call.agent_ids.includes(agentId) ||
  call.rang.includes(agentId) ||
  call.legs.some((leg) => leg.agent_id === agentId);

/** The agent's phone rings for it: also while others talk, as in a consultation or a transfer. */
export const rings = (call: DeskCall, agentId: string): boolean =>
  (call.state === "ringing" && call.rang.includes(agentId)) ||
  (call.state !== "ended" && call.legs.some((leg) => leg.agent_id === agentId && leg.state === "ringing"));

export const inHandOf = (call: DeskCall, agentId: string): boolean =>
  IN_HAND.includes(call.state) &&
  (call.legs.length
    ? call.legs.some((leg) => leg.agent_id === agentId && leg.state === "up")
    : belongsTo(call, agentId));

/**
 * Whether the phone at `endpoint` is to answer by itself. The SIP call does not bear the leg's name, so the live
 * picture must still say that the leg of the wish rings: a late wish must not take the next caller's ring.
 */
export function isAsked({ asked, calls }: Pick<DeskState, "asked" | "calls">, endpoint: string | null): boolean {
  if (asked === null || asked.endpoint !== endpoint) return false;
  const legs = calls[asked.call_id]?.legs ?? [];
  return legs.some((leg) => leg.leg_id === asked.leg_id && leg.state === "ringing");
}

/** It asks nothing of the agent any more: parked, or ended with its outcome. */
export const letGo = (call: DeskCall): boolean =>
  call.state === "parked" || (call.state === "ended" && call.disposition !== null);

/** The number at the other end: an agent's own call has it as what was dialled. */
export const farNumber = (call: Pick<DeskCall, "direction" | "caller" | "called">): string =>
  call.caller || (call.direction === "outbound" ? call.called : "");
