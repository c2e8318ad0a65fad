/**
 * Keys of the desk. Each part names its own and has them while it is shown. No bare letters, nothing while an input
 * method composes, nothing on a key's own repeat.
 */
import { onActivated, onBeforeUnmount, onDeactivated, onMounted } from "vue";

/** `F2`, `Ctrl+Enter`, `Shift+F9`, `Alt+1`: modifiers in this order, then the key as `KeyboardEvent.key` names it. */
export type Chord = string;
/** What a press does; with `up`, what letting go does. Who answers `false` leaves the press to whatever has the focus. */
export type KeyAct = (() => unknown) | { down: () => void; up: () => void };

export function chordOf(event: KeyboardEvent): Chord {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  return [event.ctrlKey && "Ctrl", event.altKey && "Alt", event.shiftKey && "Shift", event.metaKey && "Meta", key].filter(Boolean).join("+");
}

/** 229 is what a key has while an input method has it, also just after composition ended. */
export const composes = (event: KeyboardEvent): boolean => event.isComposing || event.keyCode === 229;

/** Enter, or a key that types a character. */
const isPlain = (event: KeyboardEvent): boolean =>
  !event.ctrlKey && !event.altKey && !event.metaKey && (event.key.length === 1 || event.key === "Enter");

const takesKeys = (element: Element | null): boolean =>
  element !== null && element.matches("input, select, textarea, button, a[href], summary, [tabindex], [contenteditable]");

export function useKeys(keys: Readonly<Record<Chord, KeyAct>>): void {
  const held = new Map<string, () => void>();
  const down = (event: KeyboardEvent) => {
    if (composes(event)) return;
    const act = keys[chordOf(event)];
    if (act === undefined) return;
    // A key that types or presses what has the focus is nobody else's there.
    if (isPlain(event) && takesKeys(document.activeElement)) return;
    if (!event.repeat && typeof act === "function" && act() === false) return;
    event.preventDefault();
    if (event.repeat || typeof act === "function") return;
    held.set(event.key, act.up);
    act.down();
  };
  const up = (event: KeyboardEvent) => {
    held.get(event.key)?.();
    held.delete(event.key);
  };
  const away = () => {
    for (const letGo of held.values()) letGo();
    held.clear();
  };
  const listen = () => {
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", away);
  };
  const leave = () => {
    away();
    window.removeEventListener("keydown", down);
    window.removeEventListener("keyup", up);
    window.removeEventListener("blur", away);
  };
  onMounted(listen);
  onActivated(listen);
  onDeactivated(leave);
  onBeforeUnmount(leave);
}
