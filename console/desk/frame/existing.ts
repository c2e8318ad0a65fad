/** Whether what an address names is there: asked for once per name, through the given request. */
import { ref, watch, type Ref } from "vue";
import { Refused } from "@shared/http";

export type Existing = "asking" | "there" | "missing" | "away";

/** `load` answers with a problem of status 404, 403 or 422 for what is not there for this person. */
export function useExisting(name: () => string | undefined, load: (name: string) => Promise<unknown>): Ref<Existing> {
  const found = ref<Existing>("asking");
  watch(
    name,
    async (wanted) => {
      found.value = "asking";
      if (wanted === undefined) return;
      let answer: Existing = "there";
      try {
        await load(wanted);
      } catch (problem) {
        if (!(problem instanceof Refused)) throw problem;
        answer = [403, 404, 422].includes(problem.status) ? "missing" : "away";
      }
      if (name() === wanted) found.value = answer;
    },
    { immediate: true },
  );
  return found;
}

/** A parameter of the address, if it is there. */
export const param = (value: string | string[] | undefined): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
