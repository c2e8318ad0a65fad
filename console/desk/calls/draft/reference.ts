/** The lists that the form chooses from: classes of the catalogue and districts; asked for once. */
import { computed, ref } from "vue";
import type { CatalogueAnswer, CategoryRow, DistrictRow } from "@shared/contracts/cases";
import { get, Refused } from "@shared/http";
import { after } from "../../live/pulse";

const answer = ref<CatalogueAnswer | null>(null);
let asked = false;

export const districts = computed<readonly DistrictRow[]>(() => answer.value?.districts ?? []);
export const rows = computed<readonly CategoryRow[]>(() => answer.value?.rows ?? []);

export async function loadReference(): Promise<void> {
  if (asked) return;
  asked = true;
  try {
    answer.value = await get("/catalogue");
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    asked = false;
    after(5000, () => void loadReference());
  }
}

/** The class of a field's value (`scheme@version/code`), or of a code alone. */
export function rowOf(value: string): CategoryRow | null {
  return rows.value.find((row) => row.id === value || row.code === value) ?? null;
}
