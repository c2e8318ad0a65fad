/**
 * The button's own link to the broker. Its session is forgotten by the broker as soon as it is cut, and a word
 * that cannot go out now never goes out: a button is not pressed later.
 */
import mqtt, { type MqttClient } from "mqtt";
import { uuid7 } from "@shared/ids";
import type { Account } from "../terminal";
import type { Say } from "@shared/talk/button";
import { grantOf, keepsFloors, stateOf, ticketOf, type Grant, type GroupState, type Ticket } from "@shared/talk/wire";

/** What the link tells. */
export interface Hearer {
  line(online: boolean): void;
  grant(grant: Grant): void;
  /** The floor of a talkgroup; null when it is no more. */
  state(talkgroup: string, state: GroupState | null): void;
  /** Whether anybody keeps the floors. */
  floors(there: boolean): void;
  ticket(ticket: Ticket): void;
}

/** How long a word about the button is worth anything. */
const PRESS_EXPIRY_S = 2;
const ASK_EXPIRY_S = 5;
const KEEPALIVE_S = 5;
const AGAIN_MS = 3000;
const SHORTEST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8000;
/** MQTT v5: a reason code from here on says that a subscription was refused. */
const REFUSED = 0x80;

export class TalkLine {
  private client: MqttClient | null = null;
  private stopped = true;
  private failures = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private missing: ReturnType<typeof setTimeout> | undefined;
  private groups: readonly string[] = [];
  /** The talkgroups that the broker lets us follow, on this connection. */
  private followed = new Set<string>();
  /** When each press was made, by this device's clock: a copy of the request says the same. */
  private pressedAt = new Map<string, string>();

  constructor(
    private readonly account: Account,
    private readonly device: string,
    private readonly hearer: Hearer,
  ) {}

  get online(): boolean {
    return this.client?.connected ?? false;
  }

  start(): void {
    this.stopped = false;
    this.connect();
    window.addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.retry);
    clearTimeout(this.missing);
    window.removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    const client = this.client;
    this.client = null;
    // What was said last, a release, goes out before the goodbye.
    client?.end(false);
  }

  /** Hear who has the floor of these talkgroups, and of no others. */
  follow(groups: readonly string[]): void {
    const gone = this.groups.filter((group) => !groups.includes(group));
    this.groups = [...groups];
    const left = gone.filter((group) => this.followed.delete(group));
    if (this.online && left.length > 0) this.client?.unsubscribe(left.map((group) => this.stateTopic(group)));
    this.subscribe();
  }

  /** Says it now or not at all; false when there is no line. */
  say({ action, request, talkgroup, emergency, token }: Say): boolean {
    const now = new Date().toISOString();
    const asks = action === "request";
    if (asks && !this.pressedAt.has(request)) this.pressedAt = new Map([[request, now]]);
    return this.publish("ptt", PRESS_EXPIRY_S, {
      msg_id: asks ? request : uuid7(),
      ts: asks ? this.pressedAt.get(request) : now,
      sent: now,
      schema: "unit.ptt/1",
      action,
      talkgroup,
      emergency,
      of: action === "release" ? request : null,
      token,
    });
  }

  /** Asks for a way into the talkgroup's conference; false when there is no line. `ask` is named by the answer. */
  askVoice(ask: string, talkgroup: string): boolean {
    const now = new Date().toISOString();
    return this.publish("voice", ASK_EXPIRY_S, { msg_id: ask, ts: now, sent: now, schema: "unit.voice/1", talkgroup });
  }

  private publish(kind: string, expiryS: number, message: object): boolean {
    if (!this.client?.connected) return false;
    const properties = { messageExpiryInterval: expiryS };
    this.client.publish(this.mine(`up/${kind}`), JSON.stringify({ seq: 0, ...message }), { qos: 1, properties });
    return true;
  }

  private readonly hurry = (): void => {
    if (document.visibilityState !== "visible" || this.stopped || this.client !== null) return;
    clearTimeout(this.retry);
    this.connect();
  };

  private connect(): void {
    const { url, uid, password } = this.account;
    const client = mqtt.connect(url, {
      protocolVersion: 5,
      clientId: `${uid}-talk-${this.device}`,
      username: uid,
      password,
      clean: true,
      properties: { sessionExpiryInterval: 0 },
      keepalive: KEEPALIVE_S,
      connectTimeout: 5000,
      reconnectPeriod: 0,
      resubscribe: false,
      // Its own timers would need a worker from a blob, which a strict page does not allow.
      timerVariant: "native",
    });
    this.client = client;
    client.on("connect", () => {
      this.failures = 0;
      this.followed.clear();
      client.subscribe([this.mine("down/grant"), this.mine("down/voice"), this.presence], { qos: 1 }, (error) => {
        if (client !== this.client) return;
        if (error) {
          client.end(true);
          return;
        }
        this.hearer.line(true);
        this.subscribe();
      });
    });
    client.on("message", (topic, payload) => {
      if (client === this.client) this.hear(topic, payload);
    });
    client.on("error", () => client.end(true));
    client.on("close", () => this.closed(client));
  }

  private closed(client: MqttClient): void {
    if (client !== this.client) return;
    this.client = null;
    client.end(true);
    clearTimeout(this.missing);
    this.hearer.line(false);
    if (this.stopped) return;
    this.failures += 1;
    const ceiling = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** Math.min(this.failures, 6));
    this.retry = setTimeout(() => this.connect(), ceiling * (0.5 + Math.random() / 2));
  }

  /** Subscribes to what is not followed yet. The broker may learn of a right later than the unit: again in a moment. */
  private subscribe(): void {
    clearTimeout(this.missing);
    const client = this.client;
    const wanted = this.groups.filter((group) => !this.followed.has(group));
    if (!client?.connected || wanted.length === 0) return;
    client.subscribe(wanted.map((group) => this.stateTopic(group)), { qos: 1 }, (error, granted) => {
      if (client !== this.client) return;
      const given = error ? [] : (granted ?? []).filter((one) => one.qos < REFUSED).map((one) => one.topic);
      for (const group of wanted) if (given.includes(this.stateTopic(group))) this.followed.add(group);
      clearTimeout(this.missing);
      if (this.groups.some((group) => !this.followed.has(group))) this.missing = setTimeout(() => this.subscribe(), AGAIN_MS);
    });
  }

  private hear(topic: string, payload: Uint8Array): void {
    if (topic === this.mine("down/grant")) {
      const grant = grantOf(payload);
      if (grant !== null) this.hearer.grant(grant);
    } else if (topic === this.mine("down/voice")) {
      const ticket = ticketOf(payload);
      if (ticket !== null) this.hearer.ticket(ticket);
    } else if (topic === this.presence) {
      this.hearer.floors(keepsFloors(payload));
    } else {
      const group = this.groups.find((one) => this.stateTopic(one) === topic);
      if (group !== undefined) this.hearer.state(group, stateOf(payload));
    }
  }

  private mine(last: string): string {
    return `v1/${this.account.tenant}/unit/${this.account.uid}/${last}`;
  }

  private get presence(): string {
    return `v1/${this.account.tenant}/floor/state`;
  }

  private stateTopic(group: string): string {
    return `v1/${this.account.tenant}/tg/${group.replace(":", "/")}/state`;
  }
}
