/**
 * Hold-to-talk of one unit on this page: the button, its link, the voice, and what the crew is shown. Nothing of
 * it is kept: a page that is closed has let go.
 */
import { computed, reactive, ref, shallowReactive, shallowRef, watch, type Ref } from "vue";
import type { GroupBody } from "@shared/contracts/field";
import { uuid7 } from "@shared/ids";
import { beat, stayAwake } from "../signals";
import type { Account } from "../terminal";
import { apply, AT_REST, due, onAir, type Button, type Signal, type Step, type Told } from "@shared/talk/button";
import { TalkLine } from "./line";
import type { MicrophoneState } from "@shared/talk/microphone";
import { mayPress, shown, TOLD_MS, type Scene } from "@shared/talk/panel";
import type { LegState } from "@shared/talk/rejoin";
import { MOST_LEGS, Voice } from "@shared/talk/voice";
import type { GroupState } from "@shared/talk/wire";

const GROUP = "songhua.unit.talkgroup";
const GRANTED_HZ = 1320;
const QUEUED_HZ = 990;
const ENDED_HZ = 440;
/** How often the seconds on the screen are counted. */
const SECOND_MS = 250;

/** `account`: null while nobody is signed in. `listening`: the talkgroups that the crew listens to. */
export function useTalk(account: Ref<Account | null>, device: () => string, listening: Ref<readonly GroupBody[]>) {
  const button = shallowRef<Button>(AT_REST);
  const told = shallowRef<{ what: Told; at: number } | null>(null);
  const online = ref(false);
  const floorsKept = ref(false);
  const floors = shallowReactive(new Map<string, GroupState>());
  const legs = reactive(new Map<string, LegState>());
  const microphone = ref<MicrophoneState>("unasked");
  const chosen = ref(localStorage.getItem(GROUP) ?? "");
  const now = ref(performance.now());
  let line: TalkLine | null = null;
  let voice: Voice | null = null;
  let clockwork: ReturnType<typeof setTimeout> | undefined;
  let eyes: ReturnType<typeof setInterval> | undefined;
  let sleepAgain: () => void = () => {};

  /** The group that the button is for: the chosen one while it is listened to, else the first. */
  const group = computed<GroupBody | null>(
    () => listening.value.find((one) => one.tg_id === chosen.value) ?? listening.value[0] ?? null,
  );
  const scene = computed<Scene>(() => ({
    talks: group.value?.talk ?? false,
    button: button.value,
    told: told.value,
    floor: floors.get(group.value?.tg_id ?? "") ?? null,
    online: online.value,
    floorsKept: floorsKept.value,
    leg: legs.get(group.value?.tg_id ?? "") ?? null,
    microphone: microphone.value,
  }));
  const panel = computed(() => shown(scene.value, now.value));

  watch(account, open, { immediate: true });
  watch(
    () => listening.value.map((one) => one.tg_id),
    (names) => {
      const { press } = button.value;
      if (press !== null && !names.includes(press.talkgroup)) letGo();
      line?.follow(names);
      voice?.listen(names);
      for (const name of [...floors.keys()]) if (!names.includes(name)) floors.delete(name);
    },
  );

  function open(next: Account | null): void {
    close();
    if (next === null) return;
    const opened: TalkLine = new TalkLine(next, device(), {
      line: (up) => {
        online.value = up;
        if (up) speaks.lineIsBack();
        else floorsKept.value = false;
      },
      grant: (grant) => perform({ kind: "hear", grant, at: performance.now() }),
      state: (name, state) => (state === null ? floors.delete(name) : floors.set(name, state)),
      floors: (there) => {
        floorsKept.value = there;
        if (!there) perform({ kind: "abandoned" });
      },
      ticket: (ticket) => speaks.ticket(ticket),
    });
    const speaks = new Voice((id, name) => opened.askVoice(id, name), {
      leg: (name, state) => (state === null ? legs.delete(name) : legs.set(name, state)),
      microphone: (state) => (microphone.value = state),
    });
    line = opened;
    voice = speaks;
    const names = listening.value.map((one) => one.tg_id);
    opened.follow(names);
    speaks.listen(names);
    opened.start();
    window.addEventListener("blur", letGo);
    window.addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", letGoWhenHidden);
  }

  function close(): void {
    letGo();
    window.removeEventListener("blur", letGo);
    window.removeEventListener("pagehide", leave);
    document.removeEventListener("visibilitychange", letGoWhenHidden);
    line?.stop();
    void voice?.stop();
    line = null;
    voice = null;
    online.value = false;
    floorsKept.value = false;
    told.value = null;
    floors.clear();
    legs.clear();
  }

  /** Nothing happens when there is nothing to talk with: the panel says what. An emergency takes the place of a press. */
  function press(emergency: boolean): void {
    const talkgroup = group.value?.tg_id;
    if (talkgroup === undefined || line === null) return;
    if (microphone.value === "missing") voice?.askMicrophone();
    if (!mayPress(scene.value, emergency)) return;
    if (emergency) release(false);
    told.value = null;
    perform({ kind: "press", request: uuid7(), talkgroup, emergency, at: performance.now() });
  }

  /** The hand has left one of the two buttons: the talk of the other one goes on. */
  function release(emergency: boolean): void {
    if (button.value.press?.emergency === emergency) letGo();
  }

  function letGo(): void {
    perform({ kind: "let_go" });
  }

  function leave(): void {
    letGo();
    voice?.hangUp();
  }

  function letGoWhenHidden(): void {
    if (document.visibilityState === "hidden") letGo();
  }

  function choose(tgId: string): void {
    letGo();
    told.value = null;
    chosen.value = tgId;
    localStorage.setItem(GROUP, tgId);
  }

  /** One thing that happened: the microphone first, then the words, then what the crew hears and sees. */
  function perform(signal: Signal): void {
    const before = button.value;
    const [next, step] = apply(before, signal);
    button.value = next;
    voice?.open(onAir(next) ? [next.press!.talkgroup] : []);
    // A word that is not heard is made up for by the watchdogs of both sides.
    for (const say of step.say) line?.say(say);
    tell(before, next, step);
    keepTime();
  }

  function tell(before: Button, next: Button, step: Step): void {
    now.value = performance.now();
    if (step.told !== null && step.told.kind !== "released") told.value = { what: step.told, at: now.value };
    if (onAir(next) && !onAir(before)) beat(GRANTED_HZ, 90);
    else if (onAir(before) && !onAir(next)) beat(ENDED_HZ, 160);
    else if (step.told?.kind === "queued" && before.press?.position === null) beat(QUEUED_HZ, 60);
    else if (step.told?.kind === "denied" || step.told?.kind === "silent") beat(ENDED_HZ, 300);
    if (next.press !== null && before.press === null) void stayAwake().then((over) => (sleepAgain = over));
    if (next.press === null && before.press !== null) sleepAgain();
  }

  function keepTime(): void {
    clearTimeout(clockwork);
    clearInterval(eyes);
    const at = due(button.value);
    if (at !== null) clockwork = setTimeout(() => perform({ kind: "tick", at: performance.now() }), Math.max(0, at - performance.now()));
    if (button.value.press !== null || told.value !== null) {
      eyes = setInterval(() => {
        now.value = performance.now();
        if (button.value.press === null && (told.value === null || now.value - told.value.at >= TOLD_MS)) clearInterval(eyes);
      }, SECOND_MS);
    }
  }

  /** Whether more groups are ticked than this page can hear. */
  const unheard = computed(() => listening.value.slice(MOST_LEGS));

  return { group, panel, scene, legs, unheard, press, release, letGo, choose };
}

export type Talk = ReturnType<typeof useTalk>;
