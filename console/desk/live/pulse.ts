/** One clock for the page, the centre's: `now` moves each second, also in a hidden tab, so ages and deadlines stay true. */
import { readonly, ref } from "vue";
import { centreNow, passed } from "@shared/clock";

const moment = ref(centreNow());
const waiting = new Set<{ due: number; act: () => void }>();

function tick(): void {
  moment.value = centreNow();
  const at = passed();
  for (const timer of [...waiting]) {
    if (timer.due <= at) {
      waiting.delete(timer);
      timer.act();
    }
  }
}

export const now = readonly(moment);

export function startPulse(): void {
  const worker = new Worker(new URL("./beat.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = tick;
  worker.onerror = () => void setInterval(tick, 1000);
}

/** Calls back after that time, on the pulse for seconds and on a timer for less. */
export function after(milliseconds: number, act: () => void): () => void {
  if (milliseconds < 2000) {
    const id = setTimeout(act, milliseconds);
    return () => clearTimeout(id);
  }
  const timer = { due: passed() + milliseconds, act };
  waiting.add(timer);
  return () => void waiting.delete(timer);
}
