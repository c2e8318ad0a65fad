/** Own reports of an inspector. They are kept like every message, so a report without a network goes out later, once. */
import { enqueue, type Ids, type Kept, type Outgoing, type TerminalFix } from "./kept";

export const MOST_CHARACTERS = 1000;
export const MOST_PLACE = 200;
const BEGINNING = 24;

export interface ReportWords {
  text: string;
  place: string;
  fix: TerminalFix | null;
}

/** Null for nothing to say. Its photos name it by the id of this message. */
export function sayReport(kept: Kept, ids: Ids, words: ReportWords): Outgoing | null {
  const text = words.text.trim().slice(0, MOST_CHARACTERS);
  const place = words.place.trim().slice(0, MOST_PLACE);
  if (text === "") return null;
  const about = text.slice(0, BEGINNING);
  const fields = { text, ...(place ? { place } : {}), ...(words.fix ? { fix: words.fix } : {}) };
  return enqueue(kept, ids, { kind: "report", dispatch_id: "", about, step: "report" }, fields);
}

/** Until the centre has the report, a photo of it is one of nothing: it waits. */
export const waitsForReport = (kept: Readonly<Kept>, dispatchId: string): boolean =>
  kept.outbox.some((one) => one.msg_id === dispatchId && one.kind === "report" && one.state !== "accepted");
