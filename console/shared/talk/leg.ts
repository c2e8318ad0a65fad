/**
 * One leg of this page in one talkgroup's conference. The switch answers it when it is in: what was answered is
 * heard. Its microphone is shut until it is opened, and it is this page alone that opens it here.
 */
import type { RTCSession } from "jssip/lib/RTCSession";
import type { UA } from "jssip/lib/UA";

/** A lost network shows within seconds; a moment of it is not the end. */
const LOST_MS = 2500;
/** A switch that is gone without a word, and a page that is: the dialogue ends by itself. */
const SESSION_EXPIRES_S = 120;

/** What becomes of a leg. After `over` nothing more comes. */
export interface LegHearer {
  up(): void;
  /** The browser lets no sound through until the page is touched. */
  blocked(): void;
  over(): void;
}

export class Leg {
  private session: RTCSession | null = null;
  private readonly voice = new Audio();
  private lost: ReturnType<typeof setTimeout> | undefined;
  private ended = false;

  /** `track` is this leg's own; it is stopped with the leg. */
  constructor(
    ua: UA,
    target: string,
    private track: MediaStreamTrack,
    private readonly hearer: LegHearer,
  ) {
    this.voice.autoplay = true;
    track.enabled = false;
    this.session = ua.call(target, {
      mediaStream: new MediaStream([track]),
      mediaConstraints: { audio: true, video: false },
      pcConfig: { iceServers: [] },
      sessionTimersExpires: SESSION_EXPIRES_S,
      eventHandlers: {
        peerconnection: ({ peerconnection }: { peerconnection: RTCPeerConnection }) => this.watch(peerconnection),
        confirmed: () => this.hearer.up(),
        ended: () => this.over(),
        failed: () => this.over(),
      },
    });
  }

  /** Whether what the microphone hears goes out. */
  open(now: boolean): void {
    this.track.enabled = now && !this.ended;
  }

  /** 0 (not heard at all) to 1. */
  setVolume(volume: number): void {
    this.voice.volume = volume;
    this.voice.muted = volume === 0;
  }

  /** A microphone that came or went: it is heard in place of the one before, and is shut. */
  speakWith(track: MediaStreamTrack): void {
    if (this.ended) {
      track.stop();
      return;
    }
    track.enabled = false;
    this.track.stop();
    this.track = track;
    const sender = this.session?.connection?.getSenders().find((one) => one.track?.kind !== "video");
    void sender?.replaceTrack(track).catch(() => this.hangUp());
  }

  hangUp(): void {
    try {
      this.session?.terminate();
    } catch {
      // It has ended already.
    }
    this.over();
  }

  private watch(connection: RTCPeerConnection): void {
    connection.addEventListener("track", ({ streams, track }) => {
      this.voice.srcObject = streams[0] ?? new MediaStream([track]);
      void this.voice.play().catch(() => this.speakAtATouch());
    });
    connection.addEventListener("iceconnectionstatechange", () => {
      const state = connection.iceConnectionState;
      clearTimeout(this.lost);
      if (state === "failed" || state === "closed") this.hangUp();
      else if (state === "disconnected") this.lost = setTimeout(() => this.hangUp(), LOST_MS);
    });
  }

  private speakAtATouch(): void {
    if (this.ended) return;
    this.hearer.blocked();
    const touched = (): void => {
      void this.voice.play().then(() => !this.ended && this.hearer.up(), () => {});
    };
    for (const touch of ["keydown", "pointerdown"]) window.addEventListener(touch, touched, { once: true });
  }

  private over(): void {
    if (this.ended) return;
    this.ended = true;
    clearTimeout(this.lost);
    this.track.enabled = false;
    this.track.stop();
    this.voice.srcObject = null;
    this.session = null;
    this.hearer.over();
  }
}
