/** What stands on the paper of an outage, until it is entered: kept in this tab also through a reload. */
import type { FieldName, PaperCaseRequest } from "@shared/contracts/cases";

export const PAPER_FIELDS = ["category", "district", "address", "crossing", "description", "urgency", "callback", "caller"] as const satisfies readonly FieldName[];
export type PaperField = (typeof PAPER_FIELDS)[number];

export interface Paper {
  fields: Record<PaperField, string>;
  /** As a field of date and time has it, in this machine's zone. */
  takenAt: string;
  takenBy: string;
  confidential: boolean;
  /** Which time limit of the class counts; empty: the strictest. */
  condition: string;
}

export const blankPaper = (): Paper => ({
  fields: { category: "", district: "", address: "", crossing: "", description: "", urgency: "", callback: "", caller: "" },
  takenAt: "", takenBy: "", confidential: false, condition: "",
});

export type Lack = "category" | "description" | "takenAt" | "future" | "takenBy";

/** What keeps it from being entered. */
export function lacks(paper: Paper, now: number): Lack[] {
  const found: Lack[] = [];
  const at = new Date(paper.takenAt).getTime();
  if (Number.isNaN(at)) found.push("takenAt");
  else if (at > now) found.push("future");
  if (paper.takenBy.trim() === "") found.push("takenBy");
  if (paper.fields.category === "") found.push("category");
  if (paper.fields.description.trim() === "") found.push("description");
  return found;
}

/** What is empty is not sent. */
export function request(paper: Paper, op_id: string): PaperCaseRequest {
  const fields: PaperCaseRequest["fields"] = {};
  for (const name of PAPER_FIELDS) {
    const value = paper.fields[name].trim();
    if (value !== "") fields[name] = value;
  }
  return { op_id, fields, taken_at: new Date(paper.takenAt).toISOString(), taken_by: paper.takenBy.trim(), confidential: paper.confidential, condition: paper.condition };
}

export function paperFrom(text: string | null): Paper {
  const blank = blankPaper();
  try {
    const kept = JSON.parse(text ?? "{}") as Partial<Paper>;
    return { ...blank, ...kept, fields: { ...blank.fields, ...kept.fields } };
  } catch {
    return blank;
  }
}
