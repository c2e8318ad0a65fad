/** The ring: two short tones, made here, so that no file is needed. A browser is mute until somebody acts. */
import { ref } from "vue";

/** False until the browser lets this page make a sound. */
export const audible = ref(false);

let context: AudioContext | null = null;
let stop: () => void = () => {};

/** To be called from a key press or a click. */
export async function unlock(): Promise<void> {
  try {
    context ??= new AudioContext();
    await context.resume();
    audible.value = context.state === "running";
  } catch {
    audible.value = false;
  }
}

export function startRinging(): void {
  stopRinging();
  if (context === null || !audible.value) return;
  const gain = context.createGain();
  const tone = context.createOscillator();
  tone.frequency.value = 480;
  gain.gain.value = 0;
  tone.connect(gain).connect(context.destination);
  const from = context.currentTime;
  for (let i = 0; i < 40; i++) {
    for (const offset of [0, 0.4]) {
      gain.gain.setTargetAtTime(0.15, from + i * 3 + offset, 0.02);
      gain.gain.setTargetAtTime(0, from + i * 3 + offset + 0.25, 0.03);
    }
  }
  tone.start();
  stop = () => {
    tone.stop();
    gain.disconnect();
  };
}

export function stopRinging(): void {
  stop();
  stop = () => {};
}
