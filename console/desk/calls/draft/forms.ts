/** The forms of the drafts that this page has opened; each lives as long as its draft is open. */
import { watch } from "vue";
import { get, patch } from "@shared/http";
import { desk } from "../../live/desk";
import { after } from "../../live/pulse";
import { DraftForm, type DraftPort } from "./form";

const KEY = "songhua.draft.";

const port: DraftPort = {
  write: (draftId, change) => patch("/drafts/{draft_id}", { draft_id: draftId }, change),
  read: (draftId) => get("/drafts/{draft_id}", { draft_id: draftId }),
  after,
  // Typed text outlives a reload of this tab, and no longer than the tab.
  keep(draftId, unsaved) {
    if (Object.keys(unsaved).length === 0) sessionStorage.removeItem(KEY + draftId);
    else sessionStorage.setItem(KEY + draftId, JSON.stringify(unsaved));
  },
  kept(draftId) {
    try {
      return JSON.parse(sessionStorage.getItem(KEY + draftId) ?? "{}") as object;
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
  sessionStorage.removeItem(KEY + draftId);
}
