/** Skills and scopes as one line of text, and what a change of them does. */

const SKILL = /^(?:language|district|subject):[a-z0-9][a-z0-9_-]{0,31}$/;

/** `language:en=3 subject:water=5`: levels from 1 to 5; null for what is written otherwise. */
export function skillsOf(text: string): Record<string, number> | null {
  const found: Record<string, number> = {};
  for (const one of text.split(/[\s,，、]+/).filter(Boolean)) {
    const [name = "", level = ""] = one.split("=");
    if (!SKILL.test(name) || !/^[1-5]$/.test(level) || one.split("=").length !== 2) return null;
    found[name] = Number(level);
  }
  return found;
}

export const skillsText = (skills: Record<string, number>): string =>
  Object.entries(skills)
    .map(([name, level]) => `${name}=${level}`)
    .sort()
    .join(" ");

export const scopesText = (scopes: Record<string, string[]>): string =>
  Object.entries(scopes)
    .flatMap(([kind, names]) => names.map((name) => `${kind}=${name}`))
    .sort()
    .join(" ");

export interface Difference {
  added: string[];
  removed: string[];
}

/** What is in one of two lines and not in the other. */
export function difference(before: readonly string[], after: readonly string[]): Difference {
  return {
    added: [...new Set(after)].filter((one) => !before.includes(one)),
    removed: [...new Set(before)].filter((one) => !after.includes(one)),
  };
}

export const words = (text: string): string[] => text.split(/[\s,，、]+/).filter(Boolean);
