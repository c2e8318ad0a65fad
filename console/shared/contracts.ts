/**
 * Everything that crosses the wire, in one place: HTTP bodies, frames and events of the live link, messages
 * of a field unit. The map is docs/contracts.md; the models stand in each room's `events.py`.
 */

// People ----------------------------------------------------------------------------------------------

export type Role = "agent" | "supervisor" | "dispatcher" | "acceptor" | "unit" | "admin";

export interface User {
  id: string;
  name: string;
  roles: Role[];
}

/** `must_set_second_factor`: nothing but the own account may be used before. */
export interface Session {
  user: User;
  language: "zh" | "en";
  must_set_second_factor?: boolean;
}

/** What `POST /session` answers: the session, or that a code (`POST /session/second`) or a passkey is to follow. */
export type SignInAnswer = Session | { next: "second-factor"; ticket: string; passkey: boolean };

export interface OwnAccount {
  user: User;
  second_factor: { on: boolean; passkeys: number; since: string | null; recovery_codes_left: number; required: boolean };
}

/** `picture` is the QR code as one SVG path on a square of `size` units. */
export interface Enrolment {
  secret: string;
  uri: string;
  picture: { size: number; path: string };
}

export interface OwnSession {
  session_id: string;
  born_at: string;
  used_at: string | null;
  address: string;
  program: string;
  is_this: boolean;
}

/** A device that signs in beside the password. */
export interface Passkey {
  passkey_id: string;
  name: string;
  made_at: string;
  used_at: string | null;
}

/** How a program acts for `user`; without `operations` it may do all that its roles may. */
export interface ApiToken {
  token_id: string;
  user: string;
  name: string;
  roles: Role[];
  scopes: Record<string, string[]>;
  operations: string[];
  made_at: string;
  made_by: string;
  expires_at: string;
  used_at: string | null;
  address: string;
  revoked_at: string | null;
}

/** `identity.sign_in_attack`: somebody guesses passwords, or, where `code`, codes after a right password. */
export interface Attack {
  attack_id: string;
  began_at: string;
  last_at: string;
  failures: number;
  refused: number;
  names: number;
  code: boolean;
  over: boolean;
  addresses: string[];
  asked: string;
  acknowledged_by: string;
}

/** `identity.rights_alarm`: a request for a second person, what was done without one, or the sealed account. */
export interface RightsAlarm {
  alarm_id: string;
  kind: "waiting" | "alone" | "overdue" | "objected" | "break-glass";
  began_at: string;
  until: string | null;
  who: string;
  act: string;
  number: number;
  objected_by: string;
  remark: string;
  over: boolean;
  taken_by: string;
  /** Nothing is left to do about it. */
  ended: boolean;
  asked: string;
}

export type AgentState =
  | "signed_out"
  | "ready"
  | "ringing"
  | "talking"
  | "hold"
  | "wrap_up"
  | "busy"
  | "rest"
  | "study"
  | "unreachable";

/**
 * `owed`: ended calls that still lack this agent's disposition. `forced_by`: the supervisor who set the state.
 * `phone` tells whether the telephone can be rung, `page` whether a desk page is open; `skills` by level, 1 to 5.
 */
export interface Agent {
  agent_id: string;
  name: string;
  endpoint: string;
  state: AgentState;
  reason: string;
  since: string;
  call_id: string | null;
  owed: string[];
  overdue: boolean;
  next_state: AgentState | null;
  wrap_up_until: string | null;
  forced_by: string | null;
  missed: number;
  phone: "here" | "lost";
  page: "none" | "here" | "lost";
  page_since: string | null;
  skills: Record<string, number>;
  queues: string[];
}

/** A reason code of `busy`, `rest` or `study`; `forced` ones are a supervisor's. */
export interface ReasonCode {
  code: string;
  zh: string;
  en: string;
  state: "busy" | "rest" | "study";
  forced: boolean;
}

/** One caller who waits. `priority` as far as a supervisor has set it. */
export interface Waiting {
  call_id: string;
  queue: string;
  position: number;
  since: string;
  expected_wait_s: number;
  priority: number | null;
  caller: string;
  confidential: boolean;
}

