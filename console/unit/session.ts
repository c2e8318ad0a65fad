/**
 * One unit on this device: sign-in with the enrolled credentials, its store and its line. What the device keeps
 * is shown without a network too, to whoever gives the password that the broker took last.
 */
import { ref, shallowRef } from "vue";
import type { UnitConfig } from "@shared/contracts/gateway";
import { get, Refused } from "@shared/http";
import { uuid7 } from "@shared/ids";
import type { UnitStep } from "./messages";
import { CALL_EXPIRY_S, useCitizen } from "./citizen";
import { Courier } from "./courier";
import { albumOf, moveFrom, openDisk, type Album, type Disk } from "./disk";
import type { StepWords } from "./jobs";
import { OutboxFull, type Kept, type TerminalFix } from "./kept";
import type { Place } from "./location";
import { remember, verdict } from "./password";
import { digest, isPicture, MOST_BYTES, sweep, TooManyPhotos } from "./photos";
import type { ReportShot } from "./reports";
import { UnitStore } from "./store";
import { Terminal, type Account, type LineState } from "./terminal";
import { ASK_EXPIRY_S, useCrewWeChat, type WeChatAct } from "./wechat";

export type Trouble = "" | "full" | "keepFailed" | "noPicture" | "tooManyPhotos";

const UID = "songhua.unit.uid";
const PASSWORD = "songhua.unit.password";
const DEVICE = "songhua.unit.device";
const CONFIG = "config";
const AGAIN_MS = 3000;
const LOCATION_MS = 10_000;
const LOCATION_EXPIRY_S = 60;
/** How long one who has just signed out here may still hold the unit; longer is another tab. */
const LEAVING_MS = 3000;

const ids = { id: () => uuid7(), now: () => new Date().toISOString() };

/** What the crew lets be known of where the device is. */
export interface Whereabouts {
  fix(): TerminalFix | null;
  place(): Place | null;
  refresh(): void;
}

