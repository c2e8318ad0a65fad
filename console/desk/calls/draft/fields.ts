/** How the form treats the fields of a draft, and the words that it chooses from. */
import type { FieldName } from "@shared/contracts/cases";

/** Those that a person fills. */
export const FORM_FIELDS = [
  "category", "district", "address", "crossing", "description", "urgency", "handoff",
] as const satisfies readonly FieldName[];
export type FormField = (typeof FORM_FIELDS)[number];

/** Further fields, which are heard and only read here; values and `detail`: "Drafts" in docs/contracts.md. */
export const READ_FIELDS = [
  "intent", "time", "count", "callback", "caller", "asset", "relative", "subdistrict", "cell", "department",
] as const satisfies readonly Exclude<FieldName, FormField>[];
export type ReadField = (typeof READ_FIELDS)[number];

export const INTENTS = ["report", "status", "enquiry", "complaint", "other"] as const;

export const URGENCIES = ["normal", "urgent", "danger"] as const;
