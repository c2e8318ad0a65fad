/** Own reports of an inspector. They are kept like every message, so a report without a network goes out later, once. */
import { enqueue, isSettled, type Ids, type Kept, type Outgoing, type Shot, type TerminalFix } from "./kept";
import { addShot } from "./photos";

export const MOST_CHARACTERS = 1000;
export const MOST_PLACE = 200;
const BEGINNING = 24;

export type ReportShot = Omit<Shot, "state" | "sent" | "dispatch_id">;

export interface ReportWords {
  text: string;
  place: string;
  fix: TerminalFix | null;
}

/** Null for nothing to say. Its photos name it by `msgId`, and said again with the same id it is the same report. */
export function sayReport(kept: Kept, ids: Ids, msgId: string, words: ReportWords, shots: readonly ReportShot[]): Outgoing | null {
  const same = kept.outbox.find((one) => one.msg_id === msgId);
  if (same) return same;
  const text = words.text.trim().slice(0, MOST_CHARACTERS);
  const place = words.place.trim().slice(0, MOST_PLACE);
  if (text === "") return null;
  const about = text.slice(0, BEGINNING);
  const fields = { text, ...(place ? { place } : {}), ...(words.fix ? { fix: words.fix } : {}) };
  const named = { id: () => msgId, now: () => ids.now() };
  const said = enqueue(kept, named, { kind: "report", dispatch_id: "", about, step: "report" }, fields);
  for (const shot of shots) addShot(kept, { ...shot, dispatch_id: msgId });
  return said;
}

/** The centre has a message. Nothing comes of a report that it gives a reason for: its photos are not sent either. */
export function takeReceipt(kept: Kept, of: string, reason: string): void {
  const said = kept.outbox.find((one) => one.msg_id === of);
  if (said === undefined || isSettled(said)) return;
  const refused = said.kind === "report" && reason !== "";
  const after: Outgoing = refused ? { ...said, state: "refused", reason } : { ...said, state: "accepted" };
  kept.outbox = kept.outbox.map((one) => (one === said ? after : one));
  if (!refused) return;
  kept.photos = kept.photos.map((one) => (one.dispatch_id === of && one.state === "waiting" ? { ...one, state: "refused" } : one));
}

const WHY: Record<string, string> = { "not-an-inspector": "notInspector" };

/** Where the words stand for how far a message has come. */
export const stateWord = (one: Outgoing): string => (one.state === "refused" ? `outbox.why.${WHY[one.reason ?? ""] ?? "other"}` : `outbox.${one.state}`);

/** Until the centre has the report, a photo of it is one of nothing: it waits. */
export const waitsForReport = (kept: Readonly<Kept>, dispatchId: string): boolean =>
  kept.outbox.some((one) => one.msg_id === dispatchId && one.kind === "report" && one.state !== "accepted");
