/** What a draft has heard beside the fields of the form: read, and never typed into. */
import type { DraftView, Evidence, FieldValue } from "@shared/contracts/cases";
import { INTENTS, READ_FIELDS, type ReadField } from "./fields";

export interface Beside {
  name: ReadField;
  /** As a person reads it; an intent is a key of `draft.intents`. */
  text: string;
  confidence: number;
  evidence: readonly Evidence[];
}

/** Those that are filled, in the order of `BESIDES`. That somebody reports something goes without saying. */
export function besides(draft: DraftView, language: string): Beside[] {
  return READ_FIELDS.flatMap((name) => {
    const field = draft.fields[name];
    const text = field ? told(name, field, language) : "";
    return field && text !== "" ? [{ name, text, confidence: field.confidence, evidence: field.evidence }] : [];
  });
}

function told(name: ReadField, field: FieldValue, language: string): string {
  const value = field.value ?? "";
  if (name === "intent") return (INTENTS as readonly string[]).includes(value) && value !== "report" ? value : "";
  if (value === "") return "";
  if (name === "department" && language !== "zh") return words(field, "name_en") || value;
  // What was said about a time or a number is clearer than its form for machines.
  return name === "time" || name === "count" || name === "relative" ? words(field, "said") || value : value;
}

function words(field: FieldValue, part: string): string {
  const found = field.detail[part];
  return typeof found === "string" ? found : "";
}
