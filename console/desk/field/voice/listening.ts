/**
 * The voice of this desk: the talkgroups that are listened to, and its hold-to-talk, by the same rules and the same
 * code as the unit's page. It goes on wherever the dispatcher works, and ends with the session or the page.
 */
import { keep, kept } from "@shared/kept";
import { computed, reactive, ref, shallowReactive, watch } from "vue";
import { post, Refused } from "@shared/http";
import { uuid7 } from "@shared/ids";
import { apply, AT_REST, due, onAir, type Button, type Say, type Signal, type Step, type Told } from "@shared/talk/button";
import type { MicrophoneState } from "@shared/talk/microphone";
import { mayPress, TOLD_MS } from "@shared/talk/panel";
import type { LegState } from "@shared/talk/rejoin";
import { MOST_DESK_LEGS, Voice } from "@shared/talk/voice";
import { hearAnswers } from "../floor/answers";
import { desk, linkState } from "../../live/desk";
import { composes } from "../../frame/keys";
import { myId } from "../../frame/roles";
import { once } from "../../phone/ringer";
import { say, toldLater, whyNoTicket } from "./floorHttp";
import { ended, hold, look as lookAt, pressed, type Held } from "./held";
import { sceneOf, type StripScene } from "./sentence";
import { add, change, loudness, read, without, type Strip } from "./selection";
import { isFree, keepKey, keptKey } from "./talkKey";

/** The centre lets go of a page that is silent for a minute. */
const REPEAT_MS = 20_000;
const LOOK_MS = 250;

export const strips = ref<Strip[]>([]);
export const legs = reactive(new Map<string, LegState>());
export const microphone = ref<MicrophoneState>("unasked");
export const buttons = shallowReactive(new Map<string, Button>());
export const told = shallowReactive(new Map<string, { what: Told; at: number }>());
/** Moves while something is pressed or was told. */
export const moment = ref(performance.now());
export const talkKey = ref(keptKey());
/** Another key is being chosen: none talks. */
export const choosesKey = ref(false);
/** Talkgroups in which this desk is heard now. */
export const onTheAir = computed(() => strips.value.filter((one) => onAir(buttons.get(one.group) ?? AT_REST)).map((one) => one.group));
/** Those of them in which the switch does not hear it, or there is no way to it. */
export const unheard = computed(() => onTheAir.value.filter((group) => buttons.get(group)?.press?.heard === false || legs.get(group) !== "hearing"));

const takesOver = new Set<string>();
/** What a hand holds, also while its floor is lost and asked for again. */
const held = new Map<string, Held>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();
let voice: Voice | null = null;
let whose = "";
let clockwork: ReturnType<typeof setInterval> | undefined;
let repeats: ReturnType<typeof setInterval> | undefined;

const KEPT = (): string => `songhua.desk.listening.${whose}`;

export const isHeard = (group: string): boolean => strips.value.some((one) => one.group === group);
export const isFull = computed(() => strips.value.length >= MOST_DESK_LEGS);
export const sceneOfStrip = (group: string): StripScene => ({
  button: buttons.get(group),
  told: told.get(group),
  floor: desk.floors[group],
  live: linkState.value === "live",
  leg: legs.get(group),
  microphone: microphone.value,
  again: held.get(group)?.lost != null,
});
export const mayTalk = (group: string): boolean => mayPress(sceneOf(sceneOfStrip(group)), false);

/** What this person listened to before the page was loaded. */
export function resume(): void {
  if (myId.value === "" || whose === myId.value) return;
  if (whose !== "") stopAll();
  whose = myId.value;
  set(read(kept("machine", KEPT())));
}

export const listenTo = (group: string): void => set(add(strips.value, group));
export function leaveGroup(group: string): void {
  letGo(group);
  set(without(strips.value, group));
}
export const adjust = (group: string, what: Partial<Omit<Strip, "group">>): void => set(change(strips.value, group, what));

function set(next: Strip[]): void {
  strips.value = next;
  keep("machine", KEPT(), JSON.stringify(next));
  if (next.length > 0 && voice === null) open();
  for (const strip of next) voice?.setVolume(strip.group, loudness(strip));
  voice?.listen(next.map((one) => one.group));
  if (next.length === 0) close();
}

function open(): void {
  const made: Voice = new Voice(
    (id, group) => (linkState.value === "away" ? false : (void askTicket(made, id, group), true)),
    {
      leg: (group, state) => (state === null ? legs.delete(group) : legs.set(group, state)),
      microphone: (state) => (microphone.value = state),
    },
    MOST_DESK_LEGS,
  );
  voice = made;
  repeats = setInterval(() => void repeat(), REPEAT_MS);
  hearAnswers((said) => {
    const press = buttons.get(said.talkgroup)?.press;
    if (press?.request !== said.op_id) return;
    const grant = toldLater(said);
    if (grant !== null) perform(said.talkgroup, { kind: "hear", grant, at: performance.now() });
    else if (press.token === "") void tellCentre({ action: "talking", request: press.request, talkgroup: said.talkgroup, emergency: false, token: "" });
  });
  window.addEventListener("keydown", keyDown, true);
  window.addEventListener("keyup", keyUp, true);
  window.addEventListener("blur", letGoAll);
  window.addEventListener("pagehide", leave);
  window.addEventListener("pageshow", comeBack);
  document.addEventListener("visibilitychange", letGoWhenHidden);
}

function close(): void {
  letGoAll();
  const gone = voice;
  voice = null;
  clearInterval(repeats);
  hearAnswers(null);
  window.removeEventListener("keydown", keyDown, true);
  window.removeEventListener("keyup", keyUp, true);
  window.removeEventListener("blur", letGoAll);
  window.removeEventListener("pagehide", leave);
  window.removeEventListener("pageshow", comeBack);
  document.removeEventListener("visibilitychange", letGoWhenHidden);
  void gone?.stop();
  legs.clear();
}

