/**
 * The desk's three sounds, made here, so that no file is needed: what rings, danger to life, and word of the radio.
 * A browser is mute until somebody acts; what should be heard by then begins at that moment.
 */
import { computed, ref } from "vue";

export type Sound = "alarm" | "ring" | "radio";

/** A tone of so many hertz, from a moment to another one within the period, both in seconds. */
type Beep = readonly [hz: number, from: number, to: number];

/** Told apart by pitch and by rhythm. */
const SOUNDS: Readonly<Record<Sound, { period: number; beeps: readonly Beep[] }>> = {
  alarm: { period: 1.2, beeps: [[960, 0, 0.25], [720, 0.3, 0.55], [960, 0.6, 0.85]] },
  ring: { period: 3, beeps: [[480, 0, 0.28], [480, 0.4, 0.68]] },
  radio: { period: 0.4, beeps: [[1400, 0, 0.08], [1800, 0.1, 0.18]] },
};
const LEVEL = 0.15;
const EDGE_S = 0.015;

/** False until the browser lets this page make a sound. */
export const audible = ref(false);
const wanted = ref<ReadonlySet<Sound>>(new Set());
/** One at a time: danger to life is never drowned by a ring. */
export const sounding = computed<Sound | null>(() => (wanted.value.has("alarm") ? "alarm" : wanted.value.has("ring") ? "ring" : null));

let context: AudioContext | null = null;
let playing: { sound: Sound; stop: () => void } | null = null;

/** To be called from a key press or a click. */
export async function unlock(): Promise<void> {
  try {
    context ??= new AudioContext();
    await context.resume();
    audible.value = context.state === "running";
  } catch {
    audible.value = false;
  }
  settle();
}

/** Goes on until it is stopped. */
export function start(sound: "alarm" | "ring"): void {
  wanted.value = new Set([...wanted.value, sound]);
  settle();
}

export function stop(sound: "alarm" | "ring"): void {
  wanted.value = new Set([...wanted.value].filter((one) => one !== sound));
  settle();
}

/** Once: word of the radio, or a test of what one would hear. */
export function once(sound: Sound): void {
  if (context === null || !audible.value || sounding.value !== null) return;
  play(context, sound, false);
}

function settle(): void {
  const next = audible.value ? sounding.value : null;
  if ((playing?.sound ?? null) === next) return;
  playing?.stop();
  playing = next && context ? { sound: next, stop: play(context, next, true) } : null;
}

/** A loop of the browser's own: the timers of a hidden page are too slow for it. */
function play(on: AudioContext, sound: Sound, again: boolean): () => void {
  const source = on.createBufferSource();
  source.buffer = drawn(on, sound);
  source.loop = again;
  source.connect(on.destination);
  source.start();
  return () => source.stop();
}

/** One period, each tone with soft edges. */
function drawn(on: AudioContext, sound: Sound): AudioBuffer {
  const { period, beeps } = SOUNDS[sound];
  const buffer = on.createBuffer(1, Math.round(period * on.sampleRate), on.sampleRate);
  const samples = buffer.getChannelData(0);
  for (const [hz, from, until] of beeps) {
    for (let i = Math.round(from * on.sampleRate); i < until * on.sampleRate; i++) {
      const at = i / on.sampleRate;
      const edge = Math.min(1, (at - from) / EDGE_S, (until - at) / EDGE_S);
      samples[i] = LEVEL * Math.max(0, edge) * Math.sin(2 * Math.PI * hz * at);
    }
  }
  return buffer;
}
