/**
 * The live link: snapshot, then events whose `seq` rises by one; a gap asks for a new snapshot.
 * Pure about time and sockets, which are given in, so that every fault can be played in a test.
 */
import { parsed } from "@shared/bidi";

export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: ((closed: { code: number }) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface Surroundings {
  open(): SocketLike;
  now(): number;
  /** Calls back after that time; the returned function cancels. */
  after(milliseconds: number, act: () => void): () => void;
  random(): number;
}

export type LinkState = "connecting" | "live" | "away";

export interface Listener {
  snapshot(state: unknown): void;
  event(event: EventFrame): void;
  changed(state: LinkState): void;
  /** The link could not be opened or was refused: the session may have ended. */
  lost(code: number): void;
}

/** An event as it comes; which fields it has is told by its `type`. */
export interface EventFrame {
  type: string;
  version: number;
  id: string;
  at: string;
  [field: string]: unknown;
}

export const PING_MS = 10_000;
/** After this long without a frame the link is taken for dead, whatever the browser believes. */
export const DEAD_MS = 25_000;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;
/** A snapshot of five thousand units has some four million. */
const MAX_FRAME = 16_000_000;

export class Link {
  state: LinkState = "connecting";
  /** When a frame last arrived; 0 for never. */
  heardAt = 0;
  /** How many times events were missed and a snapshot was asked for. */
  gaps = 0;
  /** Frames that could not be understood: counted and dropped. */
  malformed = 0;

  private socket: SocketLike | null = null;
  /** When the last attempt began: until a frame comes, it has as long. */
  private openedAt = 0;
  private seq: number | null = null;
  private failures = 0;
  private stopped = true;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly around: Surroundings,
    private readonly listener: Listener,
  ) {}

  start(): void {
    if (!this.stopped) return;
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    this.cancelTimer();
    this.drop();
  }

  /** Called when the page wakes up: a socket that slept too long is replaced at once. */
  wake(): void {
    if (this.stopped) return;
    if (this.socket === null) {
      this.cancelTimer();
      this.connect();
    } else if (this.silent()) {
      this.failed(0);
    } else {
      this.say({ kind: "ping" });
    }
  }

  private connect(): void {
    this.show("connecting");
    this.seq = null;
    let socket: SocketLike;
    try {
      socket = this.around.open();
    } catch {
      this.failed(0);
      return;
    }
    this.socket = socket;
    this.openedAt = this.around.now();
    socket.onopen = () => this.say({ kind: "ping" });
    socket.onmessage = ({ data }) => this.read(data);
    socket.onclose = ({ code }) => this.failed(code);
    this.beat();
  }

  private silent(): boolean {
    return this.around.now() - Math.max(this.heardAt, this.openedAt) > DEAD_MS;
  }

  private beat(): void {
    this.cancelTimer = this.around.after(PING_MS, () => {
      if (this.silent()) {
        this.failed(0);
        return;
      }
      this.say({ kind: "ping" });
      this.beat();
    });
  }

  private failed(code: number): void {
    this.cancelTimer();
    this.drop();
    if (this.stopped) return;
    this.show("away");
    this.failures += 1;
    const ceiling = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.failures - 1, 10));
    this.cancelTimer = this.around.after(ceiling * (0.5 + this.around.random() / 2), () => this.connect());
    this.listener.lost(code);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** Sends a frame; what is said while there is no link is lost, and is for the caller to say again. */
  say(frame: object): void {
    try {
      this.socket?.send(JSON.stringify(frame));
    } catch {
      // A socket that is still opening refuses; the next beat says it again.
    }
  }

  private read(data: unknown): void {
    this.heardAt = this.around.now();
    const frame = frameOf(data);
    if (frame === null) {
      this.malformed += 1;
      return;
    }
    if (frame.kind === "snapshot") {
      this.seq = frame.seq;
      this.failures = 0;
      this.listener.snapshot(frame.state);
      this.show("live");
    } else if (frame.kind === "event") {
      this.follow(frame.seq, frame.event);
    }
  }

  private follow(seq: number, event: EventFrame): void {
    // Between a gap and the snapshot that heals it, events are of no use: the snapshot holds them.
    if (this.seq === null || seq <= this.seq) return;
    if (seq !== this.seq + 1) {
      this.gaps += 1;
      this.seq = null;
      this.say({ kind: "resync" });
      return;
    }
    this.seq = seq;
    this.listener.event(event);
  }

  private show(state: LinkState): void {
    if (state === this.state) return;
    this.state = state;
    this.listener.changed(state);
  }
}

type Frame =
  | { kind: "snapshot"; seq: number; state: unknown }
  | { kind: "event"; seq: number; event: EventFrame }
  | { kind: "pong" };

function frameOf(data: unknown): Frame | null {
  if (typeof data !== "string" || data.length > MAX_FRAME) return null;
  let frame: unknown;
  try {
    frame = parsed(data);
  } catch {
    return null;
  }
  if (typeof frame !== "object" || frame === null) return null;
  const { kind, seq, state, event } = frame as Record<string, unknown>;
  if (kind === "pong") return { kind };
  if (typeof seq !== "number") return null;
  if (kind === "snapshot" && typeof state === "object" && state !== null) return { kind, seq, state };
  if (kind === "event" && typeof event === "object" && event !== null) {
    return typeof (event as EventFrame).type === "string" ? { kind, seq, event: event as EventFrame } : null;
  }
  return null;
}
