/**
 * The device's microphone for all legs, or silence where there is none: a leg that can only listen is the same
 * leg. It is asked for when the crew begins to listen, not at the press: a press cannot wait for a question.
 */
export type MicrophoneState = "unasked" | "ready" | "missing";

export class Microphone {
  state: MicrophoneState = "unasked";
  private live: MediaStreamTrack | null = null;
  private silence: AudioContext | null = null;
  private asking: Promise<void> | null = null;
  /** How often it was stopped: who was asked before a stop opens nothing after it. */
  private stops = 0;

  constructor(private readonly changed: () => void) {}

  /** Asks the device, once at a time; never fails. */
  ask(): Promise<void> {
    if (this.state === "ready") return Promise.resolve();
    if (this.asking === null) {
      const asked = this.open().finally(() => {
        if (this.asking === asked) this.asking = null;
      });
      this.asking = asked;
    }
    return this.asking;
  }

  /** A track of its own for one leg. */
  track(): MediaStreamTrack {
    if (this.live !== null) return this.live.clone();
    this.silence ??= new AudioContext();
    return this.silence.createMediaStreamDestination().stream.getAudioTracks()[0]!;
  }

  stop(): void {
    this.stops += 1;
    this.asking = null;
    this.live?.stop();
    this.live = null;
    void this.silence?.close().catch(() => {});
    this.silence = null;
    this.state = "unasked";
  }

  private async open(): Promise<void> {
    const before = this.stops;
    try {
      // Over plain http a browser has no such thing.
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
      if (before !== this.stops) {
        for (const one of stream.getTracks()) one.stop();
        return;
      }
      const track = stream.getAudioTracks()[0]!;
      // What is not said to a group goes nowhere: only clones are sent.
      track.enabled = false;
      track.addEventListener("ended", () => this.show("missing", null));
      this.show("ready", track);
    } catch {
      if (before === this.stops) this.show("missing", null);
    }
  }

  private show(state: MicrophoneState, live: MediaStreamTrack | null): void {
    this.state = state;
    this.live = live;
    this.changed();
  }
}
