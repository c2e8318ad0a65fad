/** The list of a department's assignments, this person's first, by deadline, page by page; asked for again when the centre tells of one. */
import { onBeforeUnmount, ref, shallowRef, watch } from "vue";
import type { AssignmentItem } from "@shared/contracts/cases";
import { get, Refused } from "@shared/http";
import { desk } from "../live/desk";
import { after } from "../live/pulse";
import { queryOf, toSign, type Shown } from "./filter";
import { waitingHere } from "./waiting";

const PAGE = 30;
const MOST = 100;
/** Several acts in a moment are one question. */
const GATHER_MS = 300;

export function useAssignments(shown: () => Shown) {
  const items = shallowRef<readonly AssignmentItem[]>([]);
  const next = ref<string | null>(null);
  const trouble = shallowRef<Refused | null>(null);
  const asked = ref(false);
  let newest = 0;
  let cancel = (): void => undefined;

  async function load(cursor: string | null, limit: number): Promise<void> {
    const mine = ++newest;
    const wanted = shown();
    try {
      const first = wanted === "inHand" && !cursor ? get("/assignments", { mine: true, limit: MOST }) : null;
      const answer = await get("/assignments", { ...queryOf(wanted), limit, ...(cursor ? { cursor } : {}) });
      const own = (await first)?.assignments ?? [];
      if (mine !== newest) return;
      const before = cursor ? items.value : own;
      const known = new Set(before.map((one) => one.assignment.assignment_id));
      items.value = [...before, ...answer.assignments.filter((one) => !known.has(one.assignment.assignment_id))];
      next.value = answer.next;
      trouble.value = null;
      asked.value = true;
      if (wanted === "inHand") waitingHere.value = items.value.filter((one) => toSign(one.assignment.state)).length;
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      if (mine === newest) trouble.value = problem;
    }
  }

  /** What is on the screen stays there: as many as were shown, as they are now. */
  const again = (): Promise<void> => load(null, Math.min(MOST, Math.max(PAGE, items.value.length)));
  const more = async (): Promise<void> => {
    if (next.value) await load(next.value, PAGE);
  };

  watch(
    shown,
    () => {
      items.value = [];
      asked.value = false;
      void load(null, PAGE);
    },
    { immediate: true },
  );
  watch(
    () => desk.assignedChanged,
    () => {
      cancel();
      cancel = after(GATHER_MS, () => void again());
    },
  );
  onBeforeUnmount(() => cancel());
  return { items, next, trouble, asked, again, more };
}
