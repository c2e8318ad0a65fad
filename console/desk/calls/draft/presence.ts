/** Says whose hands are in a field of a draft, and again while they stay: the centre forgets a page that is silent. */
import { sayToCentre } from "../../live/desk";
import { after } from "../../live/pulse";
import type { FormField } from "./fields";

/** The centre's lease is 12 s (cases/drafting/presence.py). */
const AGAIN_MS = 5000;

let stop = (): void => {};
let draft: string | null = null;

/** This person's hands are in the field now. */
export function handsIn(draftId: string, field: FormField): void {
  stop();
  draft = draftId;
  const say = (): void => {
    // A page that nobody looks at edits nothing: its lease ends.
    if (document.visibilityState === "visible") sayToCentre({ kind: "editing", draft_id: draftId, field });
    stop = after(AGAIN_MS, say);
  };
  say();
}

/** They have left this draft. */
export function handsOff(draftId: string): void {
  if (draft !== draftId) return;
  stop();
  draft = null;
  sayToCentre({ kind: "editing" });
}