export interface Queue {
  queue: string;
  waiting: number;
  longest_since: string | null;
  members: number;
  ready: number;
  busy: number;
  paused: number;
  joined: number;
  answered: number;
  abandoned: number;
  drift: number;
}

export interface PhoneAccount {
  endpoint: string;
  uri: string;
  ws_url: string;
  user: string;
  password: string;
  realm: string;
  /** TURN servers with credentials that end by themselves. */
  ice_servers?: RTCIceServer[];
}

// Calls -----------------------------------------------------------------------------------------------

/** `consulting`: the citizen hears music while his agent asks somebody. `parked`: until he is fetched. */
export type CallState =
  | "flow"
  | "queued"
  | "ringing"
  | "talking"
  | "hold"
  | "consulting"
  | "conference"
  | "parked"
  | "transferring"
  | "ended";

/** `muted` as far as the gateway knows; `dialling` dials by itself, `ringing` is rung by the switch. */
export interface Leg {
  leg_id: string;
  role: "citizen" | "agent" | "other";
  agent_id: string | null;
  endpoint: string;
  state: "dialling" | "ringing" | "up";
  on_hold: boolean;
  muted: boolean;
  since: string;
}

/** An agent's call for help; `accepted_by` is the supervisor who comes. */
export interface Help {
  asked_by: string;
  asked_at: string;
  accepted_by: string | null;
  accepted_at: string | null;
}

/** `since` is when it began, `caller` the citizen's number as the trunk sent it. */
export interface Call {
  call_id: string;
  direction: "inbound" | "outbound" | "internal";
  state: CallState;
  caller: string;
  caller_name: string;
  called: string;
  queue: string;
  language: string;
  since: string;
  queued_at: string | null;
  answered_at: string | null;
  agent_ids: string[];
  legs: Leg[];
  confidential: boolean;
  disposition: Disposition | null;
  help: Help | null;
}

/** `hotline.help_changed`: it ends with the call. */
export interface HelpChanged {
  call_id: string;
  help: Help;
}

/** `hotline.answer_asked`: this desk's own phone is to answer that leg. */
export interface AnswerAsked {
  call_id: string;
  leg_id: string;
  agent_id: string;
  endpoint: string;
}

/** `nuisance`: the number is on the list; `silent`: he cannot or does not speak; `emergency`: he was handed over. */
export type Mark = "nuisance" | "silent" | "emergency";

/** `ivr.caller_marked`: what the agent should know before he answers. */
export interface CallerMarked {
  call_id: string;
  uniqueid: string;
  mark: Mark;
}

/** `cdr.recording_paused`: it was paused, until `until` at the latest, or goes on. No machine hears it meanwhile. */
export interface RecordingPaused {
  call_id: string;
  paused: boolean;
  reason: string;
  by: string;
  until: string;
}

/** `hotline.call_ringing`: the pop, once for each ring attempt. */
export interface CallRinging {
  call_id: string;
  leg_id: string;
  agent_id: string;
  endpoint: string;
  caller: string;
  caller_name: string;
  queue: string;
  language: string;
  since: string;
  /** null while it is still being looked up: `hotline.caller_context` follows. */
  context: CallerContext | null;
  confidential: boolean;
}

/** `hotline.call_ended` */
export interface CallEnded {
  call_id: string;
  cause: "hangup" | "lost" | "merged";
  outcome: "answered" | "abandoned" | "ended_in_flow" | "unknown";
  direction: "inbound" | "outbound" | "internal";
  agent_ids: string[];
  merged_into: string | null;
  disposition_needed: boolean;
  confidential: boolean;
}

export interface EarlierCall {
  call_id: string;
  at: string;
  disposition: string | null;
  summary: string;
}

export interface OpenCase {
  case_id: string;
  number: string;
  category: string;
  state: string;
  place: string;
  urgent: boolean;
  /** False for a case that is only near the place. */
  same_number: boolean;
}

/** What is known of a caller before anybody has spoken. */
export interface CallerContext {
  earlier_calls: EarlierCall[];
  open_cases: OpenCase[];
}

export type Disposition = "case" | "enquiry" | "existing_case" | "prank" | "silent" | "wrong_number";
export const DISPOSITIONS: readonly Disposition[] = [
  "case",
  "enquiry",
  "existing_case",
  "prank",
  "silent",
  "wrong_number",
];

