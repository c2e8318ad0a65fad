/** Texts between the crew and the centre. Changes the kept values it is given. */
import type { TextMessage } from "@shared/contracts/field";
import { enqueue, type Ids, type Kept, type Outgoing } from "./kept";

export const MOST_CHARACTERS = 1000;
const BEGINNING = 24;

/** A text came: it is kept and its delivery is said, once. */
export function takeText(kept: Kept, ids: Ids, message: TextMessage): void {
  if (kept.texts.some((known) => known.id === message.msg_id)) return;
  const text = { id: message.msg_id, way: "down", text: message.text, by: message.by ?? "", at: message.ts } as const;
  kept.texts = [...kept.texts, { ...text, displayed: false }];
  seen(kept, ids, message.msg_id, message.text, "delivered");
}

/** What is not displayed yet is on the screen now. */
export function displayed(kept: Kept, ids: Ids): void {
  const fresh = kept.texts.filter((text) => text.way === "down" && !text.displayed);
  for (const text of fresh) seen(kept, ids, text.id, text.text, "displayed");
  kept.texts = kept.texts.map((text) => (fresh.includes(text) ? { ...text, displayed: true } : text));
}

/** The crew writes to the centre. Null for nothing to say. */
export function sayText(kept: Kept, ids: Ids, words: string): Outgoing | null {
  const text = words.trim().slice(0, MOST_CHARACTERS);
  if (text === "") return null;
  const about = text.slice(0, BEGINNING);
  const message = enqueue(kept, ids, { kind: "text", dispatch_id: "", about, step: "text" }, { text });
  kept.texts = [...kept.texts, { id: message.msg_id, way: "up", text, by: "", at: message.at, displayed: true }];
  return message;
}

function seen(kept: Kept, ids: Ids, of: string, text: string, step: "delivered" | "displayed"): void {
  const about = text.slice(0, BEGINNING);
  enqueue(kept, ids, { kind: "seen", dispatch_id: "", about, step: `text_${step}` }, { of, step });
}
