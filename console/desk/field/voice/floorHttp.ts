/** A desk's words about the floor by HTTP, in the terms of the button that units have, too. */
import type { FloorAnswered, FloorResponse } from "@shared/contracts/radio_bridge";
import { post, Refused } from "@shared/http";
import type { Say } from "@shared/talk/button";
import type { Grant } from "@shared/talk/wire";

export const grantOf = (said: FloorResponse): Grant => ({
  talkgroup: said.talkgroup,
  of: said.op_id,
  result: said.result as Grant["result"],
  cause: said.cause,
  token: said.token,
  limit_s: said.limit_s,
  alive_every_s: said.alive_every_s,
  dead_key_s: said.dead_key_s,
  position: said.position,
  heard: said.heard,
});

/** What an event tells of a request later. A grant out of the queue has no token: it is asked for anew. */
export const toldLater = (said: FloorAnswered): Grant | null =>
  said.result === "granted"
    ? null
    : {
        talkgroup: said.talkgroup, of: said.op_id, result: said.result as Grant["result"], cause: said.cause ?? "",
        token: "", limit_s: null, alive_every_s: null, dead_key_s: null, position: said.position ?? null,
      }; // prettier-ignore

/** The centre's answer; null for one that is not worth waiting for. A refusal is an answer, too. */
export async function say({ action, request: op_id, talkgroup }: Say, take_over: boolean): Promise<Grant | null> {
  try {
    if (action === "release") {
      await post("/floors/{talkgroup}/release", { talkgroup }, { op_id });
      return null;
    }
    return grantOf(await post("/floors/{talkgroup}/request", { talkgroup }, { op_id, take_over }));
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    // A sign of life that was lost is made up for by the next one; the watchdogs of both sides see to the rest.
    if (action !== "request") return null;
    const cause = problem.status === 403 ? "not_a_member" : problem.status === 404 ? "no_such_group" : "no_answer";
    return { talkgroup, of: op_id, result: "denied", cause, token: "", limit_s: null, alive_every_s: null, dead_key_s: null, position: null };
  }
}

/** Why there is no way into the talkgroup's conference, in the words of the leg's rules. */
export function whyNoTicket(problem: unknown): string {
  if (!(problem instanceof Refused)) return "no_answer";
  if (problem.status === 403 || problem.status === 404) return "not_a_member";
  if (problem.problem.type.endsWith("no-voice-for-pages")) return "no_voice";
  return problem.problem.type.endsWith("conference-door-away") ? "switch_away" : "no_answer";
}
