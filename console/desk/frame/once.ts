/** Acts that ring telephones: each press is one operation, and one whose answer did not arrive is repeated as the same one. */
import { Refused } from "@shared/http";
import { opId } from "@shared/ids";

const operations = new Map<string, string>();

/** `act` names what is done to what: the same act without an answer keeps its `op_id`, so that nothing rings twice. */
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
