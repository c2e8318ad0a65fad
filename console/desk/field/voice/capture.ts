/** Waits for the key or pedal that is to talk from now on; Escape leaves it as it was. */
import { onBeforeUnmount, ref } from "vue";
import { choosesKey as capturing, setTalkKey } from "./listening";

export function useKeyCapture() {
  /** What was pressed and cannot be it. */
  const refused = ref("");

  function take(event: KeyboardEvent): void {
    event.preventDefault();
    event.stopImmediatePropagation();
    if (event.repeat) return;
    if (event.key === "Escape") cancel();
    else if (setTalkKey(event)) {
      refused.value = "";
      cancel();
    } else refused.value = event.code || event.key;
  }
  function begin(): void {
    refused.value = "";
    capturing.value = true;
    window.addEventListener("keydown", take, true);
  }
  function cancel(): void {
    capturing.value = false;
    window.removeEventListener("keydown", take, true);
  }
  onBeforeUnmount(cancel);
  return { capturing, refused, begin, cancel };
}
