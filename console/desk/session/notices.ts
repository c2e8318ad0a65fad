/** What went wrong with an act of the agent: a row that stays until it is read, and never takes the focus. */
import { reactive } from "vue";
import { Refused } from "@shared/http";

export interface Notice {
  id: number;
  text: string;
}

const MOST = 4;
let last = 0;

export const notices = reactive<Notice[]>([]);

export function tell(text: string): void {
  if (notices.some((notice) => notice.text === text)) return;
  notices.push({ id: ++last, text });
  if (notices.length > MOST) notices.shift();
}

export function dismiss(id: number): void {
  const at = notices.findIndex((notice) => notice.id === id);
  if (at >= 0) notices.splice(at, 1);
}

/** The gateway's own words about a refusal, or that it could not be reached. */
export function why(problem: unknown, away: string): string {
  if (!(problem instanceof Refused)) throw problem;
  return problem.status === 0 ? away : problem.message;
}
