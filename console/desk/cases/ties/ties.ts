/** What may be done with a case and another one, and the requests for it; the service decides by the same rules (docs/rights.md). */
import type { CaseView, NearbyCaseView } from "@shared/contracts/cases";
import type { Role } from "@shared/contracts/core";
import { get, post } from "@shared/http";

export const RELATIONS = ["cause", "same_place", "follows"] as const;
export type Relation = (typeof RELATIONS)[number];
export type Tie = "merge" | "split" | "relate" | "unmerge";

const OPEN: readonly CaseView["state"][] = ["filed", "done", "verified"];

type Known = Pick<CaseView, "state" | "filed_by">;

export function tiesNow(filed: Known, roles: ReadonlySet<Role>, me: string): Tie[] {
  const may = roles.has("supervisor") || roles.has("dispatcher") || (roles.has("agent") && filed.filed_by === me);
  if (!may) return [];
  if (filed.state === "merged") return ["unmerge", "relate"];
  return OPEN.includes(filed.state) ? ["merge", "split", "relate"] : ["relate"];
}

/** Cases to choose another one from: first those near, then those that the words find; only open ones can go on for it. */
export function choices(filed: Pick<CaseView, "case_id">, near: readonly NearbyCaseView[], found: readonly CaseView[], onlyOpen: boolean): CaseView[] {
  const out = new Map<string, CaseView>();
  for (const one of [...near.map((nearby) => nearby.case), ...found]) {
    if (one.case_id !== filed.case_id && (!onlyOpen || OPEN.includes(one.state))) out.set(one.case_id, one);
  }
  return [...out.values()];
}

/** Merge into this case as it is now. */
export async function mergeInto(filed: CaseView, intoId: string, reason: string, op_id: string): Promise<CaseView> {
  const into = await get("/cases/{case_id}", { case_id: intoId });
  return merge(filed, into, reason, op_id);
}

export function merge(filed: CaseView, into: CaseView, reason: string, op_id: string): Promise<CaseView> {
  const body = { op_id, into: into.case_id, into_version: into.version ?? 0, version: filed.version ?? 0, reason };
  return post("/cases/{case_id}/merge", { case_id: filed.case_id }, body);
}
