/** When the patches of a beat may be given out. Pure. */
import type { PatchBeatView } from "@shared/contracts/sensing";

const WITH_INSPECTOR = new Set(["asked", "accepted", "expired"]);
const AGAIN = new Set(["asking", "declined", "recalled"]);

/** No inspector has some of them, and some wait or are to be asked about again. */
export const isFree = (beat: PatchBeatView): boolean =>
  !beat.tasks.some((task) => WITH_INSPECTOR.has(task.state)) && (beat.waiting > 0 || beat.tasks.some((task) => AGAIN.has(task.state)));