export function useSession(location: Whereabouts) {
  const uid = ref(localStorage.getItem(UID) ?? "");
  const line = ref<LineState | "other_tab" | "unproved">("off");
  const kept = shallowRef<Readonly<Kept> | null>(null);
  const clockAheadMs = ref(0);
  const trouble = ref<Trouble>("");
  /** Whom the broker knows this page as, from the moment that it is known where the broker is. */
  const account = shallowRef<Account | null>(null);
  const { citizen, asked, answer } = useCitizen();
  const crew = useCrewWeChat();
  /** Whether crews of this centre may bind their WeChat. */
  const wechatOn = ref(false);
  let store: UnitStore | null = null;
  let terminal: Terminal | null = null;
  let disk: (Disk & Album) | null = null;
  let album: Album | null = null;
  let courier: Courier | null = null;
  let rounds: ReturnType<typeof setInterval> | undefined;
  let password = "";
  /** False while only the broker can say whether this password opens what is kept here. */
  let proved = true;
  let toldFix = "";
  let toldAt = -Infinity;
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
      album = albumOf(disk, unit);
      await sweep(album, store.now).catch(told);
    } catch {
      trouble.value = "keepFailed";
      line.value = "off";
      giveUpLock();
      return;
    }
    // What is not at the centre yet is not to go when the device gets short of room.
    void navigator.storage?.persist?.();
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
    wechatOn.value = config.wechat === true;
    const known: Account = { url: config.mqtt_ws_url, tenant: config.tenant, uid: unit, password };
    const clock = (ahead: number) => (clockAheadMs.value = ahead);
    const line = (state: LineState) => {
      if (terminal === opened) shown(state);
    };
    const announce = (payload: string) => opened.say("photo", payload);
    const bringer = new Courier(mine, album!, announce, () => opened.online, told);
    const ticket = bringer.answer.bind(bringer);
    const opened: Terminal = new Terminal(known, device(), mine, { line, clock, trouble: told, receipt: answer, locate, ticket, wechat: crew.answer }, location.fix);
    terminal = opened;
    courier = bringer;
    rounds = setInterval(() => {
      void bringer.go();
      void sayWhere(mine, opened);
    }, 1000);
    opened.start();
    account.value = known;
  }

  /** The centre asks where the unit is: the next position is said at once. */
  function locate(): void {
    toldAt = -Infinity;
    location.refresh();
  }

  /** A position is news or nothing: it is neither kept nor sent later. */
  async function sayWhere(mine: UnitStore, through: Terminal): Promise<void> {
    const place = location.place();
    const now = performance.now();
    if (place === null || !through.online || place.fix_at === toldFix || now - toldAt < LOCATION_MS) return;
    toldFix = place.fix_at;
    toldAt = now;
    const seq = await mine.nextSeq().catch(told);
    if (seq === undefined) return;
    const head = { msg_id: ids.id(), seq, ts: ids.now(), schema: "unit.location/1" };
    through.say("location", JSON.stringify({ ...head, ...place }), LOCATION_EXPIRY_S);
  }

  /** Where the broker is: as the gateway says, else as it said last. */
  async function configuration(): Promise<UnitConfig | null> {
    try {
      const config = await get("/unit/config");
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
    if (state === "online") {
      letIn();
      courier?.lineIsBack();
    }
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
    account.value = null;
    crew.forget();
    const leaving = [terminal, courier];
    clearInterval(rounds);
    courier = null;
    terminal = null;
    store = null;
    kept.value = null;
    trouble.value = "";
    line.value = because;
    const release = giveUpLock;
    giveUpLock = () => {};
    await Promise.all(leaving.map((one) => one?.stop()));
    release();
  }

  function told(error: unknown): undefined {
    if (error instanceof OutboxFull) trouble.value = "full";
    else trouble.value = error instanceof TooManyPhotos ? "tooManyPhotos" : "keepFailed";
  }

  /** Does something with the store and sends what came of it. True when it is on the disk. */
  async function keep(work: (store: UnitStore) => Promise<unknown>): Promise<boolean> {
    if (store === null) return false;
    trouble.value = "";
    try {
      await work(store);
    } catch (error) {
      told(error);
      return false;
    }
    terminal?.flush();
    return true;
  }

  const say = (dispatchId: string, step: UnitStep, words: StepWords = {}): Promise<boolean> =>
    keep((mine) => mine.say(dispatchId, step, words.finding ? { ...words, fix: location.fix() } : words));

  /** A picture as the centre takes it; null, and said so, for what is none. */
  async function shotOf(file: Blob) {
    if (file.size === 0 || file.size > MOST_BYTES || !(await isPicture(file))) {
      trouble.value = "noPicture";
      return null;
    }
    return { photo_id: ids.id(), size: file.size, sha256: await digest(file), taken_at: ids.now(), fix: location.fix() };
  }

  /** An own report with its photos: all of it is on the disk, or none. True when it is kept; tried again with the same id it is the same. */
  async function report(msgId: string, text: string, place: string, files: readonly Blob[]): Promise<boolean> {
    const mine = album;
    if (mine === null) return false;
    trouble.value = "";
    const shots: { shot: ReportShot; file: Blob }[] = [];
    for (const file of files) {
      const shot = await shotOf(file);
      if (shot === null) return false;
      shots.push({ shot, file });
    }
    const done = await keep(async (store) => {
      for (const { shot, file } of shots) await mine.keepPhoto(shot.photo_id, file);
      await store.sayReport(msgId, { text, place, fix: location.fix() }, shots.map((one) => one.shot)).catch(async (error: unknown) => {
        for (const { shot } of shots) await mine.dropPhoto(shot.photo_id);
        throw error;
      });
    });
    void courier?.go();
    return done;
  }

  /** A photo of a job is on the disk before anything else is done with it. */
  async function photograph(dispatchId: string, file: Blob): Promise<void> {
    const mine = album;
    if (mine === null) return;
    const taken = await shotOf(file);
    if (taken === null) return;
    const shot = { ...taken, dispatch_id: dispatchId };
    await keep(async (store) => {
      await mine.keepPhoto(shot.photo_id, file);
      await store.addShot(shot).catch(async (error: unknown) => {
        await mine.dropPhoto(shot.photo_id);
        throw error;
      });
    });
    void courier?.go();
  }

  /** An alarm goes out at once, before anything else that waits. */
  async function callForHelp(): Promise<void> {
    await keep((mine) => mine.raiseAlarm());
    terminal?.alarm();
  }

  /** The centre is to ring this crew and then the citizen: now, or not at all. */
  async function callCitizen(dispatchId: string): Promise<void> {
    const seq = await store?.nextSeq().catch(told);
    if (seq === undefined) return;
    const head = { msg_id: ids.id(), seq, ts: ids.now(), schema: "unit.talk/1" };
    const payload = JSON.stringify({ ...head, dispatch_id: dispatchId });
    asked(dispatchId, head.msg_id, terminal?.say("talk", payload, CALL_EXPIRY_S) ?? false);
  }

  /** Who of the crew is bound, a code, or an end: the centre does it now or not at all. */
  function askWeChat(act: WeChatAct, bindingId: string | null = null): void {
    const head = { msg_id: ids.id(), seq: 0, ts: ids.now(), schema: "unit.wechat/1" };
    const payload = JSON.stringify({ ...head, act, binding_id: bindingId });
    crew.asked(act, head.msg_id, terminal?.say("wechat", payload, ASK_EXPIRY_S) ?? false);
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

  return { uid, line, account, kept, clockAheadMs, trouble, signIn, signOut, say, keep, report, photograph, callForHelp, citizen, callCitizen, crew, wechatOn, askWeChat, resume };
}

export function device(): string {
  const known = localStorage.getItem(DEVICE);
  if (known) return known;
  const made = uuid7().slice(-12);
  localStorage.setItem(DEVICE, made);
  return made;
}
