/** What a supervisor does with an agent or an agent's call: one press each, at the supervisor's own telephone. */
import type { AgentView } from "@shared/contracts/hotline";
import { post } from "@shared/http";
import { once } from "../frame/once";
import { expectRing, stopExpecting } from "../phone/expected";

export type Listening = "monitor" | "whisper" | "barge" | "intercept";
export const LISTENING: readonly Listening[] = ["monitor", "whisper", "barge", "intercept"];

/** The switch rings the supervisor's own telephone; the one of this page answers by itself. */
export async function listen(verb: Listening, callId: string): Promise<void> {
  expectRing();
  try {
    await once(`${verb} ${callId}`, (op_id) => post(`/calls/{call_id}/${verb}`, { call_id: callId }, { op_id }));
  } catch (problem) {
    stopExpecting();
    throw problem;
  }
}

/** The citizen waits in that queue; the agent is free. */
export const redirect = (callId: string, queue: string) =>
  once(`redirect ${callId} ${queue}`, (op_id) => post("/calls/{call_id}/redirect", { call_id: callId }, { op_id, target: { queue } }));

/** For everybody in it. */
export const endCall = (callId: string) => once(`hangup ${callId}`, (op_id) => post("/calls/{call_id}/hangup", { call_id: callId }, { op_id, whole: true }));

export const force = (agentId: string, state: AgentView["state"], reason: string): Promise<AgentView> =>
  once(`force ${agentId} ${state} ${reason}`, (op_id) =>
    post("/agents/{agent_id}/state", { agent_id: agentId }, { op_id, state, reason }),
  );

export const putFirst = (callId: string, priority: number) =>
  once(`priority ${callId} ${priority}`, (op_id) =>
    post("/queues/waiting/{call_id}/priority", { call_id: callId }, { op_id, priority }),
  );

export const assignCallback = (callbackId: string, agentId: string) =>
  once(`assign ${callbackId} ${agentId}`, (op_id) =>
    post("/callbacks/{callback_id}/assign", { callback_id: callbackId }, { op_id, agent_id: agentId }),
  );

export const cancelCallback = (callbackId: string, note: string) =>
  once(`cancel ${callbackId}`, (op_id) => post("/callbacks/{callback_id}/cancel", { callback_id: callbackId }, { op_id, note }));
