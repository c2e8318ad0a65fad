/** What the desk knows now: filled by the snapshot, kept by events, bounded by forgetting what ended long ago. */
import type { CaseView, DispatchView, DraftEditorView, DraftView, FiledWhileEditing, IncidentView, OperatingModeView, ReportOfferView, SuggestionView, VerificationSummary } from "@shared/contracts/cases";
import type { RecordingPaused } from "@shared/contracts/cdr";
import type {
  AgentStateSet,
  AgentView,
  AnswerRequested,
  BoardView,
  CallbackFailed,
  CallbackOffered,
  CallEnded,
  CallerContext,
  CallRinging,
  CallView,
  DrainView,
  LegUnheard,
  PhoneClaimView,
  QueueView,
  LegNotTranscribed,
} from "@shared/contracts/hotline";
import type { RightsAlarm, SignInAttack } from "@shared/contracts/identity";
import type { CallerMarked } from "@shared/contracts/ivr";
import type { LiveEvents, SnapshotFrame } from "@shared/contracts/live";
import type { DeliveryView, DispatchOverdue, UnitPlace } from "@shared/contracts/field";
import { centreNow } from "@shared/clock";
import type { FloorChanged, PatchChanged } from "@shared/contracts/radio_bridge";
import type { TapRefused } from "@shared/contracts/speech";
import type { Emergency, Gap, Segment, Unit, UnitText } from "./kinds";
import { putText, textOf } from "../cases/texts";
import { putEmergency } from "../frame/alarms/emergencies";
import { withDelivery } from "../field/board/deliveries";
import { floorAnswered } from "../field/floor/answers";
import { heardNow, type KnownNetwork } from "../field/floor/networks";
import { withGap, withSegment, withSegments } from "../calls/transcript/segments";
import type { EventFrame } from "./link";

/** How the gateway writes what this viewer may not see. */
export const MASKED = "•••";

/** A call with what only events tell: whose phones ring, and whether its end still asks for an outcome. */
export interface DeskCall extends CallView {
  rang: string[];
  disposition_needed: boolean;
}

export interface Heard {
  segments: Segment[];
  gaps: Gap[];
  shed: (LegNotTranscribed | TapRefused)[];
}

export interface Delegated {
  to: string;
  by: string;
  by_name: string;
  case_number: string;
}

