/** The unit's line to the broker: MQTT v5 over WebSocket, made anew after each cut; the outbox decides what is sent. */
import mqtt, { type MqttClient } from "mqtt";
import type { CaseMessage, Command, CrewWeChatAnswer, GroupsMessage, Sync, TextMessage } from "@shared/contracts/field";
import { uuid7 } from "@shared/ids";
import type { Payload } from "./messages";
import { isCalling, REPEAT_MS } from "./alarm";
import type { TerminalFix } from "./kept";
import type { UnitStore } from "./store";

export type LineState = "off" | "connecting" | "online" | "offline" | "refused";

export interface Account {
  url: string;
  tenant: string;
  uid: string;
  password: string;
}

/** What the line tells the page. */
export interface Listener {
  line(state: LineState): void;
  /** How far this device's clock is ahead of the centre's, in ms; less than 0 when it is behind. */
  clock(aheadMs: number): void;
  /** The device could not keep something. */
  trouble(error: unknown): void;
  /** The centre has committed the message `of`; `reason` says why nothing comes of it. */
  receipt(of: string, reason: string): void;
  /** The centre asks where the unit is. */
  locate(): void;
  /** The centre's answer to the announcement `of` a photo. */
  ticket(photoId: string, of: string, ticket: string, ended: string): Promise<void>;
  /** The centre's answer about the crew's WeChats. */
  wechat(said: CrewWeChatAnswer): void;
}

const RESEND_MS = 15_000;
const LONGEST_WAIT_MS = 20_000;
const GOODBYE_MS = 1000;
const SESSION_EXPIRY_S = 86_400;
const KEEPALIVE_S = 20;
const MAX_PAYLOAD = 65_536;
/** An answer that came later than this after the question says nothing about clocks. */
const PROMPT_MS = 5000;
/** MQTT v5 reason codes: malformed client id or password, not authorised. */
const NOT_LET_IN = new Set([0x85, 0x86, 0x87]);

export class Terminal {
  private client: MqttClient | null = null;
  private failures = 0;
  private stopped = true;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private resend: ReturnType<typeof setInterval> | undefined;
  private cry: ReturnType<typeof setInterval> | undefined;
  /** When each message went out on this connection, by a clock that nobody can set. */
  private sentAt = new Map<string, number>();
  private askedAt: number | null = null;

  constructor(
    private readonly account: Account,
    private readonly device: string,
    private readonly store: UnitStore,
    private readonly listener: Listener,
    /** Where the device is, as far as the crew lets it be known. */
    private readonly fix: () => TerminalFix | null = () => null,
  ) {}

  start(): void {
    this.stopped = false;
    this.connect();
    this.resend = setInterval(() => this.flush(), 1000);
    this.cry = setInterval(() => this.alarm(), REPEAT_MS);
    window.addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
  }

  /** Says goodbye, so that the centre need not wait for the last will; a broker that does not answer is left. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    clearInterval(this.resend);
    clearInterval(this.cry);
    window.removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    const client = this.client;
    this.client = null;
    if (client === null) return;
    if (client.connected) {
      const said = client.publishAsync(this.topic("state"), '{"online": false}', { qos: 1, retain: true });
      await Promise.race([said.catch(() => {}), new Promise((enough) => setTimeout(enough, GOODBYE_MS))]);
    }
    client.end(true);
  }

  /** Sends what is due: never sent on this connection, or sent long ago without a receipt. */
  flush(): void {
    if (!this.client?.connected) return;
    this.tellGroups();
    for (const message of this.store.unconfirmed()) {
      if (!this.isDue(message.msg_id)) continue;
      this.client.publish(this.topic(`up/${message.kind}`), stamped(message.payload), { qos: 1 }, (error) => {
        if (error) this.sentAt.delete(message.msg_id);
        else void this.guarded(this.store.markSent(message.msg_id));
      });
    }
  }

  /** Whether it was not sent on this connection, or long ago; it counts as sent now. */
  private isDue(name: string): boolean {
    const now = performance.now();
    const before = this.sentAt.get(name);
    if (before !== undefined && now - before < RESEND_MS) return false;
    this.sentAt.set(name, now);
    return true;
  }

  /** Says which talkgroups the crew has chosen, until the centre counts them so. */
  private tellGroups(): void {
    const { chosen } = this.store.now;
    if (chosen === null || !this.isDue(`groups ${chosen.join(" ")}`)) return;
    const said = this.store.affiliation().then((payload) => payload !== null && this.say("affiliate", payload));
    void this.guarded(said);
  }

  /** Says an alarm that nobody has answered; what cannot go out now is said anew in two seconds. */
  alarm(): void {
    if (!this.client?.connected || !isCalling(this.store.now.alarm)) return;
    const said = this.store.sayAlarm(this.fix()).then((payload) => {
      if (payload !== null) this.client?.publish(this.topic("up/emergency"), stamped(payload), { qos: 1 });
    });
    void this.guarded(said);
  }

  /** Says `up/{kind}` now or not at all; false when there is no line. After `expiryS` seconds it is no news. */
  say(kind: string, payload: string, expiryS?: number): boolean {
    if (!this.client?.connected) return false;
    const properties = expiryS === undefined ? {} : { properties: { messageExpiryInterval: expiryS } };
    this.client.publish(this.topic(`up/${kind}`), stamped(payload), { qos: 1, ...properties });
    return true;
  }

  get online(): boolean {
    return this.client?.connected ?? false;
  }

