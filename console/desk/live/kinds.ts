/** What the desk keeps of things of which both an event and an answer tell: the fields that it uses. */
import type { LedgerGap, LedgerSegment } from "@shared/contracts/cdr";
import type { EmergencyAlarmView, TextView, UnitView } from "@shared/contracts/field";
import type { NetworkView } from "@shared/contracts/radio_bridge";

/** One utterance; a partial is replaced by the next one with the same id. */
export type Segment = Pick<
  LedgerSegment,
  "segment_id" | "call_id" | "leg_id" | "speaker" | "text" | "started_at" | "start_s" | "end_s"
> & { final: boolean };

/** Somebody spoke and there is no text for it. */
export type Gap = Pick<
  LedgerGap,
  "segment_id" | "call_id" | "leg_id" | "speaker" | "started_at" | "start_s" | "end_s" | "reason"
>;

export type Unit = Pick<UnitView, "unit_id" | "name" | "online" | "status" | "last_heard">;

/** A unit's emergency that is not cleared. */
export type Emergency = Pick<
  EmergencyAlarmView,
  | "alarm_id"
  | "unit_id"
  | "kind"
  | "talkgroup"
  | "case_id"
  | "state"
  | "asked"
  | "raised_at"
  | "repeats"
  | "position"
  | "position_at"
  | "acknowledged_by"
  | "note"
>;

/** `age_s`, the seconds since it was told, is in the answer alone. */
export type Network = Pick<NetworkView, "network" | "driver" | "state" | "why" | "why_zh" | "links" | "can" | "lacks"> &
  Partial<Pick<NetworkView, "age_s">>;

/** A text between the centre and a unit. */
export type UnitText = Pick<
  TextView,
  "text_id" | "unit_id" | "way" | "state" | "text" | "by" | "by_name" | "said_at" | "at" | "read_by"
>;
