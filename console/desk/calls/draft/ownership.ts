/**
 * Who owns a field of the form. A draft writes only into a field that the agent neither owns, nor has the
 * focus in, nor is composing in; otherwise what it heard becomes a suggestion beside the field.
 */
import type { Alternative, EarlierValue, Evidence, FieldValue, Shown } from "@shared/contracts/cases";

export const DRAFT = "draft";
const AGENT = "agent";

export interface Suggestion {
  text: string;
  confidence: number;
  shown: Shown;
  evidence: readonly Evidence[];
  by: FieldValue["by"];
  author: string;
  authorName: string;
}

export interface HeldField {
  /** What the box shows. */
  text: string;
  /** The revision of the server's value that this field has seen. */
  rev: number;
  /** Empty while nobody has filled it. */
  by: FieldValue["by"] | "";
  confidence: number;
  shown: Shown;
  evidence: readonly Evidence[];
  runnerUp: Alternative | null;
  suggestion: Suggestion | null;
  /** Who wrote the server's value; empty for the machine. */
  author: string;
  authorName: string;
  /** What was overwritten, the newest first. */
  earlier: readonly EarlierValue[];
  /** The agent typed something that the server has not acknowledged. */
  unsaved: boolean;
}

/** What the agent's hands are doing in the field. */
export interface Hands {
  focused: boolean;
  composing: boolean;
}

export const EMPTY: HeldField = {
  text: "",
  rev: -1,
  by: "",
  confidence: 0,
  shown: "offered",
  evidence: [],
  runnerUp: null,
  suggestion: null,
  author: "",
  authorName: "",
  earlier: [],
  unsaved: false,
};

/** Somebody else wrote into the field while this person was typing in it: she decides which of the two stays. */
export const contested = (field: HeldField, me: string): boolean =>
  field.unsaved && field.suggestion?.by === AGENT && field.suggestion.author !== me;

export const byAgent = (field: Pick<HeldField, "by">): boolean => field.by === AGENT;

/** A value came from the server, in any order and perhaps twice. */
export function receive(field: HeldField, value: FieldValue, hands: Hands): HeldField {
  const text = value.value ?? "";
  if (value.rev < field.rev) return field;
  if (value.rev === field.rev) {
    // The same value, surer or with other words for it.
    const same = text === field.text && value.by === field.by && !field.unsaved;
    return same ? { ...field, ...origin(value) } : field;
  }
  const seen = { ...field, rev: value.rev, earlier: value.earlier };
  const owned = field.unsaved || (byAgent(field) && value.by === DRAFT);
  if (text === field.text) {
    // A draft that agrees with the agent does not take the field back.
    if (owned && value.by === DRAFT) return { ...seen, suggestion: null };
    return { ...seen, ...origin(value), suggestion: null, unsaved: false };
  }
  if (!owned && !hands.focused && !hands.composing) {
    return { ...seen, ...origin(value), text, suggestion: null };
  }
  const { confidence, shown, evidence, by, author, author_name: authorName } = value;
  return { ...seen, suggestion: { text, confidence, shown, evidence, by, author, authorName } };
}

function origin(value: FieldValue) {
  return {
    by: value.by,
    confidence: value.confidence,
    shown: value.shown,
    evidence: value.evidence,
    runnerUp: value.runner_up,
    author: value.author,
    authorName: value.author_name,
    earlier: value.earlier,
  };
}

/** The agent typed or chose. */
export function edit(field: HeldField, text: string): HeldField {
  return text === field.text ? field : { ...field, text, unsaved: true };
}

/** The focus left. A suggestion that waited only because of the focus is now shown in the field. */
export function leave(field: HeldField): HeldField {
  const waited = field.suggestion;
  if (waited === null || field.unsaved || (byAgent(field) && waited.by === DRAFT)) return field;
  return {
    ...field,
    text: waited.text,
    by: waited.by,
    author: waited.author,
    authorName: waited.authorName,
    confidence: waited.confidence,
    shown: waited.shown,
    evidence: waited.evidence,
    suggestion: null,
  };
}

/** The agent takes what is suggested; from then on the field is the agent's. What a colleague wrote stays hers. */
export function accept(field: HeldField): HeldField {
  if (field.suggestion === null) return field;
  if (field.suggestion.by === AGENT) return leave({ ...field, unsaved: false });
  return { ...field, text: field.suggestion.text, evidence: field.suggestion.evidence, suggestion: null, unsaved: true };
}

/** The agent keeps her own text against what somebody else wrote meanwhile; that can be restored. */
export function insist(field: HeldField): HeldField {
  return field.suggestion === null ? field : { ...field, suggestion: null, unsaved: true };
}

/** The server acknowledged `sent`; text that was typed meanwhile stays unsaved. */
export function saved(field: HeldField, sent: string, value: FieldValue): HeldField {
  const rev = Math.max(value.rev, field.rev);
  return { ...field, ...origin(value), rev, unsaved: field.text !== sent };
}

/** The words to mark in the transcript while the field has the focus. */
export function heard(field: HeldField): readonly Evidence[] {
  return field.suggestion?.evidence.length ? field.suggestion.evidence : field.evidence;
}
