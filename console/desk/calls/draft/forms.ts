/** The forms of the drafts that this page has opened; each lives as long as its draft is open. */
import { effectScope, reactive, watch } from "vue";
import { get, patch } from "@shared/http";
import { myId } from "../../frame/roles";
import { forget, keep, kept } from "@shared/kept";
import { desk } from "../../live/desk";
import type { FormField } from "./fields";
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
  me: () => myId.value,
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
  // It lives longer than the component that asks first, and sees an end before that component goes.
  const scope = effectScope(true);
  scope.run(() =>
    watch(
      () => desk.drafts[draftId],
      (draft) => {
        if (!draft) return;
        if (draft.state !== "open") keepText(draftId, form);
        else form.take(draft);
      },
      { immediate: true, flush: "sync" },
    ),
  );
  forms.set(draftId, { form, stop: () => scope.stop() });
  return form;
}

/** By draft: what this person had typed into it, and nobody has, when somebody else decided it. */
export const leftTexts = reactive<Record<string, Partial<Record<FormField, string>>>>({});

function keepText(draftId: string, form: DraftForm): void {
  const unsaved = form.unsaved();
  if (Object.keys(unsaved).length === 0 || leftTexts[draftId]) return;
  leftTexts[draftId] = unsaved;
  form.close();
}

export function dropText(draftId: string): void {
  delete leftTexts[draftId];
  closeForm(draftId);
}

export function closeForm(draftId: string): void {
  const known = forms.get(draftId);
  known?.form.close();
  known?.stop();
  forms.delete(draftId);
  onlyHere.delete(draftId);
  forget("tab", KEY + draftId);
}
