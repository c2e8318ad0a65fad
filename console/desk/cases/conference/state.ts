/** How a member of a conference is shown. */
import type { ConferenceMemberView } from "@shared/contracts/hotline";

export type ShownMember = "called" | "present" | "talks" | "muted" | "left" | "missed";

/** Who may be asked in at the desk. */
export const ASKED = ["telephone", "desk", "unit", "talkgroup"] as const;
export type AskedKind = (typeof ASKED)[number];

export const SHAPES: Readonly<Record<ShownMember, string>> = { called: "○", present: "●", talks: "◆", muted: "■", left: "–", missed: "×" };

export const TONES: Readonly<Record<ShownMember, string>> = { called: "warn", present: "good", talks: "good", muted: "warn", left: "", missed: "bad" };

export function shownAs(member: ConferenceMemberView): ShownMember {
  if (member.state !== "present") return member.state;
  return member.muted ? "muted" : member.talks ? "talks" : "present";
}

/** A name for the row of a member: a telephone's is its last four digits. */
export const idOf = (member: ConferenceMemberView): string => member.who.replace("…", "");
