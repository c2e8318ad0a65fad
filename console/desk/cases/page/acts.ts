/** What somebody may do with a case now, by roles and state; the service decides by the same rules (docs/rights.md). */
import type { CaseView } from "@shared/contracts/cases";
import type { Role } from "@shared/contracts/core";

/** Steps of the case itself; `hide` marks it confidential, `lift` ends that. */
export const CASE_STEPS = ["verify", "close", "reopen", "reopen_closed", "done", "cancel"] as const;
export type CaseStep = (typeof CASE_STEPS)[number];
export type CaseAct = CaseStep | "dispatch" | "department" | "hide" | "lift" | "link";

/** Those that are refused without words. */
export const NEEDS_WORDS: readonly CaseAct[] = ["close", "reopen", "reopen_closed", "cancel", "department"];

type Known = Pick<CaseView, "state" | "acceptor" | "confidential" | "filed_by">;

export function actsNow(filed: Known, roles: ReadonlySet<Role>, me: string): CaseAct[] {
  const is = (...names: Role[]): boolean => names.some((name) => roles.has(name));
  const { state } = filed;
  const sees = !filed.confidential || filed.filed_by === me || is("supervisor", "dispatcher", "acceptor");
  if (!sees) return [];
  const acts: CaseAct[] = [];
  if (state === "filed" && (is("dispatcher") || (is("agent") && (!filed.confidential || filed.filed_by === me)))) acts.push("dispatch");
  if (is("acceptor") && (state === "done" || (state === "verified" && filed.acceptor !== me))) acts.push("verify");
  if (is("acceptor") && state === "verified" && filed.acceptor === me) acts.push("close");
  if (is("acceptor", "dispatcher") && (state === "done" || state === "verified")) acts.push("reopen");
  if (is("acceptor", "supervisor") && state === "closed") acts.push("reopen_closed");
  if (is("acceptor", "dispatcher") && state === "filed") acts.push("done");
  if (is("dispatcher") && (state === "filed" || state === "done")) acts.push("cancel");
  if (is("dispatcher") && (state === "filed" || state === "done" || state === "verified")) acts.push("department");
  if (!filed.confidential && is("agent", "supervisor", "dispatcher")) acts.push("hide");
  if (filed.confidential && is("supervisor")) acts.push("lift");
  if (is("agent", "supervisor")) acts.push("link");
  return acts;
}

/** Whether looking at it is this person's own work: the audit trail holds looks at other cases alone. */
export function isOwnWork(filed: Known, roles: ReadonlySet<Role>, me: string): boolean {
  if (me === filed.filed_by || me === filed.acceptor) return true;
  if (roles.has("dispatcher") && (filed.state === "filed" || filed.state === "done")) return true;
  return roles.has("acceptor") && (filed.state === "done" || filed.state === "verified");
}
