/** Finds classes of the catalogue: by the start of a code, or by every word of a name in either language. */
import type { CategoryRow } from "@shared/contracts/cases";

export const MOST_SHOWN = 40;

export function matching(rows: readonly CategoryRow[], wanted: string): CategoryRow[] {
  const words = wanted.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows.slice(0, MOST_SHOWN);
  const ranked = rows.flatMap((row) => {
    const code = row.code.toLowerCase();
    const text = `${code} ${row.name_zh} ${row.name_en} ${row.major_zh} ${row.major_en}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return [];
    const first = words[0]!;
    const rank = code === first ? 0 : code.startsWith(first) ? 1 : row.name_zh.includes(first) ? 2 : 3;
    return [{ row, rank }];
  });
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, MOST_SHOWN)
    .map(({ row }) => row);
}
