/** Which page has this person's phone. A tab is known by its page id, each load of it by another load id. */
import type { PhoneClaimView } from "@shared/contracts/hotline";
import { get, post, Refused } from "@shared/http";
import { opId } from "@shared/ids";
import { keep, kept } from "@shared/kept";

const KEY = "songhua.page";

/** Outlives a reload and a crash of the tab, and no other tab has it. */
function pageId(): string {
  const known = kept("tab", KEY);
  if (known !== null) return known;
  const made = opId();
  keep("tab", KEY, made);
  return made;
}

const here = { page_id: pageId(), load_id: opId() };

export const isHere = (claim: PhoneClaimView): boolean =>
  claim.page_id === here.page_id && claim.load_id === here.load_id;

/** Asks for the phone: `elsewhere` when another page has it and nobody has said that this one shall. */
export async function claimPhone(takeOver: boolean): Promise<"here" | "elsewhere"> {
  try {
    await post("/agents/me/phone/claim", {}, { ...here, take_over: takeOver });
    return "here";
  } catch (problem) {
    if (problem instanceof Refused && problem.problem.type.endsWith(":phone-elsewhere")) return "elsewhere";
    throw problem;
  }
}

/** Says that this page's phone can be rung; a call that waits for it comes back by that. False: it is another's now. */
export async function sayRegistered(): Promise<boolean> {
  try {
    await post("/agents/me/phone/registered", {}, here);
    return true;
  } catch (problem) {
    if (problem instanceof Refused && problem.problem.type.endsWith(":phone-taken")) return false;
    // Unreachable for now: the switch shows the registration, too.
    return true;
  }
}

/** Whether another page has taken the phone meanwhile, for a page that may have missed the news. */
export async function isTaken(): Promise<boolean> {
  const claim = await get("/agents/me/phone");
  return claim.page_id !== null && !isHere(claim);
}
