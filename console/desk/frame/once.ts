/** An act whose answer did not arrive is repeated as the same one, so that nothing happens twice. */
import { Refused } from "@shared/http";
import { opId } from "@shared/ids";

/** By what is done to what. */
const operations = new Map<string, string>();

/** `act` names what is done, to what and with what: the same words are the same operation until it is answered. */
export async function once<T>(act: string, send: (op_id: string) => Promise<T>): Promise<T> {
  const op_id = operations.get(act) ?? opId();
  operations.set(act, op_id);
  try {
    const answer = await send(op_id);
    operations.delete(act);
    return answer;
  } catch (problem) {
    if (problem instanceof Refused && problem.status !== 0) operations.delete(act);
    throw problem;
  }
}
