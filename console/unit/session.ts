/**
 * One unit on this device: sign-in with the enrolled credentials, its store and its line. What the device keeps
 * is shown without a network too, to whoever gives the password that the broker took last.
 */
import { ref, shallowRef } from "vue";
import type { UnitConfig, UnitStep } from "@shared/contracts";
import { get, Refused } from "@shared/http";
import { uuid7 } from "@shared/ids";
import { moveFrom, openDisk, type Disk } from "./disk";
import type { StepWords } from "./jobs";
import { OutboxFull, type Kept } from "./kept";
import { remember, verdict } from "./password";
import { UnitStore } from "./store";
import { Terminal, type LineState } from "./terminal";

export type Trouble = "" | "full" | "keepFailed";

const UID = "songhua.unit.uid";
const PASSWORD = "songhua.unit.password";
const DEVICE = "songhua.unit.device";
const CONFIG = "config";
const AGAIN_MS = 3000;
/** How long one who has just signed out here may still hold the unit; longer is another tab. */
const LEAVING_MS = 3000;

const ids = { id: () => uuid7(), now: () => new Date().toISOString() };

export function useSession() {
  const uid = ref(localStorage.getItem(UID) ?? "");
  const line = ref<LineState | "other_tab" | "unproved">("off");
  const kept = shallowRef<Readonly<Kept> | null>(null);
  const clockAheadMs = ref(0);
  const trouble = ref<Trouble>("");
  let store: UnitStore | null = null;
  let terminal: Terminal | null = null;
  let disk: Disk | null = null;
  let password = "";
  /** False while only the broker can say whether this password opens what is kept here. */
  let proved = true;
  let giveUpLock: () => void = () => {};

  async function signIn(unit: string, given: string): Promise<void> {
    if (store !== null) await signOut();
    if (!(await owner(unit))) {
      line.value = "other_tab";
      return;
    }
    line.value = "connecting";
    uid.value = unit;
    password = given;
    localStorage.setItem(UID, unit);
    try {
      disk ??= await openDisk();
      const name = `unit.${unit}`;
      await moveFrom(localStorage, disk, `songhua.${name}`);
      proved = (await verdict(disk, unit, given)) !== "wrong";
      store = await UnitStore.open(disk, `songhua.${name}`, ids, (now) => {
        if (proved) kept.value = now;
      });
    } catch {
      trouble.value = "keepFailed";
      line.value = "off";
      giveUpLock();
      return;
    }
    if (proved) sessionStorage.setItem(PASSWORD, given);
    await connect(unit, store);
  }

  async function connect(unit: string, mine: UnitStore): Promise<void> {
    const config = await configuration();
    if (store !== mine) return;
    if (config === null) {
      shown("offline");
      setTimeout(() => void connect(unit, mine), AGAIN_MS);
      return;
    }
    const account = { url: config.mqtt_ws_url, tenant: config.tenant, uid: unit, password };
    const clock = (ahead: number) => (clockAheadMs.value = ahead);
    const line = (state: LineState) => {
      if (terminal === opened) shown(state);
    };
    const opened: Terminal = new Terminal(account, device(), mine, { line, clock, trouble: told });
    terminal = opened;
    opened.start();
  }

  /** Where the broker is: as the gateway says, else as it said last. */
  async function configuration(): Promise<UnitConfig | null> {
    try {
      const config = await get<UnitConfig>("/unit/config");
      await disk?.write(CONFIG, JSON.stringify(config)).catch(told);
      return config;
    } catch (problem) {
      if (!(problem instanceof Refused)) throw problem;
    }
    const before = await disk?.read(CONFIG).catch(() => null);
    return before ? (JSON.parse(before) as UnitConfig) : null;
  }

  function shown(state: LineState): void {
    if (state === "refused") {
      void signOut("refused");
      return;
    }
    if (state === "online") letIn();
    line.value = !proved && state === "offline" ? "unproved" : state;
  }

  function letIn(): void {
    if (disk === null || store === null) return;
    proved = true;
    kept.value = store.now;
    sessionStorage.setItem(PASSWORD, password);
    void remember(disk, uid.value, password).catch(told);
  }

  async function signOut(because: "off" | "refused" = "off"): Promise<void> {
    sessionStorage.removeItem(PASSWORD);
    const leaving = terminal;
    terminal = null;
    store = null;
    kept.value = null;
    trouble.value = "";
    line.value = because;
    const release = giveUpLock;
    giveUpLock = () => {};
    await leaving?.stop();
    release();
  }

  function told(error: unknown): void {
    trouble.value = error instanceof OutboxFull ? "full" : "keepFailed";
  }

  /** Does something with the store and sends what came of it. */
  async function keep(work: (store: UnitStore) => Promise<unknown>): Promise<void> {
    if (store === null) return;
    trouble.value = "";
    try {
      await work(store);
    } catch (error) {
      told(error);
      return;
    }
    terminal?.flush();
  }

  const say = (dispatchId: string, step: UnitStep, words: StepWords = {}): Promise<void> =>
    keep((mine) => mine.say(dispatchId, step, words));

  /** An alarm goes out at once, before anything else that waits. */
  async function callForHelp(): Promise<void> {
    await keep((mine) => mine.raiseAlarm());
    terminal?.alarm();
  }

  /** One tab for each unit, so that no two write into one outbox. */
  function owner(unit: string): Promise<boolean> {
    giveUpLock();
    if (!("locks" in navigator)) return Promise.resolve(true);
    return new Promise((decide) => {
      const patience = { signal: AbortSignal.timeout(LEAVING_MS) };
      navigator.locks
        .request(`songhua-unit-${unit}`, patience, () => {
          decide(true);
          return new Promise<void>((release) => (giveUpLock = release));
        })
        .catch(() => decide(false));
    });
  }

  /** A page that was loaded anew goes on as who it was. */
  function resume(): void {
    const before = sessionStorage.getItem(PASSWORD);
    if (uid.value && before) void signIn(uid.value, before);
  }

  return { uid, line, kept, clockAheadMs, trouble, signIn, signOut, say, keep, callForHelp, resume };
}

function device(): string {
  const known = localStorage.getItem(DEVICE);
  if (known) return known;
  const made = uuid7().slice(-12);
  localStorage.setItem(DEVICE, made);
  return made;
}
