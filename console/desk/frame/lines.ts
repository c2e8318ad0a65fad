/** What differs between two texts, line by line. */

export interface Line {
  kind: "same" | "added" | "removed";
  text: string;
}

/** The shortest way from one text to another, line by line. */
export function lineChanges(before: string, after: string): Line[] {
  const a = before.split("\n");
  const b = after.split("\n");
  const longest = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i]![j] = a[i] === b[j] ? longest[i + 1]![j + 1]! + 1 : Math.max(longest[i + 1]![j]!, longest[i]![j + 1]!);
    }
  }
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push({ kind: "same", text: a[i]! });
      i++;
      j++;
    } else if (j >= b.length || (i < a.length && longest[i + 1]![j]! >= longest[i]![j + 1]!)) lines.push({ kind: "removed", text: a[i++]! });
    else lines.push({ kind: "added", text: b[j++]! });
  }
  return lines;
}

/** Lines that are the same, left out: how many. */
export interface Gap {
  kind: "gap";
  count: number;
}

/** The lines that changed, each with `context` lines around it. */
export function shortened(lines: readonly Line[], context = 2): (Line | Gap)[] {
  const near = lines.map((_, n) => lines.slice(Math.max(0, n - context), n + context + 1).some((line) => line.kind !== "same"));
  const short: (Line | Gap)[] = [];
  lines.forEach((line, n) => {
    const last = short.at(-1);
    if (near[n]) short.push(line);
    else if (last?.kind === "gap") last.count++;
    else short.push({ kind: "gap", count: 1 });
  });
  return short;
}
