/**
 * Alarms: what somebody must act on (ISA-18.2); all else is a notice or a row of a list. One cause is one row,
 * however often it is told again. What a person has seen or shelved is this person's own mark on it.
 */
import type { RouteLocationRaw } from "vue-router";
import type { Role } from "@shared/contracts/core";
import type { DeskState } from "../../live/state";

/** 1: life; sounds until somebody has seen it, and cannot be shelved. 2: soon. 3: today. */
export type Priority = 1 | 2 | 3;
export type AlarmKind = "emergency" | "danger" | "help" | "attack" | "rights" | "phone";
export type AlarmState = "new" | "seen" | "shelved";

export interface Alarm {
  /** Of the cause: the same while it lasts. */
  key: string;
  kind: AlarmKind;
  priority: Priority;
  /** Of the thing in `desk` that it is about. */
  id: string;
  since: string;
  /** How often it was told. */
  count: number;
  /** What makes it new again for who has seen it: its next step, and not each repetition. */
  step: string;
  /** Who acts on it, where somebody does: it calls nobody any more. */
  answered: string;
  /** Where it is looked at. */
  to: RouteLocationRaw | null;
}

/** A person's marks, by key: the step that was seen, the moment until which it is shelved. */
export interface AlarmMarks {
  seen: Record<string, string>;
  shelved: Record<string, number>;
}

export interface AlarmViewer {
  id: string;
  roles: ReadonlySet<Role>;
  /** Of the person's telephone, while the queue counts on it. */
  phone: string;
}

type Picture = Pick<DeskState, "emergencies" | "attacks" | "rights" | "calls" | "drafts">;

/** A telephone that should ring and cannot. */
const PHONE_TROUBLE: ReadonlySet<string> = new Set(["lost", "refused", "no_microphone"]);

export function alarmsOf(desk: Picture, viewer: AlarmViewer): Alarm[] {
  const commands = viewer.roles.has("dispatcher") || viewer.roles.has("supervisor");
  return [
    ...(commands ? emergencies(desk) : []),
    ...dangers(desk, viewer),
    ...(viewer.roles.has("supervisor") ? helps(desk) : []),
    ...attacks(desk),
    ...rights(desk, viewer),
    ...(viewer.roles.has("agent") && PHONE_TROUBLE.has(viewer.phone) ? [phone(viewer.phone)] : []),
  ];
}

const emergencies = (desk: Picture): Alarm[] =>
  Object.values(desk.emergencies).map((one) => ({
    key: `emergency ${one.alarm_id}`,
    kind: "emergency",
    priority: 1,
    id: one.alarm_id,
    since: one.raised_at,
    count: Math.max(1, one.repeats),
    step: one.asked,
    answered: one.acknowledged_by,
    to: one.talkgroup ? { name: "talkgroup", params: { tgId: one.talkgroup } } : { name: "unit", params: { unitId: one.unit_id } },
  }));

/** What a caller said. The agent has it in red on the form; the alarm tells supervisors, and the agent elsewhere. */
function dangers(desk: Picture, viewer: AlarmViewer): Alarm[] {
  return Object.values(desk.drafts).flatMap((draft): Alarm[] => {
    const call = draft.call_id === null ? undefined : desk.calls[draft.call_id];
    const heard = draft.alarms.filter((one) => !one.dismissed);
    if (call === undefined || call.state === "ended" || draft.state !== "open" || heard.length === 0) return [];
    const own = call.agent_ids.includes(viewer.id);
    if (!own && !viewer.roles.has("supervisor")) return [];
    return [
      {
        key: `danger ${draft.draft_id}`,
        kind: "danger",
        priority: own ? 2 : 1,
        id: draft.draft_id,
        since: call.answered_at ?? call.since,
        count: heard.length,
        step: heard.map((one) => one.number).join(" "),
        answered: "",
        to: { name: "call", params: { callId: call.call_id } },
      },
    ];
  });
}

const helps = (desk: Picture): Alarm[] =>
  Object.values(desk.calls).flatMap((call): Alarm[] =>
    call.help && call.state !== "ended"
      ? [
          {
            key: `help ${call.call_id}`,
            kind: "help",
            priority: 2,
            id: call.call_id,
            since: call.help.asked_at,
            count: 1,
            step: call.help.asked_at,
            answered: call.help.accepted_by ?? "",
            to: { name: "call", params: { callId: call.call_id } },
          },
        ]
      : [],
  );

const attacks = (desk: Picture): Alarm[] =>
  Object.values(desk.attacks).map((one) => ({
    key: `attack ${one.attack_id}`,
    kind: "attack",
    priority: 2,
    id: one.attack_id,
    since: one.began_at,
    count: 1,
    step: `${one.code} ${one.asked}`,
    answered: one.acknowledged_by,
    to: null,
  }));

const rights = (desk: Picture, viewer: AlarmViewer): Alarm[] =>
  Object.values(desk.rights)
    .filter((one) => one.kind !== "waiting")
    .map((one) => ({
      key: `rights ${one.alarm_id}`,
      kind: "rights",
      priority: one.kind === "break-glass" ? 2 : 3,
      id: one.alarm_id,
      since: one.began_at,
      count: 1,
      step: `${one.kind} ${one.asked}`,
      answered: one.taken_by,
      to: one.number && (viewer.roles.has("admin") || viewer.roles.has("supervisor")) ? { name: "section", params: { section: "approvals" } } : null,
    }));

const phone = (state: string): Alarm => ({
  key: "phone",
  kind: "phone",
  priority: 2,
  id: state,
  since: "",
  count: 1,
  step: state,
  answered: "",
  to: null,
});

export function stateOf(alarm: Alarm, marks: AlarmMarks, now: number): AlarmState {
  if (alarm.answered) return "seen";
  if (alarm.priority > 1 && (marks.shelved[alarm.key] ?? 0) > now) return "shelved";
  return marks.seen[alarm.key] === alarm.step ? "seen" : "new";
}

const RANK: Record<AlarmState, number> = { new: 0, seen: 1, shelved: 2 };
const isShelved = (one: AlarmRow): number => (one.state === "shelved" ? 1 : 0);

export interface AlarmRow extends Alarm {
  state: AlarmState;
}

/** As they are shown: shelved ones last, then by priority, new ones first, the oldest first. */
export const inAlarmOrder = (alarms: readonly Alarm[], marks: AlarmMarks, now: number): AlarmRow[] =>
  alarms
    .map((one) => ({ ...one, state: stateOf(one, marks, now) }))
    .sort((a, b) => isShelved(a) - isShelved(b) || a.priority - b.priority || RANK[a.state] - RANK[b.state] || (a.since < b.since ? -1 : a.since > b.since ? 1 : 0));

/** Marks of causes that are over go. */
export function forgetMarks(marks: AlarmMarks, alarms: readonly Alarm[]): AlarmMarks {
  const there = new Set(alarms.map((one) => one.key));
  const kept = <T>(table: Record<string, T>) => Object.fromEntries(Object.entries(table).filter(([key]) => there.has(key)));
  return { seen: kept(marks.seen), shelved: kept(marks.shelved) };
}