// Callbacks -------------------------------------------------------------------------------------------

export type CallbackReason = "abandoned" | "overflow" | "out-of-hours" | "voicemail" | "asked";
/** `placing`: an agent has accepted and his own telephone rings; `dialling`: the citizen's. */
export type CallbackStage = "waiting" | "offered" | "placing" | "dialling" | "talking" | "closed";
/** `unknown`: nobody saw it. After the last two the citizen's telephone did not ring. */
export type AttemptOutcome =
  | "reached"
  | "no_answer"
  | "busy"
  | "failed"
  | "hung_up"
  | "wrong_number"
  | "declined"
  | "unknown"
  | "agent_missed"
  | "not_placed";
/** `withdrawn`: the citizen phoned again and was answered. `exhausted`: the last attempt failed, too. */
export type CallbackOutcome =
  | "reached"
  | "wrong_number"
  | "declined"
  | "withdrawn"
  | "cancelled"
  | "expired"
  | "exhausted";
export type CallbackStep =
  | "requested"
  | "merged"
  | "passed"
  | "accepted"
  | "in_doubt"
  | "dialled"
  | "answered"
  | "attempted"
  | "superseded"
  | "noted"
  | "assigned"
  | "closed";

/** A call that nobody spoke with. `voicemail`: seconds (start, end) inside its own recording. */
export interface LostCall {
  call_id: string;
  reason: CallbackReason;
  place: string;
  at: string;
  voicemail: [number, number] | null;
}

export interface CallbackAttempt {
  call_id: string;
  agent_id: string;
  began: string;
  answered: string | null;
  ended: string | null;
  outcome: AttemptOutcome | null;
  in_doubt: boolean;
  note: string;
}

/** `place`: when the citizen first joined the queue. Not before `due`. */
export interface Callback {
  callback_id: string;
  number: string;
  stage: CallbackStage;
  queue: string;
  language: string;
  place: string;
  created: string;
  due: string;
  expires: string;
  calls: LostCall[];
  attempts: CallbackAttempt[];
  offered_to: string | null;
  assigned_to: string | null;
  outcome: CallbackOutcome | null;
  note: string;
}

/** `hotline.callback_offered`, to this agent: nothing rings before he accepts, until `until`. */
export interface CallbackOffered {
  callback_id: string;
  agent_id: string;
  until: string;
  callback: Callback;
  /** null when it was not found in time. */
  context: CallerContext | null;
}

/** `hotline.callback_offer_over` */
export interface CallbackOfferOver {
  callback_id: string;
  agent_id: string;
  why: "accepted" | "declined" | "expired" | "withdrawn";
}

/** `hotline.callback_changed`: the whole of it after `step`; `rev` rises, `by` is a user or `system`. */
export interface CallbackChanged {
  callback_id: string;
  rev: number;
  step: CallbackStep;
  by: string;
  callback: Callback;
}

// The board -------------------------------------------------------------------------------------------

/** One queue, or all of them when `queue` is empty. Shares are 0 … 1; null where nothing was counted yet. */
export interface QueueFigures {
  queue: string;
  waiting: number;
  longest_since: string | null;
  longest_wait_s: number;
  offered_24h: number;
  answered_24h: number;
  abandoned_24h: number;
  connect_rate_24h: number | null;
  within_15s_24h: number | null;
  offered_today: number;
  answered_today: number;
  abandoned_today: number;
  connect_rate_today: number | null;
  within_15s_today: number | null;
  average_wait_today_s: number | null;
  average_talk_today_s: number | null;
}

/** `agents` counts the signed-in by state. `filled`: what happened before the last start has been read back. */
export interface Board {
  at: string;
  total: QueueFigures;
  queues: QueueFigures[];
  agents: Partial<Record<AgentState, number>>;
  callbacks_due: number;
  callbacks_open: number;
  callbacks_live: number;
  /** Legs that speak now and that nobody writes down though they may be heard. */
  unheard: number;
  filled: boolean;
}

/** `hotline.board_changed`: at most once a second. */
export interface BoardChanged {
  board: Board;
}

