/** A superior's order until it is entered: kept in this tab also through a reload. */
import type { SuperiorOrderRequest } from "@shared/contracts/cases";
import { blankPaper, PAPER_FIELDS, type PaperField } from "../paper/paper";

export interface Order {
  fields: Record<PaperField, string>;
  orderedBy: string;
  reference: string;
  /** As a field of date and time has it, in this machine's zone; empty without a deadline. */
  dueAt: string;
  confidential: boolean;
  /** Which time limit of the class counts; empty: the strictest. */
  condition: string;
}

export const blankOrder = (): Order => ({ fields: blankPaper().fields, orderedBy: "", reference: "", dueAt: "", confidential: false, condition: "" });

export type Lack = "orderedBy" | "category" | "description";

/** What keeps it from being entered. */
export function lacks(order: Order): Lack[] {
  const found: Lack[] = [];
  if (order.orderedBy.trim() === "") found.push("orderedBy");
  if (order.fields.category === "") found.push("category");
  if (order.fields.description.trim() === "") found.push("description");
  return found;
}

/** What is empty is not sent. */
export function request(order: Order, op_id: string): SuperiorOrderRequest {
  const fields: SuperiorOrderRequest["fields"] = {};
  for (const name of PAPER_FIELDS) {
    const value = order.fields[name].trim();
    if (value !== "") fields[name] = value;
  }
  const due_at = order.dueAt === "" ? null : new Date(order.dueAt).toISOString();
  return { op_id, fields, ordered_by: order.orderedBy.trim(), reference: order.reference.trim(), due_at, confidential: order.confidential, condition: order.condition };
}

export function orderFrom(text: string | null): Order {
  const blank = blankOrder();
  try {
    const kept = JSON.parse(text ?? "{}") as Partial<Order>;
    return { ...blank, ...kept, fields: { ...blank.fields, ...kept.fields } };
  } catch {
    return blank;
  }
}
