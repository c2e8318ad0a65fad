/** The lists that the form chooses from: classes of the catalogue and districts; asked for once. */
import { computed, ref } from "vue";
import type { CatalogueAnswer, CategoryRow, ClosingRow, DistrictRow } from "@shared/contracts/cases";
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

/** The conditions under which a case of this class may be closed; of a class of an older catalogue, those for every class. */
export function closingsOf(category: string): readonly ClosingRow[] {
  return rows.value.find((row) => row.id === category)?.closings ?? answer.value?.closings ?? [];
}