/** What is kept for the person stays kept. */
function stopAll(): void {
  letGoAll();
  strips.value = [];
  if (voice !== null) close();
  buttons.clear();
  told.clear();
  whose = "";
}
watch(myId, (id) => id === "" && stopAll());
watch(linkState, (state) => state === "live" && (voice?.lineIsBack(), void repeat()));

async function askTicket(asker: Voice, of: string, talkgroup: string): Promise<void> {
  try {
    const found = await post("/floors/{talkgroup}/voice", { talkgroup });
    asker.ticket({ of, cause: "", ...found });
  } catch (problem) {
    asker.ticket({ of, talkgroup, cause: whyNoTicket(problem), ticket: "", ws_url: "", user: "", password: "" });
  }
}

/** That this page still listens. What it may not hear any more, the centre has ended: the leg says so by itself. */
async function repeat(): Promise<void> {
  if (strips.value.length === 0) return;
  try {
    await post("/floors/listening", {}, { talkgroups: strips.value.map((one) => one.group) });
  } catch (problem) {
    if (!(problem instanceof Refused)) throw problem;
  }
}

// --- hold to talk -----------------------------------------------------------------------------------------------

/** Nothing happens where there is nothing to talk with: the strip says what. */
export function press(group: string, takeOver = false): void {
  if (voice === null || !isHeard(group)) return;
  if (microphone.value === "missing") voice.askMicrophone();
  if (!mayTalk(group)) return;
  if ((buttons.get(group) ?? AT_REST).press !== null) return;
  held.set(group, hold(takeOver, performance.now()));
  told.delete(group);
  ask(group, takeOver);
}

function ask(group: string, takeOver: boolean): void {
  const request = uuid7();
  if (takeOver) takesOver.add(request);
  perform(group, { kind: "press", request, talkgroup: group, emergency: false, at: performance.now() });
}

export function letGo(group: string): void {
  held.delete(group);
  if (buttons.has(group)) perform(group, { kind: "let_go" });
}

export function letGoAll(): void {
  for (const group of [...buttons.keys()]) letGo(group);
}

/** What is still held and was lost unheard is asked for again as soon as it may be. */
function askAgain(): void {
  for (const [group, one] of [...held]) {
    const at = performance.now();
    const next = lookAt(one, mayTalk(group), at);
    if (next === "give_up") held.delete(group);
    if (next !== "press") continue;
    held.set(group, pressed(one, at));
    ask(group, one.takeOver);
  }
}

function letGoWhenHidden(): void {
  if (document.visibilityState === "hidden") letGoAll();
}

function leave(): void {
  letGoAll();
  voice?.hangUp();
}

const comeBack = (): void => voice?.lineIsBack();

/** What the key pressed: it lets go of these, whatever was chosen meanwhile. */
const byKey = new Set<string>();

function keyDown(event: KeyboardEvent): void {
  if (event.code !== talkKey.value || choosesKey.value || composes(event)) return;
  event.preventDefault();
  if (event.repeat) return;
  for (const strip of strips.value) {
    if (!strip.keyed) continue;
    byKey.add(strip.group);
    press(strip.group);
  }
}

function keyUp(event: KeyboardEvent): void {
  if (event.code !== talkKey.value) return;
  event.preventDefault();
  for (const group of byKey) letGo(group);
  byKey.clear();
}

/** False for a key that one writes with, or that somebody else has. */
export function setTalkKey(event: KeyboardEvent): boolean {
  if (!isFree(event.code, event.key)) return false;
  letGoAll();
  talkKey.value = event.code;
  keepKey(event.code);
  return true;
}

/** One thing that happened: the microphone first, then the words, then what is heard and seen. */
function perform(group: string, signal: Signal): void {
  const before = buttons.get(group) ?? AT_REST;
  const [next, step] = apply(before, signal);
  buttons.set(group, next);
  voice?.open(onTheAir.value);
  for (const one of step.say) void tellCentre(one);
  tell(group, before, next, step);
  keepTime(group, next);
}

async function tellCentre(one: Say): Promise<void> {
  const grant = await say(one, takesOver.has(one.request));
  if (one.action === "release") takesOver.delete(one.request);
  if (grant !== null) perform(grant.talkgroup, { kind: "hear", grant, at: performance.now() });
}

function tell(group: string, before: Button, next: Button, step: Step): void {
  moment.value = performance.now();
  if (step.told !== null && step.told.kind !== "released") told.set(group, { what: step.told, at: moment.value });
  const one = held.get(group);
  if (one !== undefined && before.press !== null && next.press === null) {
    const goesOn = step.told === null ? null : ended(one, step.told, moment.value);
    if (goesOn === null) held.delete(group);
    else held.set(group, goesOn);
  }
  if (onAir(next) && !onAir(before)) once("radio");
}

function keepTime(group: string, button: Button): void {
  clearTimeout(timers.get(group));
  const at = due(button);
  if (at !== null) timers.set(group, setTimeout(() => perform(group, { kind: "tick", at: performance.now() }), Math.max(0, at - performance.now())));
  clockwork ??= setInterval(look, LOOK_MS);
}

function look(): void {
  moment.value = performance.now();
  askAgain();
  const busy = held.size > 0 || [...buttons.values()].some((one) => one.press !== null) || [...told.values()].some(({ at }) => moment.value - at < TOLD_MS);
  if (busy) return;
  clearInterval(clockwork);
  clockwork = undefined;
}
