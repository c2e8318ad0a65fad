/** What became of this person's requests for floors, by what answers and events tell. */
import { reactive } from "vue";
import type { FloorAnswered, FloorResponse } from "@shared/contracts/radio_bridge";

export interface Asked {
  op_id: string;
  result: string;
  cause: string;
  position: number | null;
}

/** By talkgroup: what this page has asked for and not given back. */
export const asked = reactive<Record<string, Asked>>({});
export const ENDED: ReadonlySet<string> = new Set(["denied", "revoked", "released"]);

export function take(talkgroup: string, answer: Pick<FloorResponse | FloorAnswered, "op_id" | "result" | "cause" | "position">): void {
  const { op_id, result, cause, position } = answer;
  asked[talkgroup] = { op_id, result, cause, position };
}

/** What an event tells of it later: granted out of the queue, revoked. */
export function floorAnswered(told: FloorAnswered): void {
  if (asked[told.talkgroup]?.op_id !== told.op_id) return;
  take(told.talkgroup, told);
}

export const holds = (talkgroup: string): boolean => talkgroup in asked && !ENDED.has(asked[talkgroup]!.result);
