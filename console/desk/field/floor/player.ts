/** Plays one sound from any of its seconds. It is fetched once, when it is wanted first: each fetch is audited. */
import { onBeforeUnmount, ref, type Ref } from "vue";

/** `blocked`: the browser plays nothing before the page was touched; `broken`: it cannot play this. */
export type PlayerState = "empty" | "fetching" | "ready" | "blocked" | "broken";

export interface Player {
  state: Readonly<Ref<PlayerState>>;
  /** Second of the sound, and whether it goes on. */
  at: Readonly<Ref<number>>;
  playing: Readonly<Ref<boolean>>;
  /** Throws what `fetchSound` does. */
  play(from: number): Promise<void>;
  /** Pause, or go on. */
  toggle(): Promise<void>;
  /** There is another sound now, or none. */
  clear(): void;
  /** The element's events. */
  on: Record<string, () => void>;
}

export function usePlayer(audio: Readonly<Ref<HTMLAudioElement | null>>, fetchSound: (unwanted: AbortSignal) => Promise<Blob>): Player {
  const state = ref<PlayerState>("empty");
  const at = ref(0);
  const playing = ref(false);
  let url = "";
  let wanted = 0;
  let fetching: AbortController | null = null;

  async function play(from: number): Promise<void> {
    wanted = from;
    // What is on its way is played from there.
    if (fetching !== null) return;
    if (url !== "" || (await load())) await start();
  }

  async function load(): Promise<boolean> {
    const mine = new AbortController();
    fetching = mine;
    state.value = "fetching";
    try {
      const found = await fetchSound(mine.signal);
      if (mine.signal.aborted || audio.value === null) return false;
      url = URL.createObjectURL(found);
      audio.value.src = url;
      return true;
    } catch (problem) {
      if (mine.signal.aborted) return false;
      state.value = "empty";
      throw problem;
    } finally {
      if (fetching === mine) fetching = null;
    }
  }

  async function start(): Promise<void> {
    if (audio.value === null) return;
    audio.value.currentTime = wanted;
    await go(audio.value);
  }

  async function go(element: HTMLAudioElement): Promise<void> {
    try {
      await element.play();
    } catch (problem) {
      const name = problem instanceof DOMException ? problem.name : "";
      // Paused, or another sound, before it had begun.
      if (name === "AbortError") return;
      state.value = name === "NotAllowedError" ? "blocked" : "broken";
      return;
    }
    if (url !== "") state.value = "ready";
  }

  async function toggle(): Promise<void> {
    if (audio.value === null || url === "") return;
    if (audio.value.paused) await go(audio.value);
    else audio.value.pause();
  }

  function clear(): void {
    fetching?.abort();
    fetching = null;
    if (url !== "") {
      audio.value?.pause();
      audio.value?.removeAttribute("src");
      audio.value?.load();
      URL.revokeObjectURL(url);
      url = "";
    }
    state.value = "empty";
    at.value = 0;
    playing.value = false;
  }

  const on = {
    timeupdate: () => (at.value = audio.value?.currentTime ?? 0),
    seeked: () => (at.value = audio.value?.currentTime ?? 0),
    play: () => (playing.value = true),
    pause: () => (playing.value = false),
    ended: () => (playing.value = false),
  };
  onBeforeUnmount(clear);
  return { state, at, playing, play, toggle, clear, on };
}