export interface DeskState {
  calls: Record<string, DeskCall>;
  contexts: Record<string, CallerContext>;
  /** Articles for a call, in their places. */
  suggestions: Record<string, SuggestionView[]>;
  transcripts: Record<string, Heard>;
  drafts: Record<string, DraftView>;
  /** Whose hands are in a draft now, by draft. */
  editors: Record<string, DraftEditorView[]>;
  cases: Record<string, CaseView>;
  /** Drafts without a call that nobody has taken; and how often the centre told of them. */
  reportsWaiting: number;
  /** Since when the oldest of them waits. */
  reportsOldest: string | null;
  /** The report that is offered to this agent now. */
  reportOffer: ReportOfferView | null;
  reportsChanged: number;
  /** Rises with every act on an assignment of this case, so that a page that shows it asks again. */
  assigned: Record<string, number>;
  /** Rises with every act on any assignment, and with every snapshot. */
  assignedChanged: number;
  /** The last verification task of each draft and case that has one, by the draft's or the case's id. */
  verifications: Record<string, VerificationSummary>;
  /** How often the conference of a case has changed, by the case's id. */
  conferencesChanged: Record<string, number>;
  /** The last case that a department gave to one of its people: whom, and by whom. */
  delegated: Delegated | null;
  /** Mass incidents that are open. */
  incidents: Record<string, IncidentView>;
  /** The operating mode; null for who is not of the centre. */
  mode: OperatingModeView | null;
  /** Whether new calls are kept from agents before a stop; null for who is not of the centre. */
  drain: DrainView | null;
  /** With units, by id: those that were asked for, and those that came by events. */
  texts: Record<string, UnitText>;
  agents: Record<string, AgentView>;
  queues: Record<string, QueueView>;
  units: Record<string, Unit>;
  /** Where units are, by unit: only for who commands. */
  places: Record<string, UnitPlace>;
  /** Ways by which dispatches went, by dispatch: what events told of them. */
  deliveries: Record<string, DeliveryView[]>;
  /** Dispatches of which the centre said that nobody has answered in time; when it said it last. */
  overdue: Record<string, DispatchOverdue>;
  /** By talkgroup: patched to a call, or to another talkgroup. */
  patches: Record<string, PatchChanged>;
  /** By talkgroup. */
  floors: Record<string, FloorChanged>;
  /** By the first part of their talkgroups' names, each with when it was last told of. */
  networks: Record<string, KnownNetwork>;
  /** Those that are not cleared. */
  emergencies: Record<string, Emergency>;
  /** On sign-in: those that go on, and those that nobody has taken over. */
  attacks: Record<string, SignInAttack>;
  /** On rights: requests that wait for a second person, and what nobody has answered yet. */
  rights: Record<string, RightsAlarm>;
  /** What the dialogue noticed of a caller, by call id. */
  marks: Record<string, CallerMarked["mark"]>;
  /** Calls whose recording is paused now, by call id: nothing of them is heard by a machine. */
  pauses: Record<string, RecordingPaused>;
  board: BoardView | null;
  /** The callback that is offered to this agent now. */
  offer: CallbackOffered | null;
  /** The leg that this page's phone was last asked to answer. */
  asked: AnswerRequested | null;
  /** The page that has taken this person's phone, since this one was opened. */
  claim: PhoneClaimView | null;
  /** The last callback of this agent whose citizen was not reached. */
  callbackFailed: CallbackFailed | null;
  /** The last call that a fault ended while people talked. */
  cutOff: CallEnded | null;
  /** The last draft that somebody filed while this person was typing in it. */
  filedMeanwhile: FiledWhileEditing | null;
  /** The last state that was set for this agent without his asking. */
  stateSet: AgentStateSet | null;
}

export const emptyState = (): DeskState => ({
  calls: {},
  contexts: {},
  suggestions: {},
  transcripts: {},
  drafts: {},
  editors: {},
  cases: {},
  reportsWaiting: 0,
  reportsOldest: null,
  reportOffer: null,
  reportsChanged: 0,
  assigned: {},
  assignedChanged: 0,
  verifications: {},
  conferencesChanged: {},
  delegated: null,
  incidents: {},
  mode: null,
  drain: null,
  texts: {},
  agents: {},
  queues: {},
  units: {},
  places: {},
  deliveries: {},
  overdue: {},
  patches: {},
  floors: {},
  networks: {},
  emergencies: {},
  attacks: {},
  rights: {},
  marks: {},
  pauses: {},
  board: null,
  offer: null,
  asked: null,
  claim: null,
  callbackFailed: null,
  cutOff: null,
  filedMeanwhile: null,
  stateSet: null,
});

export const MOST_ENDED = 20;
const MOST_CASES = 500;
const MOST_SHED = 20;
const MOST_MARKS = 200;

export function transcriptOf(state: DeskState, callId: string): Heard {
  return (state.transcripts[callId] ??= { segments: [], gaps: [], shed: [] });
}

