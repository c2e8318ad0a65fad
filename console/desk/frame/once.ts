/** An act whose answer did not arrive is repeated as the same one, so that nothing happens twice. */
import { passed } from "@shared/clock";
import { Refused } from "@shared/http";
import { opId } from "@shared/ids";

/** Who presses again after a minute means it anew: a call that was held, fetched back and is to be held once more. */
export const KEPT_MS = 60_000;

/** By what is done to what. */
const unanswered = new Map<string, { op_id: string; at: number }>();

/** `act` names what is done, to what and with what: the same words are the same operation until it is answered. */
export async function once<T>(act: string, send: (op_id: string) => Promise<T>): Promise<T> {
  const known = unanswered.get(act);
  const op_id = known !== undefined && passed() - known.at < KEPT_MS ? known.op_id : opId();
  unanswered.set(act, { op_id, at: passed() });
  try {
    const answer = await send(op_id);
    unanswered.delete(act);
    return answer;
  } catch (problem) {
    if (problem instanceof Refused && problem.status !== 0) unanswered.delete(act);
    throw problem;
  }
}
