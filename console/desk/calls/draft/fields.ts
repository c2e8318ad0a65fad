/** How the form treats the fields of a draft, and the words that it chooses from. */
import { FieldName } from "@shared/contracts/cases";

/** Those that a person fills. */
export const FORM_FIELDS = [
  "category", "district", "address", "crossing", "description", "urgency", "handoff",
] as const satisfies readonly FieldName[];
export type FormField = (typeof FORM_FIELDS)[number];

/** Further fields, which are heard and only read here; values and `detail`: "Drafts" in docs/contracts.md. */
export type ReadField = Exclude<FieldName, FormField>;
export const READ_FIELDS: readonly ReadField[] = FieldName.filter(
  (name): name is ReadField => !(FORM_FIELDS as readonly FieldName[]).includes(name),
);

export const INTENTS = ["report", "status", "enquiry", "complaint", "other"] as const;

export const URGENCIES = ["normal", "urgent", "danger"] as const;
