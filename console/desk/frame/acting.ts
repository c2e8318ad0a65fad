/** Acts of a page: one at a time, each once however often its button is pressed, and what became of it. */
import { ref } from "vue";
import { useReasons } from "./notices";
import { once } from "./once";

let pages = 0;

/** `ask` reads anew what the page shows; it follows every act that was done. */
export function useActing(ask: () => Promise<unknown>) {
  const why = useReasons();
  const trouble = ref("");
  const told = ref("");
  const busy = ref(false);
  /** Two pages may name different acts alike. */
  const page = ++pages;

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
    try {
      const answer = await once(`${page} ${act}`, send);
      await load();
      told.value = done;
      return answer;
    } catch (problem) {
      trouble.value = why(problem);
      return undefined;
    } finally {
      busy.value = false;
    }
  }

  return { trouble, told, busy, load, act };
}
