/** What a case holds beside class, place and words, as a person reads it. */
import type { CaseView } from "@shared/contracts/cases";
import { INTENTS, READ_FIELDS, type ReadField } from "../calls/draft/fields";

export interface Detail {
  name: ReadField;
  /** An intent is a key of `draft.intents`; a time is without its kind. */
  text: string;
  /** A moment since when it lasts, not one at which it was. */
  since: boolean;
}

const MOMENT = /^(at|since) (\d{4}\S*)$/;

/** Those that are filled, in the order of `READ_FIELDS`. That somebody reports something goes without saying. */
export function details(filed: CaseView): Detail[] {
  return READ_FIELDS.flatMap((name) => {
    const value = (name === "subdistrict" ? (filed.subdistrict_name ?? filed.subdistrict) : filed[name]) ?? "";
    if (value === "" || (name === "intent" && (value === "report" || !(INTENTS as readonly string[]).includes(value)))) return [];
    const moment = name === "time" ? MOMENT.exec(value) : null;
    return [{ name, text: moment?.[2]?.replace("T", " ") ?? value, since: moment?.[1] === "since" }];
  });
}