/** Takes in a whole picture. What only this page holds (text in fields) is not in the state and stays. */
export function applySnapshot(state: DeskState, snapshot: Partial<SnapshotFrame>): void {
  const now = list(snapshot.calls);
  const present = new Set(now.map((call) => call.call_id));
  // Calls that the snapshot no longer holds have ended while this page was away.
  for (const call of Object.values(state.calls)) if (!present.has(call.call_id)) call.state = "ended";
  for (const call of now) putCall(state, call);
  state.queues = index(snapshot.queues, "queue");
  state.agents = index(snapshot.agents, "agent_id");
  state.units = index(snapshot.units, "unit_id");
  state.places = index(snapshot.places, "unit_id");
  state.floors = index(snapshot.floors, "talkgroup");
  state.emergencies = index(snapshot.emergencies, "alarm_id");
  state.attacks = index(snapshot.attacks, "attack_id");
  state.rights = index(snapshot.rights_alarms, "alarm_id");
  for (const draft of list(snapshot.drafts)) putDraft(state, draft);
  state.editors = Object.fromEntries(list(snapshot.editing).map(({ draft_id, editors }) => [draft_id, editors]));
  state.incidents = index(snapshot.incidents, "incident_id");
  state.verifications = {};
  for (const task of list(snapshot.verifications)) putVerification(state, task);
  // What happened to conferences meanwhile is asked anew.
  state.conferencesChanged = Object.fromEntries(Object.entries(state.conferencesChanged).map(([id, times]) => [id, times + 1]));
  state.mode = snapshot.mode ?? null;
  state.drain = snapshot.drain ?? null;
  for (const filed of list(snapshot.cases)) putCase(state, filed);
  state.reportsWaiting = snapshot.reports_waiting ?? 0;
  state.reportsOldest = snapshot.reports_oldest ?? null;
  state.reportOffer = snapshot.report_offer ?? null;
  state.reportsChanged += 1;
  state.assigned = Object.fromEntries(Object.keys(state.cases).map((id) => [id, (state.assigned[id] ?? 0) + 1]));
  state.assignedChanged += 1;
  Object.assign(state.contexts, snapshot.contexts);
  state.pauses = index(snapshot.pauses, "call_id");
  state.board = snapshot.board ?? null;
  state.offer = snapshot.callback_offer ?? null;
  const spoken = new Map<string, Segment[]>();
  for (const segment of list(snapshot.segments)) {
    spoken.set(segment.call_id, [...(spoken.get(segment.call_id) ?? []), kept(segment)]);
  }
  for (const [callId, segments] of spoken) {
    const heard = transcriptOf(state, callId);
    heard.segments = withSegments(heard.segments, segments);
  }
  forget(state);
}

/** A segment out of the ledger: only final ones are kept there, and it does not repeat that. */
export const kept = (segment: Omit<Segment, "final">): Segment => ({ final: true, ...segment });

/** Takes in one event; false when its type is of no concern to this page. */
export function applyEvent(state: DeskState, event: EventFrame): boolean {
  const take = ON[event.type as keyof LiveEvents] as ((state: DeskState, told: EventFrame) => void) | undefined;
  if (take === undefined) return false;
  take(state, event);
  forget(state);
  return true;
}

type Handlers = { [T in keyof LiveEvents]?: (state: DeskState, told: LiveEvents[T]) => void };

const segment = (state: DeskState, told: Segment): void => {
  const heard = transcriptOf(state, told.call_id);
  heard.segments = withSegment(heard.segments, told);
};
const shed = (state: DeskState, told: LegNotTranscribed | TapRefused): void => {
  const heard = transcriptOf(state, told.call_id);
  heard.shed = [...heard.shed, told].slice(-MOST_SHED);
};
const filed = (state: DeskState, told: { case: CaseView }): void => putCase(state, told.case);

