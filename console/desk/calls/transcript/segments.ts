/** A call's words in order: a partial is replaced by the segment with the same id, and a final one stays. */
import type { Evidence } from "@shared/contracts/cases";
import type { Gap, Segment } from "../../live/kinds";

export const MOST_SEGMENTS = 3000;
export const MOST_GAPS = 200;

/** The segments with one more; sorted by when they were said, bounded by dropping the oldest. */
export function withSegment(segments: readonly Segment[], heard: Segment): Segment[] {
  const at = segments.findIndex((segment) => segment.segment_id === heard.segment_id);
  if (at >= 0) {
    // A late partial never takes back what was final.
    if (segments[at]!.final && !heard.final) return segments as Segment[];
    const next = segments.slice();
    next[at] = heard;
    return next[at - 1] && before(heard, next[at - 1]!) ? next.sort(order) : next;
  }
  let place = segments.length;
  while (place > 0 && before(heard, segments[place - 1]!)) place -= 1;
  const next = segments.slice();
  next.splice(place, 0, heard);
  return next.length > MOST_SEGMENTS ? next.slice(next.length - MOST_SEGMENTS) : next;
}

export function withSegments(segments: readonly Segment[], heard: readonly Segment[]): Segment[] {
  return heard.reduce<Segment[]>((all, segment) => withSegment(all, segment), segments.slice());
}

const order = (a: Segment, b: Segment) => when(a) - when(b) || a.segment_id.localeCompare(b.segment_id);
const before = (a: Segment, b: Segment) => order(a, b) < 0;

export function withGap(gaps: readonly Gap[], gap: Gap): Gap[] {
  const others = gaps.filter((known) => known.segment_id !== gap.segment_id);
  return [...others, gap].sort((a, b) => when(a) - when(b)).slice(-MOST_GAPS);
}

/** One row of what is shown: words, or a gap where words should be. */
export type Row = { key: string; segment: Segment; gap: null } | { key: string; segment: null; gap: Gap };

export function rows(segments: readonly Segment[], gaps: readonly Gap[]): Row[] {
  const spoken = new Set(segments.map((segment) => segment.segment_id));
  const all: Row[] = [
    ...segments.map((segment) => ({ key: segment.segment_id, segment, gap: null })),
    ...gaps
      .filter((gap) => !spoken.has(gap.segment_id))
      .map((gap) => ({ key: `gap-${gap.segment_id}`, segment: null, gap })),
  ];
  return all.sort((a, b) => when(a.segment ?? a.gap!) - when(b.segment ?? b.gap!));
}

function when(said: { started_at: string }): number {
  const at = Date.parse(said.started_at);
  return Number.isNaN(at) ? 0 : at;
}

export interface Piece {
  text: string;
  marked: boolean;
}

/**
 * A text cut where evidence begins and ends, so that a page can mark the pieces without building HTML.
 * Offsets are Unicode code points, as the drafting side counts them.
 */
export function pieces(text: string, segmentId: string, evidence: readonly Evidence[]): Piece[] {
  const points = Array.from(text);
  const marked = new Array<boolean>(points.length).fill(false);
  for (const span of evidence) {
    if (span.segment_id !== segmentId) continue;
    marked.fill(true, Math.max(0, span.start), Math.min(points.length, span.end));
  }
  const cut: Piece[] = [];
  points.forEach((point, i) => {
    const last = cut.at(-1);
    if (last && last.marked === marked[i]) last.text += point;
    else cut.push({ text: point, marked: marked[i]! });
  });
  return cut;
}
