/** Acts of a page: one at a time, each once however often its button is pressed, and what became of it. */
import { ref } from "vue";
import { Refused } from "@shared/http";
import { opId } from "@shared/ids";
import { useReasons } from "./notices";

/** `ask` reads anew what the page shows; it follows every act that was done. */
export function useActing(ask: () => Promise<unknown>) {
  const why = useReasons();
  const trouble = ref("");
  const told = ref("");
  const busy = ref(false);
  /** By act: one whose answer did not arrive is repeated as the same one. */
  const operations = new Map<string, string>();

  async function load(): Promise<void> {
    try {
      await ask();
    } catch (problem) {
      trouble.value = why(problem);
    }
  }

  /** `act` names what is done to what, with its words; `done` is said when it was done. */
  async function act<T>(act: string, send: (op_id: string) => Promise<T>, done = ""): Promise<T | undefined> {
    if (busy.value) return undefined;
    busy.value = true;
    trouble.value = told.value = "";
    const op_id = operations.get(act) ?? opId();
    operations.set(act, op_id);
    try {
      const answer = await send(op_id);
      operations.delete(act);
      await load();
      told.value = done;
      return answer;
    } catch (problem) {
      trouble.value = why(problem);
      if (problem instanceof Refused && problem.status !== 0) operations.delete(act);
      return undefined;
    } finally {
      busy.value = false;
    }
  }

  return { trouble, told, busy, load, act };
}
