/** The key or pedal by which this desk talks. Most pedals are keyboards with one key: F13 to F24, or Pause. */
import { keep, kept as keptText } from "@shared/kept";
const KEPT = "songhua.desk.talk-key";
export const FIRST = "F10";

/** Keys by which one writes, moves, or which the desk or the browser has already. */
const TAKEN = new Set([
  "Enter", "NumpadEnter", "Tab", "Escape", "Backspace", "Delete", "Home", "End", "PageUp", "PageDown",
  "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "CapsLock", "NumLock",
  "ShiftLeft", "ShiftRight", "ControlLeft", "AltLeft", "AltRight", "MetaLeft", "MetaRight",
  "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F11", "F12",
]); // prettier-ignore

/** Whether a press of this key can mean to talk, and nothing else. `key` is what it types. */
export const isFree = (code: string, key: string): boolean => code !== "" && [...key].length > 1 && key !== "Process" && !TAKEN.has(code);

/** By `KeyboardEvent.code`: the key's place, whatever the keyboard's language. */
export function keptKey(): string {
  const kept = keptText("machine", KEPT);
  return kept !== null && /^\w{1,32}$/.test(kept) && !TAKEN.has(kept) ? kept : FIRST;
}

export const keepKey = (code: string): void => void keep("machine", KEPT, code);
