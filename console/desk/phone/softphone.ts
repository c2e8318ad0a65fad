/**
 * The phone in the browser (JsSIP over WebSocket). It may be missing or broken at any time: the desk goes on
 * without it, and `phone.state` says why. The screen pops from the live link, never from SIP.
 */
import type { UA } from "jssip";
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from "jssip/lib/UA";
import type { RTCSession } from "jssip/lib/RTCSession";
import { reactive } from "vue";
import type { PhoneAccount } from "@shared/contracts/gateway";
import { get, Refused } from "@shared/http";
import { claimPhone, sayRegistered } from "./claim";

export type PhoneState =
  | "off"
  | "connecting"
  | "registered"
  | "lost"
  | "refused"
  | "no_microphone"
  | "elsewhere"
  | "other_page"
  | "other_tab";

export type LineState = "idle" | "ringing" | "answering" | "talking";

export const phone = reactive({
  state: "off" as PhoneState,
  line: "idle" as LineState,
  muted: false,
  /** Why the last call or registration failed, in the words of SIP. */
  cause: "",
  endpoint: null as string | null,
});

/** Short, so that a dead page is soon no longer rung. */
const EXPIRES_S = 90;
const AGAIN_MS = 60_000;
const LOCK = "songhua-phone";

let ua: UA | null = null;
let call: RTCSession | null = null;
let iceServers: RTCIceServer[] = [];
let askedAt = 0;
let giveUpLock: () => void = () => {};
const voice = new Audio();
voice.autoplay = true;

/** `takeOver`: also from another page that has the phone. */
export async function startPhone(takeOver = false): Promise<void> {
  if (ua !== null) return;
  const account = await accountOfMine();
  if (account === null) return;
  phone.endpoint = account.endpoint;
  iceServers = account.ice_servers ?? [];
  if (!(await owner())) return;
  // Before it is claimed: a page that cannot speak takes no phone from one that can.
  if (!(await microphone())) return;
  if (!(await claimed(takeOver))) return;
  phone.state = "connecting";
  const sip = await import("jssip");
  try {
    ua = new sip.UA({
      sockets: [new sip.WebSocketInterface(account.ws_url)],
      uri: account.uri,
      authorization_user: account.user,
      password: account.password,
      realm: account.realm,
      register: true,
      register_expires: EXPIRES_S,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 10,
    });
  } catch {
    phone.state = "refused";
    phone.cause = "configuration";
    return;
  }
  const mine = ua;
  /** What a phone says that was stopped meanwhile changes nothing. */
  const lost = (): void => {
    if (mine === ua) show("lost");
  };
  ua.on("registered", () => {
    if (mine !== ua) return;
    show("registered");
    void sayRegistered().then((stillOurs) => stillOurs || giveUp());
  });
  ua.on("unregistered", lost);
  ua.on("registrationFailed", ({ cause }) => void askAgain(String(cause ?? "")));
  ua.on("disconnected", lost);
  ua.on("newRTCSession", ({ originator, session }: IncomingRTCSessionEvent | OutgoingRTCSessionEvent) => {
    if (String(originator) !== "remote") return;
    ring(session);
    // Of the switch's own (RFC 5373): this page's call, which it lost, is given back.
    if (session === call && isGivenBack(session)) answer();
  });
  ua.start();
}

/** The password is the session's: who changed his own password has a new one. */
async function askAgain(cause: string): Promise<void> {
  const now = Date.now();
  if (ua === null || now - askedAt < AGAIN_MS) return show("refused", cause);
  askedAt = now;
  const account = await accountOfMine();
  if (account === null || ua === null) return;
  ua.set("password", account.password);
  ua.register();
}

export function stopPhone(): void {
  ua?.stop();
  ua = null;
  call = null;
  giveUpLock();
  giveUpLock = () => {};
  Object.assign(phone, { state: "off", line: "idle", muted: false, cause: "", endpoint: null });
}

export async function restartPhone(): Promise<void> {
  stopPhone();
  await startPhone();
}

/** Takes the phone from wherever it is, with the call that is on it. */
export async function takePhone(): Promise<void> {
  stopPhone();
  await startPhone(true);
}

/** Another page has the phone now. */
export function giveUp(): void {
  const { endpoint } = phone;
  stopPhone();
  Object.assign(phone, { state: "other_page", endpoint });
}

/** Answers what rings here; false when nothing does. */
export function answer(): boolean {
  if (call === null || phone.line !== "ringing") return false;
  phone.line = "answering";
  call.answer({ mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers } });
  return true;
}

export function hangUp(): boolean {
  if (call === null) return false;
  call.terminate();
  return true;
}

export function toggleMute(): void {
  if (call === null || phone.line !== "talking") return;
  if (phone.muted) call.unmute({ audio: true });
  else call.mute({ audio: true });
  phone.muted = !phone.muted;
}

const isGivenBack = (session: RTCSession): boolean =>
  (session as unknown as { _request: { getHeader(name: string): string | undefined } })._request.getHeader(
    "Answer-Mode",
  ) === "Auto";

function show(state: PhoneState, cause = ""): void {
  phone.state = state;
  phone.cause = cause;
}

function ring(session: RTCSession): void {
  if (call !== null) {
    session.terminate({ status_code: 486 });
    return;
  }
  call = session;
  phone.line = "ringing";
  session.on("peerconnection", ({ peerconnection }) => hear(peerconnection));
  session.on("confirmed", () => (phone.line = "talking"));
  session.on("ended", over);
  session.on("failed", ({ cause }) => {
    phone.cause = String(cause ?? "");
    over();
  });
}

function hear(connection: RTCPeerConnection): void {
  connection.addEventListener("track", ({ streams, track }) => {
    voice.srcObject = streams[0] ?? new MediaStream([track]);
    void voice.play().catch(speakAtATouch);
  });
}

/** A page that answered by itself may be mute, if nobody has touched it: the next key or click lets the voice through. */
function speakAtATouch(): void {
  for (const touch of ["keydown", "pointerdown"]) {
    window.addEventListener(touch, () => void voice.play().catch(() => {}), { once: true });
  }
}

function over(): void {
  call = null;
  voice.srcObject = null;
  phone.line = "idle";
  phone.muted = false;
}

async function accountOfMine(): Promise<PhoneAccount | null> {
  try {
    const account = await get("/phone");
    if (account.ws_url) return account;
    show("elsewhere");
    phone.endpoint = account.endpoint;
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    show(problem.status === 404 || problem.status === 403 ? "elsewhere" : "lost");
  }
  return null;
}

async function claimed(takeOver: boolean): Promise<boolean> {
  try {
    if ((await claimPhone(takeOver)) === "here") return true;
    show("other_page");
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
    show("lost");
  }
  giveUpLock();
  return false;
}

async function microphone(): Promise<boolean> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    for (const track of stream.getTracks()) track.stop();
    return true;
  } catch {
    show("no_microphone");
    return false;
  }
}

/** One tab owns the phone; a second one works without it. */
function owner(): Promise<boolean> {
  if (!("locks" in navigator)) return Promise.resolve(true);
  return new Promise((decide) => {
    void navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        show("other_tab");
        decide(false);
        return undefined;
      }
      decide(true);
      return new Promise<void>((release) => (giveUpLock = release));
    });
  });
}
