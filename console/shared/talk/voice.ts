/**
 * The voice of a page: one leg in the conference of each talkgroup that is listened to, made anew after each cut,
 * with a ticket of its own each time. Only the legs of groups that have granted the floor are open.
 */
import type { UA } from "jssip";
import { uuid7 } from "@shared/ids";
import { Leg } from "./leg";
import { Microphone, type MicrophoneState } from "./microphone";
import { begin, join, wantsToAsk, type Joining, type JoinSignal, type LegState } from "./rejoin";
import type { Ticket } from "./wire";

/** Each leg is a stream of its own: more than these would be too much for a telephone's line. */
export const MOST_LEGS = 4;
/** A desk is on the centre's own network. */
export const MOST_DESK_LEGS = 8;
const TICK_MS = 250;

export interface VoiceHearer {
  leg(talkgroup: string, state: LegState | null): void;
  microphone(state: MicrophoneState): void;
}

export class Voice {
  private readonly joinings = new Map<string, Joining>();
  private readonly legs = new Map<string, Leg>();
  private readonly microphone: Microphone;
  private sip: Promise<{ ua: UA; host: string }> | null = null;
  private sipFor = "";
  private openFor: readonly string[] = [];
  private readonly loudness = new Map<string, number>();
  private readonly clockwork: ReturnType<typeof setInterval>;

  /** `ask` puts the question `id` for a ticket to the centre; false when there is no line. */
  constructor(
    private readonly ask: (id: string, talkgroup: string) => boolean,
    private readonly hearer: VoiceHearer,
    private readonly most = MOST_LEGS,
  ) {
    this.microphone = new Microphone(() => {
      hearer.microphone(this.microphone.state);
      for (const [group, leg] of this.legs) {
        leg.speakWith(this.microphone.track());
        leg.open(this.openFor.includes(group));
      }
    });
    this.clockwork = setInterval(() => this.tick(), TICK_MS);
  }

  /** Listen to these, the first ones of them; leave the others. */
  listen(groups: readonly string[]): void {
    const wanted = groups.slice(0, this.most);
    for (const group of [...this.joinings.keys()]) if (!wanted.includes(group)) this.leave(group);
    for (const group of wanted) {
      if (this.joinings.has(group)) continue;
      this.joinings.set(group, begin(performance.now()));
      this.hearer.leg(group, "joining");
    }
    if (wanted.length > 0) void this.microphone.ask();
    else this.microphone.stop();
    this.tick();
  }

  /** The microphone goes out to these groups alone. */
  open(groups: readonly string[]): void {
    this.openFor = groups;
    for (const [group, leg] of this.legs) leg.open(groups.includes(group));
  }

  /** How loud a group is heard here, 0 (not at all) to 1. */
  setVolume(group: string, volume: number): void {
    this.loudness.set(group, volume);
    this.legs.get(group)?.setVolume(volume);
  }

  askMicrophone(): void {
    void this.microphone.ask();
  }

  ticket(ticket: Ticket): void {
    const group = ticket.talkgroup;
    if (this.take(group, { kind: "ticket", of: ticket.of, cause: ticket.cause, at: performance.now() }) === "call") void this.call(group, ticket);
  }

  lineIsBack(): void {
    for (const group of this.joinings.keys()) this.take(group, { kind: "hurry", at: performance.now() });
    this.tick();
  }

  /** The page goes, perhaps to come back: what is still here then is joined anew. */
  hangUp(): void {
    for (const leg of [...this.legs.values()]) leg.hangUp();
  }

  async stop(): Promise<void> {
    clearInterval(this.clockwork);
    for (const group of [...this.joinings.keys()]) this.leave(group);
    this.microphone.stop();
    const sip = this.sip;
    this.sip = null;
    (await sip?.catch(() => null))?.ua.stop();
  }

  private tick(): void {
    const at = performance.now();
    for (const [group, joining] of this.joinings) {
      if (!wantsToAsk(joining, at)) continue;
      const ask = uuid7();
      this.take(group, this.ask(ask, group) ? { kind: "asked", ask, at } : { kind: "unasked", at });
    }
  }

  private take(group: string, signal: JoinSignal): "call" | null {
    const before = this.joinings.get(group);
    if (before === undefined) return null;
    const [next, act] = join(before, signal);
    this.joinings.set(group, next);
    if (next.state !== before.state) this.hearer.leg(group, next.state);
    return act;
  }

  private async call(group: string, ticket: Ticket): Promise<void> {
    const joining = this.joinings.get(group);
    try {
      const { ua, host } = await this.account(ticket);
      // Before the microphone is known, a leg would have none.
      await this.microphone.ask();
      if (this.joinings.get(group) === undefined || this.joinings.get(group) !== joining) return;
      this.legs.get(group)?.hangUp();
      let leg: Leg | null = null;
      const hearer = {
        up: () => this.take(group, { kind: "up", at: performance.now() }),
        blocked: () => this.take(group, { kind: "blocked", at: performance.now() }),
        over: () => {
          if (this.legs.get(group) === leg) this.legs.delete(group);
          this.take(group, { kind: "over", at: performance.now() });
        },
      };
      leg = new Leg(ua, `sip:${ticket.ticket}@${host}`, this.microphone.track(), hearer);
      this.legs.set(group, leg);
      leg.setVolume(this.loudness.get(group) ?? 1);
      leg.open(this.openFor.includes(group));
    } catch {
      this.take(group, { kind: "over", at: performance.now() });
    }
  }

  private leave(group: string): void {
    const leg = this.legs.get(group);
    this.legs.delete(group);
    this.joinings.delete(group);
    this.hearer.leg(group, null);
    leg?.hangUp();
  }

  /** The telephone of this page at the switch. It registers nowhere: nobody calls it. */
  private async account(ticket: Ticket): Promise<{ ua: UA; host: string }> {
    const wanted = `${ticket.ws_url} ${ticket.user} ${ticket.password}`;
    if (this.sip === null || this.sipFor !== wanted) {
      const before = this.sip;
      this.sipFor = wanted;
      this.sip = telephone(ticket);
      void before?.then(({ ua }) => ua.stop(), () => {});
      this.sip.catch(() => (this.sip = null));
    }
    return this.sip;
  }
}

async function telephone(ticket: Ticket): Promise<{ ua: UA; host: string }> {
  const sip = await import("jssip");
  const host = new URL(ticket.ws_url).hostname;
  const ua = new sip.UA({
    sockets: [new sip.WebSocketInterface(ticket.ws_url)],
    uri: `sip:${ticket.user}@${host}`,
    authorization_user: ticket.user,
    password: ticket.password,
    register: false,
    session_timers: true,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 5,
  });
  const there = new Promise<void>((connected, failed) => {
    ua.on("connected", () => connected());
    setTimeout(() => failed(new Error("no switch")), 5000);
  });
  ua.on("newRTCSession", ({ originator, session }: { originator: string; session: { terminate(how: object): void } }) => {
    if (String(originator) === "remote") session.terminate({ status_code: 486 });
  });
  ua.start();
  await there.catch((error: unknown) => {
    ua.stop();
    throw error;
  });
  return { ua, host };
}