// Transcript ------------------------------------------------------------------------------------------

export type Speaker = "citizen" | "agent";

/** `speech.transcript_segment`: one utterance; a partial is replaced by the next one with the same id. */
export interface Segment {
  segment_id: string;
  call_id: string;
  leg_id: string;
  speaker: Speaker;
  text: string;
  final: boolean;
  /** Wall time (UTC) at which it began: the only time that both speakers' legs share. */
  started_at: string;
  /** Seconds from the start of that leg's tap. */
  start_s: number;
  end_s: number;
}

/** `speech.transcript_gap`: somebody spoke and there is no text for it. */
export interface Gap {
  call_id: string;
  leg_id: string;
  segment_id: string;
  speaker: Speaker;
  started_at: string;
  start_s: number;
  end_s: number;
  reason: string;
}

/** `hotline.leg_unheard`: nobody wrote down what a leg said from `began` to `ended`; `paused`: on purpose. */
export interface LegUnheard {
  gap_id: string;
  call_id: string;
  leg_id: string;
  speaker: Speaker;
  reason: string;
  began: string;
  ended: string;
}

/** `speech.tap_shed`: speech is overloaded, this speaker of this call is not transcribed. */
export interface Shed {
  call_id: string;
  leg_id: string;
  speaker: Speaker;
  reason: string;
}

/** As the ledger keeps it: its segments are all final and do not say so. */
export interface Transcript {
  segments: Segment[];
  gaps: Gap[];
}

// Drafts and cases ------------------------------------------------------------------------------------

/**
 * The fields that a person fills. Values: category `scheme@version/code`, district its 6-digit code, urgency one of
 * `URGENCIES`, handoff the number of the emergency service; the others are text.
 */
export const FIELDS = ["category", "district", "address", "crossing", "description", "urgency", "handoff"] as const;
export type FieldName = (typeof FIELDS)[number];

/** Further fields, which are heard and only read here; values and `detail`: "Drafts" in docs/contracts.md. */
export const BESIDES = [
  "intent", "time", "count", "callback", "caller", "asset", "relative", "subdistrict", "cell", "department",
] as const;
export type BesideName = (typeof BESIDES)[number];

export const INTENTS = ["report", "status", "enquiry", "complaint", "other"] as const;

export const URGENCIES = ["normal", "urgent", "danger"] as const;

/** Characters (Unicode code points) `start` up to `end` of the segment's text. */
export interface Evidence {
  segment_id: string;
  start: number;
  end: number;
}

export interface Alternative {
  value: string;
  confidence: number;
}

/** How a drafted value is shown: without a mark, with one, or beside the empty field. */
export type Shown = "sure" | "doubtful" | "offered";

/**
 * `value` is null where the field was cleared or never known; `rev` rises with each change of this field. `others` are
 * the next best, best first; `detail` the parts of a structured value and, as `said`, its words.
 */
export interface FieldValue {
  value: string | null;
  confidence: number;
  shown: Shown;
  evidence: Evidence[];
  runner_up: Alternative | null;
  others: Alternative[];
  by: "draft" | "agent";
  rev: number;
  detail: Record<string, string | number>;
}

/** Danger to life that was heard: the number to hand over to, and the words. */
export interface Alarm {
  rule: string;
  number: string;
  evidence: Evidence;
  dismissed: boolean;
}

/** A second problem of the same call that has no draft of its own yet. */
export interface Further {
  category: string;
  confidence: number;
  evidence: Evidence[];
}

/** A filed case that the draft may repeat; `near` has `metres`. Nothing is merged by it. */
export interface Duplicate {
  case_id: string;
  number: string;
  why: "near" | "same-address" | "same-crossing";
  metres: number | null;
  filed_at: string;
}

/** `about` is the class that this draft was opened for, where it is about a second problem. */
export interface Draft {
  draft_id: string;
  call_id: string | null;
  state: "open" | "confirmed" | "discarded";
  case_id: string | null;
  rev: number;
  fields: Partial<Record<string, FieldValue>>;
  alarms: Alarm[];
  further: Further[];
  duplicates: Duplicate[];
  about: string | null;
}

