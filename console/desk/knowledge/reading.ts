/** Articles as a person reads them: found words marked, Markdown in blocks. */
import type { MarkedText } from "@shared/contracts/cases";

export interface Run {
  text: string;
  strong: boolean;
}

/** Spans count code points, not UTF-16 units. */
export function runsOf(marked: MarkedText): Run[] {
  const points = [...marked.text];
  const runs: Run[] = [];
  let at = 0;
  const take = (end: number, strong: boolean): void => {
    if (end > at) runs.push({ text: points.slice(at, end).join(""), strong });
    at = Math.max(at, end);
  };
  for (const [start, end] of [...marked.spans].sort((a, b) => a[0] - b[0])) {
    take(start, false);
    take(end, true);
  }
  take(points.length, false);
  return runs;
}

export interface Block {
  kind: "heading" | "item" | "text";
  runs: Run[];
}

function strongOf(line: string): Run[] {
  return line
    .split("**")
    .map((text, n) => ({ text, strong: n % 2 === 1 }))
    .filter((run) => run.text !== "");
}

const ENDS_LATIN = /[\x20-\x7e]$/;

/** Headings, items, paragraphs and bold; everything else stays as it was written. Nothing of it is markup. */
export function blocksOf(body: string): Block[] {
  const blocks: Block[] = [];
  let open: { kind: Block["kind"]; text: string } | null = null;
  const close = (): void => {
    if (open) blocks.push({ kind: open.kind, runs: strongOf(open.text) });
    open = null;
  };
  const begin = (kind: Block["kind"], text: string): void => {
    close();
    open = { kind, text };
  };
  for (const line of body.split("\n")) {
    const text = line.trim();
    const heading = /^#{1,6}\s+(.*)/.exec(text);
    const item = /^(?:[-*]|\d+[.)])\s+(.*)/.exec(text);
    const before = open as { kind: Block["kind"]; text: string } | null;
    if (text === "") close();
    else if (heading) {
      begin("heading", heading[1]!);
      close();
    } else if (item) begin("item", /^\d/.test(text) ? text : item[1]!);
    else if (before) before.text += (ENDS_LATIN.test(before.text) ? " " : "") + text;
    else begin("text", text);
  }
  close();
  return blocks;
}
