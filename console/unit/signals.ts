/** What a crew hears and feels without looking at the screen; a device that can do neither stays silent. */

let sound: AudioContext | null = null;

/** A short tone of `hertz`, and a short buzz. */
export function beat(hertz: number, ms = 120): void {
  navigator.vibrate?.(ms);
  try {
    sound ??= new AudioContext();
    void sound.resume();
    const tone = sound.createOscillator();
    const loudness = sound.createGain();
    tone.frequency.value = hertz;
    loudness.gain.value = 0.2;
    tone.connect(loudness).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + ms / 1000);
  } catch {
    // No sound on this device: the screen and the buzz say the same.
  }
}

/** Keeps the screen on while an alarm is unanswered: a page in the background is slowed down. */
export async function stayAwake(): Promise<() => void> {
  try {
    const lock = await navigator.wakeLock.request("screen");
    return () => void lock.release();
  } catch {
    return () => {};
  }
}