const ON: Handlers = {
  "hotline.call_ringing": ring,
  "hotline.call_changed": (state, { call }) => putCall(state, call),
  "hotline.call_ended": end,
  "hotline.caller_context": (state, { call_id, context }) => {
    state.contexts[call_id] = context;
  },
  "hotline.agent_changed": (state, { agent }) => {
    state.agents[agent.agent_id] = agent;
  },
  "hotline.queue_changed": (state, { queue }) => {
    state.queues[queue.queue] = queue;
  },
  "hotline.help_changed": (state, { call_id, help }) => {
    const known = state.calls[call_id];
    if (known && known.state !== "ended") known.help = help;
  },
  "hotline.answer_asked": (state, asked) => {
    state.asked = asked;
  },
  "hotline.phone_claimed": (state, { claim }) => {
    state.claim = claim;
  },
  "hotline.callback_offered": (state, offer) => {
    state.offer = offer;
  },
  "hotline.callback_rings": (state, { call_id, context }) => {
    if (context) state.contexts[call_id] = context;
  },
  "hotline.callback_failed": (state, failed) => {
    state.callbackFailed = failed;
  },
  "hotline.agent_state_set": (state, told) => {
    state.stateSet = told;
  },
  "hotline.callback_offer_over": (state, { callback_id }) => {
    // The end of an offer that another one has replaced meanwhile ends nothing.
    if (state.offer?.callback_id === callback_id) state.offer = null;
  },
  "hotline.board_changed": (state, { board }) => {
    state.board = board;
  },
  "cdr.recording_paused": (state, pause) => {
    if (pause.paused) state.pauses[pause.call_id] = pause;
    else delete state.pauses[pause.call_id];
  },
  "hotline.leg_unheard": (state, told) => putGap(state, unheard(told)),
  "ivr.caller_marked": (state, { call_id, mark }) => {
    state.marks[call_id] = mark;
  },
  "hotline.tap_shed": shed,
  "speech.tap_shed": shed,
  "speech.transcript_segment": segment,
  "speech.transcript_gap": putGap,
  "cases.articles_suggested": (state, { call_id, suggestions }) => {
    state.suggestions[call_id] = suggestions;
  },
  "cases.report_offered": (state, { offer }) => {
    state.reportOffer = offer;
  },
  "cases.report_offer_over": (state, { draft_id }) => {
    // As with callbacks: the end of an offer that another one has replaced meanwhile ends nothing.
    if (state.reportOffer?.draft_id === draft_id) state.reportOffer = null;
  },
  "cases.reports_waiting": (state, { waiting, oldest }) => {
    state.reportsWaiting = waiting;
    state.reportsOldest = oldest ?? null;
    state.reportsChanged += 1;
  },
  "cases.draft_changed": (state, { draft }) => putDraft(state, draft),
  "cases.draft_editors_changed": (state, { draft_id, editors }) => {
    if (editors.length) state.editors[draft_id] = editors;
    else delete state.editors[draft_id];
  },
  "cases.operating_mode_changed": (state, { mode }) => {
    state.mode = mode;
  },
  "hotline.drain_changed": (state, { drain }) => {
    state.drain = drain;
  },
  "cases.incident_changed": (state, { incident }) => putIncident(state, incident),
  "cases.filed_while_editing": (state, filed) => {
    state.filedMeanwhile = filed;
  },
  "cases.case_filed": filed,
  "cases.case_changed": filed,
  "cases.deadline_warned": filed,
  "cases.deadline_passed": filed,
  "cases.dispatch_changed": (state, { dispatch }) => putDispatch(state, dispatch),
  "cases.assignment_changed": (state, { assignment, act, actor }) => {
    if (state.cases[assignment.case_id]) state.assigned[assignment.case_id] = (state.assigned[assignment.case_id] ?? 0) + 1;
    state.assignedChanged += 1;
    if (act === "delegate" && assignment.handler) {
      state.delegated = { to: assignment.handler.id, by: actor, by_name: assignment.last_by_name, case_number: assignment.case_number };
    }
  },
  "cases.verification_changed": putVerification,
  "field.unit_changed": (state, unit) => {
    state.units[unit.unit_id] = unit;
  },
  "field.units_moved": (state, { places }) => {
    for (const place of places) state.places[place.unit_id] = place;
  },
  "field.delivery_changed": (state, { dispatch_id, delivery }) => {
    state.deliveries[dispatch_id] = withDelivery(state.deliveries[dispatch_id] ?? [], delivery);
  },
  "field.dispatch_overdue": (state, told) => {
    state.overdue[told.dispatch_id] = told;
  },
  "hotline.conference_changed": (state, { case_id }) => {
    state.conferencesChanged[case_id] = (state.conferencesChanged[case_id] ?? 0) + 1;
  },
  "radio_bridge.floor_answered": (_state, told) => floorAnswered(told),
  "radio_bridge.patch_changed": (state, patch) => {
    if (patch.call_id || patch.other) state.patches[patch.talkgroup] = patch;
    else delete state.patches[patch.talkgroup];
  },
  "radio_bridge.floor_changed": (state, floor) => {
    if (floor.stage === "closed") delete state.floors[floor.talkgroup];
    else state.floors[floor.talkgroup] = floor;
  },
  "field.text_changed": (state, changed) => {
    // Its words are for who commands.
    if (changed.text !== MASKED) putText(state.texts, textOf(changed));
  },
  "radio_bridge.network_changed": (state, network) => {
    state.networks[network.network] = heardNow(network, centreNow());
  },
  "identity.sign_in_attack": putAttack,
  "identity.rights_alarm": putRightsAlarm,
  "field.emergency_changed": (state, told) => putEmergency(state.emergencies, told),
};

