/** Which of many texts the words that somebody typed mean. Pure. */

const tokens = (words: string): string[] => words.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);

/** Every word stands somewhere in one of the texts. Nothing typed means everything. */
export function isMeant(words: string, ...texts: readonly (string | null | undefined)[]): boolean {
  const all = texts.filter(Boolean).join("\n").normalize("NFKC").toLowerCase();
  return tokens(words).every((word) => all.includes(word));
}

/** The digits of a telephone number that somebody typed or pasted with spaces and dashes; empty for other words. */
export function digitsOf(words: string): string {
  const bare = words.normalize("NFKC").replace(/[\s()-]/g, "");
  return /^\+?\d{3,}$/.test(bare) ? bare : "";
}

/** The foremost ones of each group, so that one kind does not hide the others. */
export function firstOf<T extends { group: string }>(found: readonly T[], most: number): T[] {
  const counted = new Map<string, number>();
  return found.filter(({ group }) => {
    const count = (counted.get(group) ?? 0) + 1;
    counted.set(group, count);
    return count <= most;
  });
}
