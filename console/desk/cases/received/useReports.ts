/** The drafts without a call: the list as it was last asked for, asked anew when the centre says that it has changed. */
import { computed, ref, watch } from "vue";
import type { DraftView } from "@shared/contracts/cases";
import { get } from "@shared/http";
import { desk } from "../../live/desk";
import { putDraft } from "../../live/state";

const ids = ref<string[]>([]);
const asked = ref(false);

/** In the order in which they came; a draft that was filed or declined meanwhile is not among them. */
const reports = computed<DraftView[]>(() =>
  ids.value.map((id) => desk.drafts[id]).filter((one): one is DraftView => one !== undefined && one.state === "open"),
);

async function ask(): Promise<void> {
  const { drafts } = await get("/drafts/waiting");
  for (const draft of drafts) putDraft(desk, draft);
  ids.value = drafts.map((one) => one.draft_id);
  asked.value = true;
}

export function useReports(failed: (problem: unknown) => void) {
  const again = () => ask().catch(failed);
  watch(() => desk.reportsChanged, again);
  return { reports, asked, again };
}
