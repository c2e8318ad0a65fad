/** Keys of the desk. No bare letters, nothing while an input method composes, nothing on a key's own repeat. */
import { onBeforeUnmount, onMounted } from "vue";

export interface Keys {
  answer(): void;
  hangUpHeld(down: boolean): void;
  mute(): void;
  nextDoubtful(): void;
  confirm(): void;
}

export function useKeys(keys: Keys): void {
  const down = (event: KeyboardEvent) => {
    // 229 is what a key has while an input method has it, also just after composition ended.
    if (event.isComposing || event.keyCode === 229) return;
    const act = wanted(event, keys);
    if (act === null) return;
    event.preventDefault();
    if (!event.repeat) act();
  };
  const up = (event: KeyboardEvent) => {
    if (event.key === "F4") keys.hangUpHeld(false);
  };
  const away = () => keys.hangUpHeld(false);
  onMounted(() => {
    window.addEventListener("keydown", down);
    window.addEventListener("keyup", up);
    window.addEventListener("blur", away);
  });
  onBeforeUnmount(() => {
    window.removeEventListener("keydown", down);
    window.removeEventListener("keyup", up);
    window.removeEventListener("blur", away);
  });
}

function wanted(event: KeyboardEvent, keys: Keys): (() => void) | null {
  if (event.altKey || event.metaKey || event.shiftKey) return null;
  if (event.ctrlKey) return event.key === "Enter" ? keys.confirm : null;
  switch (event.key) {
    case "F2":
      return keys.answer;
    case "F4":
      return () => keys.hangUpHeld(true);
    case "F8":
      return keys.nextDoubtful;
    case "F9":
      return keys.mute;
    default:
      return null;
  }
}