export type CaseState = "filed" | "done" | "verified" | "closed" | "cancelled";

export const STEPS = ["queued", "delivered", "displayed", "accepted", "on_the_way", "arrived", "done"] as const;
export type DispatchStep = (typeof STEPS)[number] | "declined" | "returned" | "recalled";

export interface Dispatch {
  dispatch_id: string;
  case_id: string;
  unit_id: string;
  step: DispatchStep;
  reason: string | null;
  note: string | null;
  at: string;
}

/** Every field of the draft that it was, and what the case has; `spoken_code` is the short number that a citizen is told. */
export interface Case extends Partial<Record<BesideName, string | null>> {
  case_id: string;
  number: string;
  spoken_code: string;
  state: CaseState;
  category: string | null;
  category_name: string | null;
  category_name_en: string | null;
  district: string | null;
  district_name: string | null;
  address: string | null;
  crossing: string | null;
  description: string | null;
  urgency: string | null;
  handoff: string | null;
  subdistrict_name?: string | null;
  confidential: boolean;
  acceptor: string | null;
  call_ids: string[];
  filed_at: string;
  filed_by: string;
  updated_at: string;
  dispatches: Dispatch[];
}

export interface CatalogueRow {
  /** `scheme@version/code`: the value of a draft's category. */
  id: string;
  code: string;
  kind: "part" | "event";
  name_zh: string;
  name_en: string;
  major_zh: string;
  major_en: string;
}

export interface District {
  code: string;
  name_zh: string;
  name_en: string;
}

export interface CatalogueAnswer {
  rows: CatalogueRow[];
  districts: District[];
}

export interface Unit {
  unit_id: string;
  name: string;
  online: boolean;
  status: string | null;
  last_heard: string | null;
}

export interface Talkgroup {
  tg_id: string;
  name_zh: string;
  name_en: string;
}

/** Who talks in a talkgroup. `talker` is a unit, `dispatch` or `phone`; `away`: nobody keeps its floor. */
export interface Floor {
  talkgroup: string;
  stage: "idle" | "requested" | "taken" | "hang" | "away" | "closed";
  talker: string;
  talker_name: string;
  priority: number | null;
  emergency: boolean;
  since: string | null;
  waiting: number;
}

/** A talk in `Recall`. `from_s`, `until_s` are where it stands in the sound (null: not in it), `recorded_s` is how much of that is heard. */
export interface RecalledTalk {
  talk_id: string | null;
  party: string;
  name: string;
  emergency: boolean;
  came_from: string;
  began_at: string;
  ended_at: string | null;
  from_s: number | null;
  until_s: number | null;
  recorded_s: number;
}

/** `talked_s`: for so long somebody talked who is not heard. */
export interface RecallGap {
  since: string;
  until: string;
  from_s: number | null;
  until_s: number | null;
  talked_s: number;
}

export type Silence = "keep" | "drop";

/** What was said in a talkgroup; the same `until`, `seconds` and `silence` ask for its sound. Who talks now has no `ended_at`. */
export interface Recall {
  talkgroup: string;
  since: string;
  until: string;
  silence: Silence;
  seconds: number;
  talks: RecalledTalk[];
  gaps: RecallGap[];
  recordings: { recording_id: string }[];
}

export type TextState =
  | "queued"
  | "unreachable"
  | "sent"
  | "expired"
  | "delivered"
  | "displayed"
  | "received"
  | "read";

/** A text between the centre and a unit: `down` to it, `up` from it (`received`, `read`). `at` is when the centre took it. */
export interface UnitText {
  text_id: string;
  unit_id: string;
  way: "up" | "down";
  state: TextState;
  text: string;
  by: string;
  by_name: string;
  said_at: string;
  at: string;
  read_by: string;
}

/** `field.text_changed`: without the name of who wrote it. */
export type TextChanged = Omit<UnitText, "by_name" | "at"> & { taken_at: string };

/** A photo that a crew took; the picture is `GET /photos/{photo_id}`, and looking at it is audited. */
export interface Photo {
  photo_id: string;
  unit_id: string;
  state: "coming" | "kept" | "refused" | "erased";
  taken_at: string;
}

