/** The forms of the drafts that this page has opened; each lives as long as its draft is open. */
import { watch } from "vue";
import { get, patch } from "@shared/http";
import { forget, keep, kept } from "@shared/kept";
import { desk } from "../../live/desk";
import { after } from "../../live/pulse";
import { DraftForm, type DraftPort } from "./form";

const KEY = "songhua.draft.";

/** Drafts with text that neither the centre nor this machine has. */
const onlyHere = new Set<string>();

/** Typed text would be lost with this page. */
export const wouldLoseText = (): boolean => onlyHere.size > 0;

const port: DraftPort = {
  write: (draftId, change) => patch("/drafts/{draft_id}", { draft_id: draftId }, change),
  read: (draftId) => get("/drafts/{draft_id}", { draft_id: draftId }),
  after,
  // Typed text outlives a reload of this tab, and no longer than the tab.
  keep(draftId, unsaved) {
    onlyHere.delete(draftId);
    if (Object.keys(unsaved).length === 0) forget("tab", KEY + draftId);
    else if (!keep("tab", KEY + draftId, JSON.stringify(unsaved))) onlyHere.add(draftId);
  },
  kept(draftId) {
    try {
      return JSON.parse(kept("tab", KEY + draftId) ?? "{}") as object;
    } catch {
      return {};
    }
  },
};

const forms = new Map<string, { form: DraftForm; stop: () => void }>();

export function formOf(draftId: string): DraftForm {
  const known = forms.get(draftId);
  if (known) return known.form;
  const form = new DraftForm(draftId, port);
  const stop = watch(
    () => desk.drafts[draftId],
    (draft) => {
      if (draft) form.take(draft);
    },
    { immediate: true },
  );
  forms.set(draftId, { form, stop });
  return form;
}

export function closeForm(draftId: string): void {
  const known = forms.get(draftId);
  known?.form.close();
  known?.stop();
  forms.delete(draftId);
  onlyHere.delete(draftId);
  forget("tab", KEY + draftId);
}
