/**
 * The talk button of this terminal: what is to be said, and whether the microphone is open. Pure; moments are
 * milliseconds of a clock that nobody can set. The rules are in docs/floor.md, "Terminals".
 *
 * The microphone opens at the grant of this press and at nothing else. It closes at once when the button is let
 * go, when the floor is taken away, when the time is up, and when nobody answers any more.
 */
import type { Grant } from "./wire";

/** A press that nobody answers for so long is over. */
export const ANSWER_MS = 2500;
/** How often a press that waits is said again: a role that was started anew knows nothing of it. */
export const ASK_AGAIN_MS = 2000;
export const WAIT_SILENT_MS = 6000;
/** Presses that were let go: a grant that comes late for one of them is given back. */
const REMEMBERED = 16;

/** A message on `up/ptt`: `request` is its `msg_id`, or what a release is `of`. */
export interface Say {
  action: "request" | "release" | "talking";
  request: string;
  talkgroup: string;
  emergency: boolean;
  token: string;
}

/** What the crew is told of its press. `silent`: nobody answers. */
export interface Told {
  kind: "granted" | "queued" | "denied" | "revoked" | "released" | "silent";
  cause: string;
  position: number | null;
}

export interface Press {
  request: string;
  talkgroup: string;
  emergency: boolean;
  /** When it was said last. */
  asked: number;
  answered: number;
  /** Its place in the queue, 1 is next; null before it is queued. */
  position: number | null;
  /** Empty as long as it has no floor. */
  token: string;
  until: number;
  aliveEvery: number;
  deadKey: number;
  /** When the next sign of life is due. */
  alive: number;
  /** Whether the switch has heard this talk; null while nobody has said so. */
  heard: boolean | null;
}

/** One press at a time. */
export interface Button {
  press: Press | null;
  letGo: readonly string[];
}

export type Signal =
  | { kind: "press"; request: string; talkgroup: string; emergency: boolean; at: number }
  | { kind: "let_go" }
  /** Nobody keeps the floors any more. */
  | { kind: "abandoned" }
  | { kind: "hear"; grant: Grant; at: number }
  | { kind: "tick"; at: number };

/** What one thing that happened makes the terminal do. */
export interface Step {
  say: readonly Say[];
  told: Told | null;
}

export const AT_REST: Button = { press: null, letGo: [] };
const NOTHING: Step = { say: [], told: null };

/** Whether the microphone is open. */
export const onAir = ({ press }: Button): boolean => press !== null && press.token !== "";

export function apply(button: Button, signal: Signal): [Button, Step] {
  const { press } = button;
  if (signal.kind === "press") return press === null ? begin(button, signal) : [button, NOTHING];
  if (signal.kind === "hear") return hear(button, signal.grant, signal.at);
  if (press === null) return [button, NOTHING];
  if (signal.kind === "let_go") return end(button, press, null);
  if (signal.kind === "abandoned") return press.token ? end(button, press, tell("silent").told) : [button, NOTHING];
  return press.token ? tickOnAir(button, press, signal.at) : tickWaiting(button, press, signal.at);
}

/** When a tick has something to do; null when nothing is pressed. */
export function due({ press }: Button): number | null {
  if (press === null) return null;
  if (press.token) return Math.min(press.alive, press.until, press.answered + press.deadKey);
  if (press.position === null) return press.answered + ANSWER_MS;
  return Math.min(press.asked + ASK_AGAIN_MS, press.answered + WAIT_SILENT_MS);
}

function begin(button: Button, signal: Signal & { kind: "press" }): [Button, Step] {
  const { request, talkgroup, emergency, at } = signal;
  const press: Press = {
    request, talkgroup, emergency, asked: at, answered: at,
    position: null, token: "", until: 0, aliveEvery: 0, deadKey: 0, alive: 0, heard: null,
  }; // prettier-ignore
  return [{ ...button, press }, { say: [words("request", press)], told: null }];
}

/** The centre's word. What is about another terminal's press changes nothing here. */
function hear(button: Button, grant: Grant, at: number): [Button, Step] {
  const { press } = button;
  if (press === null || !isAbout(grant, press)) return [button, givenBack(button, grant)];
  if (grant.result === "granted") return granted(button, press, grant, at);
  if (grant.result === "queued") {
    const waits = { ...press, position: grant.position ?? press.position ?? 1, token: "", answered: at };
    return [{ ...button, press: waits }, tell("queued", "", grant.position)];
  }
  return [{ ...button, press: null }, tell(grant.result, grant.cause)];
}

function givenBack(button: Button, grant: Grant): Step {
  if (grant.result !== "granted" || grant.of === null || !button.letGo.includes(grant.of)) return NOTHING;
  const { of: request, talkgroup } = grant;
  return { say: [{ action: "release", request, talkgroup, emergency: false, token: "" }], told: null };
}

function granted(button: Button, press: Press, grant: Grant, at: number): [Button, Step] {
  const { token, limit_s, alive_every_s, dead_key_s } = grant;
  // Against the contract: with no end to it, it is not taken.
  if (!token || !limit_s || !alive_every_s || !dead_key_s) return end(button, press, tell("denied").told);
  const talks: Press = {
    ...press,
    position: null,
    answered: at,
    token,
    until: at + limit_s * 1000,
    aliveEvery: alive_every_s * 1000,
    deadKey: dead_key_s * 1000,
    alive: press.token ? press.alive : at + alive_every_s * 1000,
    heard: grant.heard ?? press.heard,
  };
  return [{ ...button, press: talks }, press.token ? NOTHING : tell("granted")];
}

function tickOnAir(button: Button, press: Press, at: number): [Button, Step] {
  if (at >= press.until) return end(button, press, tell("revoked", "time_out").told);
  if (at >= press.answered + press.deadKey) return end(button, press, tell("silent").told);
  if (at < press.alive) return [button, NOTHING];
  const said = { ...press, alive: at + press.aliveEvery };
  return [{ ...button, press: said }, { say: [words("talking", press)], told: null }];
}

function tickWaiting(button: Button, press: Press, at: number): [Button, Step] {
  const patience = press.position === null ? ANSWER_MS : WAIT_SILENT_MS;
  if (at >= press.answered + patience) return end(button, press, tell("silent").told);
  if (press.position === null || at < press.asked + ASK_AGAIN_MS) return [button, NOTHING];
  return [{ ...button, press: { ...press, asked: at } }, { say: [words("request", press)], told: null }];
}

function end(button: Button, press: Press, told: Told | null): [Button, Step] {
  const letGo = [...button.letGo, press.request].slice(-REMEMBERED);
  return [{ press: null, letGo }, { say: [words("release", press)], told }];
}

function words(action: Say["action"], press: Press): Say {
  const { request, talkgroup, emergency, token } = press;
  return {
    action, request, talkgroup,
    emergency: action === "request" && emergency,
    token: action === "talking" ? token : "",
  }; // prettier-ignore
}

const tell = (kind: Told["kind"], cause = "", position: number | null = null): Step => ({ say: [], told: { kind, cause, position } });

const isAbout = (grant: Grant, press: Press): boolean =>
  grant.of === null ? press.token !== "" && grant.token === press.token : grant.of === press.request;
