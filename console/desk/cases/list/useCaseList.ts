/** Pages of a list of cases by the service's cursor. Nothing is asked for again by an event: a hand does that. */
import { computed, onMounted, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import type { CasePageAnswer, CaseView } from "@shared/contracts/cases";
import { get, Refused } from "@shared/http";
import { desk, linkState } from "../../live/desk";
import { fits, PAGE, query, type CaseListFilter } from "./filter";

export interface CaseList {
  cases: ShallowRef<CaseView[]>;
  counts: ShallowRef<CasePageAnswer["counts"]>;
  /** Why the last page did not come. */
  trouble: ShallowRef<Refused | null>;
  /** The first page is on its way. */
  asking: Ref<boolean>;
  hasMore: ComputedRef<boolean>;
  /** Cases that belong here and came or changed since, and whether the link was away meanwhile. */
  fresh: ComputedRef<number>;
  missed: Ref<boolean>;
  ask(): Promise<void>;
  more(): Promise<void>;
  /** A case that was asked for by its address is not new. */
  know(one: CaseView): void;
}

export function useCaseList(filter: () => CaseListFilter): CaseList {
  const cases = shallowRef<CaseView[]>([]);
  const counts = shallowRef<CasePageAnswer["counts"]>(null);
  const trouble = shallowRef<Refused | null>(null);
  const next = ref<string | null>(null);
  const asking = ref(false);
  const missed = ref(false);
  /** What the picture held when the list was asked for; later than all of it is new. */
  const known = shallowRef(new Map<string, string>());
  const latest = ref(0);
  let lost = false;
  let asked = 0;
  let further = false;

  async function page(cursor: string | null): Promise<void> {
    const mine = ++asked;
    trouble.value = null;
    try {
      const answer = await get("/cases", query(filter(), cursor));
      // What comes late for another filter is not shown.
      if (mine !== asked) return;
      const before = cursor === null ? [] : cases.value;
      const ids = new Set(before.map((one) => one.case_id));
      cases.value = [...before, ...answer.cases.filter((one) => !ids.has(one.case_id))];
      next.value = answer.next;
      if (answer.counts) counts.value = answer.counts;
      if (cursor === null) latest.value = Math.max(latest.value, ...answer.cases.map((one) => Date.parse(one.updated_at)));
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
      if (mine === asked) trouble.value = problem;
    } finally {
      if (mine === asked) asking.value = further = false;
    }
  }

  function ask(): Promise<void> {
    asking.value = true;
    missed.value = false;
    remember();
    return page(null);
  }

  function remember(): void {
    const all = Object.values(desk.cases);
    known.value = new Map(all.map((one) => [one.case_id, one.updated_at]));
    latest.value = Math.max(0, ...all.map((one) => Date.parse(one.updated_at)));
  }

  async function more(): Promise<void> {
    if (next.value === null || asking.value || further) return;
    further = true;
    await page(next.value);
  }

  function know(one: CaseView): void {
    known.value = new Map(known.value).set(one.case_id, one.updated_at);
  }

  const fresh = computed(() => {
    const shown = new Set(cases.value.map((one) => one.case_id));
    const wanted = filter();
    const isNew = (one: CaseView): boolean => Date.parse(one.updated_at) > latest.value && known.value.get(one.case_id) !== one.updated_at;
    return Object.values(desk.cases).filter((one) => !shown.has(one.case_id) && isNew(one) && fits(wanted, one)).length;
  });

  watch(linkState, (state) => {
    if (state === "away") lost = true;
    if (state !== "live") return;
    // The first picture comes after the first page, or before it.
    if (!lost) remember();
    else if (cases.value.length <= PAGE) void ask();
    else missed.value = true;
    lost = false;
  });
  onMounted(ask);
  return { cases, counts, trouble, asking, hasMore: computed(() => next.value !== null), fresh, missed, ask, more, know };
}