const MOST_VERIFICATIONS = 500;

/** The newest task of a draft or a case counts; of many the oldest are forgotten. */
function putVerification(state: DeskState, task: VerificationSummary): void {
  for (const id of [task.draft_id, task.case_id]) {
    if (!id || (state.verifications[id]?.task_id ?? "") > task.task_id) continue;
    state.verifications[id] = task;
  }
  const ids = Object.keys(state.verifications);
  for (const id of ids.slice(0, Math.max(0, ids.length - MOST_VERIFICATIONS))) delete state.verifications[id];
}

export function putIncident(state: DeskState, incident: IncidentView): void {
  if (incident.ended_at) delete state.incidents[incident.incident_id];
  else state.incidents[incident.incident_id] = incident;
}

/** What came later counts; nothing is left to do about one that is over and that somebody has taken over. */
export function putAttack(state: DeskState, attack: SignInAttack): void {
  if (attack.over && attack.acknowledged_by) delete state.attacks[attack.attack_id];
  else state.attacks[attack.attack_id] = attack;
}

function putRightsAlarm(state: DeskState, alarm: RightsAlarm): void {
  if (alarm.ended) delete state.rights[alarm.alarm_id];
  else state.rights[alarm.alarm_id] = alarm;
}

function putGap(state: DeskState, gap: Gap): void {
  const heard = transcriptOf(state, gap.call_id);
  // What was shown of it so far is taken back: its words will not come.
  heard.segments = heard.segments.filter((known) => known.final || known.segment_id !== gap.segment_id);
  heard.gaps = withGap(heard.gaps, gap);
}

/** A time in which nobody wrote down what a leg said, as a gap of its transcript. */
function unheard({ gap_id, call_id, leg_id, speaker, reason, began, ended }: LegUnheard): Gap {
  const end_s = (Date.parse(ended) - Date.parse(began)) / 1000;
  return { segment_id: gap_id, call_id, leg_id, speaker, reason, started_at: began, start_s: 0, end_s };
}

function ring(state: DeskState, event: CallRinging): void {
  const known = state.calls[event.call_id];
  if (event.context) state.contexts[event.call_id] = event.context;
  // A pop that comes late does not make a call ring again.
  if (known && (known.state === "ended" || known.answered_at)) return;
  const { caller, caller_name, queue, language, since, confidential } = event;
  const rang = [...new Set([...(known?.rang ?? []), event.agent_id])];
  const blank = { ...BLANK, call_id: event.call_id };
  state.calls[event.call_id] = {
    ...(known ?? blank),
    ...{ caller, caller_name, queue, language, since, confidential, rang, state: "ringing" },
  };
}

/** From here on the call's own legs say whose phones ring. */
export function putCall(state: DeskState, call: CallView): void {
  const known = state.calls[call.call_id];
  if (known?.state === "ended" && call.state !== "ended") return;
  state.calls[call.call_id] = {
    ...unmasked(known, call),
    rang: [],
    disposition_needed: known?.disposition_needed ?? false,
    disposition: call.disposition ?? known?.disposition ?? null,
  };
}

function end(state: DeskState, event: CallEnded): void {
  if (event.merged_into !== null) {
    delete state.calls[event.call_id];
    return;
  }
  if (event.cut_off) state.cutOff = event;
  const known = state.calls[event.call_id];
  delete state.pauses[event.call_id];
  if (known === undefined) return;
  Object.assign(known, { state: "ended", rang: [], legs: [], help: null, disposition_needed: event.disposition_needed });
  known.agent_ids = event.agent_ids.length ? event.agent_ids : known.agent_ids;
}

