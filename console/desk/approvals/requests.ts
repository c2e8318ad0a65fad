/** Requests for a second person, as `GET /api/approvals` gives them. */

export interface ApprovalRequest {
  number: number;
  act: string;
  /** What the act is done to, by name. */
  parameters: Record<string, string>;
  why: string;
  alone: boolean;
  asked_by: string;
  asked_at: string;
  until: string;
  state: "waiting" | "approved" | "objected" | "withdrawn" | "expired" | "running" | "done" | "failed";
  verdict: "" | "approved" | "objected";
  decided_by: string;
  decided_at: string | null;
  remark: string;
  started_at: string | null;
  ended_at: string | null;
  outcome: string;
  /** A second person is still to decide. */
  waits: boolean;
  due_at: string | null;
  alarm: "alone" | "overdue" | "objected" | null;
  seen_by: string;
  /** It is the viewer's own: another person decides. */
  own: boolean;
}

/** `number 13904510001, queue hotline`: what it is done to, without what is empty. */
export function told(parameters: Record<string, string>): string {
  return Object.entries(parameters)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name} ${value}`)
    .join(", ");
}

/** Who asked may take it back only before it is done. */
export function mayWithdraw(one: ApprovalRequest, me: string): boolean {
  return one.asked_by === me && (one.state === "waiting" || one.state === "approved");
}

/** One that is approved may be objected to until it is done. */
export function mayObject(one: ApprovalRequest): boolean {
  return !one.own && (one.waits || one.state === "approved");
}
