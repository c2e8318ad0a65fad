/** A list that is asked for page by page: what is shown so far, and what became of the last question. */
import { nextTick, ref, shallowRef, type Ref } from "vue";
import { useReasons } from "./notices";

export interface Page<R> {
  rows: readonly R[];
  /** The cursor of the next page; null on the last one. */
  next: string | null;
}

/** `ask` fetches the page behind a cursor; `rowsOf` finds in `host` what the focus goes to when more is shown. */
export function usePages<R>(ask: (cursor: string | null) => Promise<Page<R>>, host: Readonly<Ref<HTMLElement | null>>, rowsOf: string) {
  const why = useReasons();
  const rows = shallowRef<readonly R[]>([]);
  const next = ref<string | null>(null);
  const busy = ref(false);
  const asked = ref(false);
  const trouble = ref("");
  let newest = 0;

  /** A later question takes the place of one that is still under way. */
  async function load(cursor: string | null = null): Promise<void> {
    const mine = ++newest;
    busy.value = true;
    trouble.value = "";
    try {
      const page = await ask(cursor);
      if (mine !== newest) return;
      rows.value = cursor ? [...rows.value, ...page.rows] : page.rows;
      next.value = page.next;
      asked.value = true;
    } catch (problem) {
      if (mine === newest) trouble.value = why(problem);
    } finally {
      if (mine === newest) busy.value = false;
    }
  }

  /** Further rows come below; the focus goes to the first of them. */
  async function more(): Promise<void> {
    if (busy.value || next.value === null) return;
    const before = rows.value.length;
    await load(next.value);
    await nextTick();
    host.value?.querySelectorAll<HTMLElement>(rowsOf)[before]?.focus();
  }

  return { rows, next, busy, asked, trouble, load, more };
}