const BLANK: Omit<DeskCall, "call_id"> = {
  direction: "inbound",
  state: "flow",
  caller: "",
  caller_name: "",
  called: "",
  queue: "",
  language: "",
  since: "",
  queued_at: null,
  answered_at: null,
  agent_ids: [],
  legs: [],
  confidential: false,
  disposition: null,
  help: null,
  handover: null,
  callback: null,
  rang: [],
  disposition_needed: false,
};

/** A draft as it is now; an older picture of it, late on its way, changes nothing. */
export function putDraft(state: DeskState, draft: DraftView): void {
  const known = state.drafts[draft.draft_id];
  if (known && (known.rev > draft.rev || (known.rev === draft.rev && known.state !== "open" && draft.state === "open"))) return;
  state.drafts[draft.draft_id] = draft;
}

/** A case as it is now. What an answer that was asked for before the last event says of an older time changes nothing. */
export function putCase(state: DeskState, filed: CaseView): void {
  const known = state.cases[filed.case_id];
  const late = known !== undefined && Date.parse(filed.updated_at) < Date.parse(known.updated_at);
  // An event about the case alone lists no dispatches, and none is ever taken away: what is known of them stays.
  const dispatches = known?.dispatches ?? [];
  state.cases[filed.case_id] = { ...(late ? unmasked(filed, known) : unmasked(known, filed)), dispatches };
  for (const dispatch of filed.dispatches ?? []) putDispatch(state, dispatch);
}

/** What is new, but where it is only masked, what was already known. */
function unmasked<T extends object>(known: T | undefined, fresh: T): T {
  if (known === undefined) return fresh;
  const seen = Object.entries(fresh).map(([key, value]) => [key, value === MASKED ? known[key as keyof T] : value]);
  return Object.fromEntries(seen) as T;
}

export function putDispatch(state: DeskState, dispatch: DispatchView): void {
  const filed = state.cases[dispatch.case_id];
  if (filed === undefined) return;
  const at = filed.dispatches.findIndex((known) => known.dispatch_id === dispatch.dispatch_id);
  const known = filed.dispatches[at];
  // The answer to who dispatched, or to who asked for the case, may come after the events of what the crew said since.
  if (known !== undefined && Date.parse(dispatch.at) < Date.parse(known.at)) return;
  // A new step's note is not the old one's: a masked note stays masked until it is asked for.
  const fresh = known?.at === dispatch.at ? unmasked(known, dispatch) : dispatch;
  if (at >= 0) filed.dispatches[at] = fresh;
  else filed.dispatches.push(fresh);
}

/** Old calls go with their words and drafts; the ledger keeps them. */
function forget(state: DeskState): void {
  const ended = Object.values(state.calls)
    .filter((call) => call.state === "ended")
    .sort((a, b) => (a.since < b.since ? 1 : -1));
  for (const { call_id } of ended.slice(MOST_ENDED)) {
    delete state.calls[call_id];
    delete state.contexts[call_id];
    delete state.suggestions[call_id];
    delete state.transcripts[call_id];
    delete state.marks[call_id];
    delete state.pauses[call_id];
    for (const draft of Object.values(state.drafts)) {
      if (draft.call_id === call_id) delete state.drafts[draft.draft_id];
    }
  }
  // A mark may come before its call, so it is kept without one.
  const marks = Object.keys(state.marks);
  for (const old of marks.slice(0, Math.max(0, marks.length - MOST_MARKS))) delete state.marks[old];
  const cases = Object.keys(state.cases);
  for (const old of cases.slice(0, Math.max(0, cases.length - MOST_CASES))) delete state.cases[old];
  for (const told of [state.deliveries, state.overdue]) {
    const dispatches = Object.keys(told);
    for (const old of dispatches.slice(0, Math.max(0, dispatches.length - MOST_CASES))) delete told[old];
  }
}

const list = <T>(items: T[] | undefined): T[] => (Array.isArray(items) ? items : []);

function index<T>(items: T[] | undefined, key: keyof T): Record<string, T> {
  return Object.fromEntries(list(items).map((item) => [String(item[key]), item]));
}