  private readonly hurry = (): void => {
    if (document.visibilityState !== "visible" || this.stopped || this.client !== null) return;
    clearTimeout(this.retry);
    this.connect();
  };

  private topic(last: string): string {
    return `v1/${this.account.tenant}/unit/${this.account.uid}/${last}`;
  }

  private connect(): void {
    const { url, uid, password } = this.account;
    this.listener.line("connecting");
    this.sentAt.clear();
    const client = mqtt.connect(url, {
      protocolVersion: 5,
      clientId: `${uid}-page-${this.device}`,
      username: uid,
      password,
      clean: false,
      properties: { sessionExpiryInterval: SESSION_EXPIRY_S },
      keepalive: KEEPALIVE_S,
      connectTimeout: 8000,
      reconnectPeriod: 0,
      resubscribe: false,
      // Its own timers would need a worker from a blob, which a strict page does not allow.
      timerVariant: "native",
      will: { topic: this.topic("state"), payload: '{"online": false}' as never, qos: 1, retain: true },
    });
    this.client = client;
    let refused = false;
    client.on("connect", () => this.connected(client));
    // The broker gets its acknowledgement when the device has kept the message, not before.
    client.handleMessage = (packet, done) => {
      void this.hear(packet.topic, packet.payload as Uint8Array).finally(() => done());
    };
    client.on("error", (error) => {
      refused = NOT_LET_IN.has((error as { code?: number }).code ?? 0);
      client.end(true);
    });
    client.on("close", () => this.closed(client, refused));
  }

  private connected(client: MqttClient): void {
    client.subscribe(this.topic("down/#"), { qos: 1 }, (error) => {
      if (error) {
        client.end(true);
        return;
      }
      this.failures = 0;
      this.listener.line("online");
      client.publish(this.topic("state"), '{"online": true}', { qos: 1, retain: true });
      this.alarm();
      void this.hello().then(() => this.flush());
    });
  }

  private hello(): Promise<void> {
    return this.guarded(
      this.store.nextSeq().then((seq) => {
        const hello = {
          msg_id: uuid7(),
          seq,
          ts: new Date().toISOString(),
          schema: "unit.hello/1",
          last_seq: this.store.now.last_down_seq,
        };
        this.askedAt = performance.now();
        this.client?.publish(this.topic("up/hello"), JSON.stringify(hello), { qos: 1 });
      }),
    );
  }

  private closed(client: MqttClient, refused: boolean): void {
    if (client !== this.client) return;
    this.client = null;
    if (this.stopped) return;
    if (refused) {
      this.listener.line("refused");
      return;
    }
    this.listener.line("offline");
    this.failures += 1;
    const ceiling = Math.min(LONGEST_WAIT_MS, 500 * 2 ** Math.min(this.failures, 8));
    this.retry = setTimeout(() => this.connect(), ceiling * (0.5 + Math.random() / 2));
  }

  private async hear(topic: string, payload: Uint8Array): Promise<void> {
    const said = read(payload);
    if (said === null) return;
    const kind = topic.slice(topic.lastIndexOf("/") + 1);
    const missing = kind !== "sync" && this.store.misses(said.seq);
    await this.guarded(this.take(kind, said));
    if (missing) await this.hello();
    this.flush();
  }

  private async take(kind: string, said: Payload): Promise<void> {
    if (kind === "case") await this.store.takeCase(said as CaseMessage);
    else if (kind === "text") await this.store.takeText(said as TextMessage);
    else if (kind === "groups") await this.store.takeGroups(said as GroupsMessage);
    else if (kind === "wechat") this.listener.wechat(said as CrewWeChatAnswer);
    else if (kind === "cmd") await this.takeCommand(said as Command);
    else if (kind === "sync") {
      this.compareClocks(said.ts);
      await this.store.takeSync(said as Sync);
    }
  }

  private async takeCommand(command: Command): Promise<void> {
    await this.store.takeCommand(command);
    if (command.cmd === "locate") this.listener.locate();
    if (command.cmd === "receipt") this.listener.receipt(command.of ?? "", command.reason ?? "");
    if (command.cmd !== "ticket" || !command.photo_id) return;
    await this.listener.ticket(command.photo_id, command.of ?? "", command.ticket ?? "", command.reason ?? "");
  }

  /** The list of jobs is made when it is asked for: its time is the centre's clock now. */
  private compareClocks(theirs: string): void {
    const asked = this.askedAt;
    this.askedAt = null;
    const at = Date.parse(theirs);
    if (asked === null || performance.now() - asked > PROMPT_MS || Number.isNaN(at)) return;
    this.listener.clock(Date.now() - at);
  }

  /** What the device cannot keep is told to the crew, and ends nothing. */
  private async guarded(work: Promise<unknown>): Promise<void> {
    try {
      await work;
    } catch (error) {
      this.listener.trouble(error);
    }
  }
}

/** With this device's clock as it is sent: the centre reckons from it how old the message is. */
function stamped(payload: string): string {
  return JSON.stringify({ ...(JSON.parse(payload) as object), sent: new Date().toISOString() });
}

/** The message in these bytes; null for what is none. */
function read(payload: Uint8Array): Payload | null {
  if (payload.length > MAX_PAYLOAD) return null;
  let said: unknown;
  try {
    said = JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return null;
  }
  if (typeof said !== "object" || said === null) return null;
  return Number.isSafeInteger((said as { seq?: unknown }).seq) ? (said as Payload) : null;
}