/** How a talkgroup's link to its network is; `why` says what is wrong and what to do, also of one that is up. */
export interface NetworkLink {
  talkgroup: string;
  up: boolean;
  why: string;
  why_zh: string;
}

/**
 * `radio_bridge.network_changed`, and one of `GET /networks` (there with `age_s`, the seconds since it was said). It is
 * said at each change and every half minute; `can` and `lacks` are capabilities (docs/radio.md).
 */
export interface Network {
  network: string;
  driver: string;
  state: "up" | "degraded" | "unknown";
  why: string;
  why_zh: string;
  links: NetworkLink[];
  can: string[];
  lacks: string[];
  age_s?: number;
}

/** A unit's emergency that is not cleared: an alarm (data), or a call (voice) on `talkgroup`. `asked` is who is to answer. */
export interface Emergency {
  alarm_id: string;
  unit_id: string;
  kind: "alarm" | "call";
  talkgroup: string;
  /** The case that it makes, or joins. */
  case_id: string | null;
  state: "raised" | "acknowledged" | "cleared";
  asked: "dispatcher" | "next_dispatcher" | "supervisor";
  raised_at: string;
  repeats: number;
  position: { lon: number; lat: number; accuracy_m: number } | null;
  position_at: string | null;
  acknowledged_by: string;
  note: string;
}

// Live link -------------------------------------------------------------------------------------------

/** `contexts` by call id; `away` names the parts whose database cannot be reached now. */
export interface Snapshot {
  me: User;
  calls: Call[];
  contexts: Record<string, CallerContext>;
  queues: Queue[];
  agents: Agent[];
  units: Unit[];
  /** For administrators, supervisors and the security contact. */
  attacks: Attack[];
  rights_alarms: RightsAlarm[];
  /** For dispatchers and supervisors. */
  floors: Floor[];
  emergencies: Emergency[];
  drafts: Draft[];
  segments: Segment[];
  cases: Case[];
  /** What runs now of `cdr.recording_paused`. */
  pauses: RecordingPaused[];
  board: Board;
  /** What is offered to this agent now. */
  callback_offer: CallbackOffered | null;
  away: string[];
}

// A field unit, over MQTT -----------------------------------------------------------------------------

export interface UnitConfig {
  mqtt_ws_url: string;
  tenant: string;
}

/** What every message has; `seq` rises by one with each message of one sender. */
export interface Payload {
  msg_id: string;
  seq: number;
  ts: string;
  schema: string;
}

export type AckStep = "delivered" | "displayed" | "accepted" | "declined";
export type StatusStep = "on_the_way" | "arrived" | "done" | "returned";
export type UnitStep = AckStep | StatusStep;

/** What the crew is told; never the caller's number or name. */
export interface JobBody {
  dispatch_id: string;
  case_number: string;
  category: string;
  place: string;
  position: { lon: number; lat: number; accuracy_m: number | null } | null;
  description: string;
  urgent: boolean;
  /** Names of other units that have it, or may believe so. */
  with_units?: string[];
}

export interface CaseMessage extends Payload {
  job: JobBody;
}

export interface Command extends Payload {
  /** `locate` asks where the unit is. */
  cmd: "recall" | "receipt" | "acknowledge" | "clear" | "ticket" | "locate";
  dispatch_id: string | null;
  of: string | null;
  /** The emergency that `by` has acknowledged or cleared. */
  alarm_id?: string | null;
  /** What opens the upload of this photo, as the answer to its announcement `of`; without it `reason` says how it ended. */
  photo_id?: string | null;
  ticket?: string;
  by?: string;
  reason: string;
}

/** A text, both ways; `msg_id` is its id. */
export interface TextMessage extends Payload {
  text: string;
  by: string;
}

/** A talkgroup that the unit may listen to; `on`: the centre counts it as listening. */
export interface GroupBody {
  tg_id: string;
  name_zh: string;
  name_en: string;
  talk: boolean;
  priority: number;
  on: boolean;
  incident: boolean;
}

/** All talkgroups that this unit may listen to. */
export interface Groups extends Payload {
  groups: GroupBody[];
}

export interface Sync extends Payload {
  jobs: JobBody[];
  /** What is not listed is no longer open. */
  complete: boolean;
}
