/** The unit's line to the broker: MQTT v5 over WebSocket, made anew after each cut; the outbox decides what is sent. */
import mqtt, { type MqttClient } from "mqtt";
import type { CaseMessage, Command, Sync } from "@shared/contracts";
import { uuid7 } from "@shared/ids";
import type { UnitStore } from "./store";

export type LineState = "off" | "connecting" | "online" | "offline" | "refused";

export interface Account {
  url: string;
  tenant: string;
  uid: string;
  password: string;
}

const RESEND_MS = 15_000;
const LONGEST_WAIT_MS = 20_000;
const SESSION_EXPIRY_S = 86_400;
const KEEPALIVE_S = 20;
const MAX_PAYLOAD = 65_536;
/** MQTT v5 reason codes: malformed client id or password, not authorised. */
const NOT_LET_IN = new Set([0x85, 0x86, 0x87]);

export class Terminal {
  private client: MqttClient | null = null;
  private failures = 0;
  private stopped = true;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private resend: ReturnType<typeof setInterval> | undefined;
  /** When each message went out on this connection. */
  private sentAt = new Map<string, number>();

  constructor(
    private readonly account: Account,
    private readonly device: string,
    private readonly store: UnitStore,
    private readonly show: (state: LineState) => void,
    private readonly trouble: (error: unknown) => void,
  ) {}

  start(): void {
    this.stopped = false;
    this.connect();
    this.resend = setInterval(() => this.flush(), 1000);
    window.addEventListener("online", this.hurry);
    document.addEventListener("visibilitychange", this.hurry);
  }

  /** Says goodbye, so that the centre need not wait for the last will. */
  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    clearInterval(this.resend);
    window.removeEventListener("online", this.hurry);
    document.removeEventListener("visibilitychange", this.hurry);
    const client = this.client;
    this.client = null;
    this.show("off");
    if (client === null) return;
    if (client.connected) {
      await client.publishAsync(this.topic("state"), '{"online": false}', { qos: 1, retain: true }).catch(() => {});
    }
    client.end(true);
  }

  /** Sends what is due: never sent on this connection, or sent long ago without a receipt. */
  flush(): void {
    if (!this.client?.connected) return;
    const now = Date.now();
    for (const message of this.store.unconfirmed()) {
      const before = this.sentAt.get(message.msg_id);
      if (before !== undefined && now - before < RESEND_MS) continue;
      this.sentAt.set(message.msg_id, now);
      this.client.publish(this.topic(`up/${message.kind}`), message.payload, { qos: 1 }, (error) => {
        if (error) this.sentAt.delete(message.msg_id);
        else this.guarded(() => this.store.markSent(message.msg_id));
      });
    }
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
    this.show("connecting");
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
    client.on("message", (topic, payload) => this.hear(topic, payload));
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
      this.show("online");
      client.publish(this.topic("state"), '{"online": true}', { qos: 1, retain: true });
      this.hello();
      this.flush();
    });
  }

  private hello(): void {
    this.guarded(() => {
      const hello = {
        msg_id: uuid7(),
        seq: this.store.nextSeq(),
        ts: new Date().toISOString(),
        schema: "unit.hello/1",
        last_seq: this.store.now.last_down_seq,
      };
      this.client?.publish(this.topic("up/hello"), JSON.stringify(hello), { qos: 1 });
    });
  }

  private closed(client: MqttClient, refused: boolean): void {
    if (client !== this.client) return;
    this.client = null;
    if (this.stopped) return;
    if (refused) {
      this.show("refused");
      return;
    }
    this.show("offline");
    this.failures += 1;
    const ceiling = Math.min(LONGEST_WAIT_MS, 500 * 2 ** Math.min(this.failures, 8));
    this.retry = setTimeout(() => this.connect(), ceiling * (0.5 + Math.random() / 2));
  }

  private hear(topic: string, payload: Uint8Array): void {
    if (payload.length > MAX_PAYLOAD) return;
    let said: unknown;
    try {
      said = JSON.parse(new TextDecoder().decode(payload));
    } catch {
      return;
    }
    if (typeof said !== "object" || said === null || !Number.isSafeInteger((said as { seq?: unknown }).seq)) return;
    const kind = topic.slice(topic.lastIndexOf("/") + 1);
    this.guarded(() => {
      const missing = kind !== "sync" && this.store.misses((said as { seq: number }).seq);
      if (kind === "case") this.store.takeCase(said as CaseMessage);
      else if (kind === "sync") this.store.takeSync(said as Sync);
      else if (kind === "cmd") this.store.takeCommand(said as Command);
      if (missing) this.hello();
    });
    this.flush();
  }

  /** What the device cannot keep is told to the crew, and ends nothing. */
  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.trouble(error);
    }
  }
}
