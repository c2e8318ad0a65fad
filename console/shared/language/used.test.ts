import { describe, expect, it } from "vitest";
import { zh as citizenZh } from "../../citizen/words/zh";
import { zh as deskZh } from "../../desk/words/zh";
import { zh as unitZh } from "../../unit/words/zh";

const desk = import.meta.glob<string>(["../../desk/**/*.{vue,ts}", "!../../desk/**/*.test.ts", "!../../desk/words/**"], { query: "?raw", import: "default", eager: true });
const unit = import.meta.glob<string>(["../../unit/**/*.{vue,ts}", "!../../unit/**/*.test.ts", "!../../unit/words/**"], { query: "?raw", import: "default", eager: true });
const citizen = import.meta.glob<string>(["../../citizen/**/*.{vue,ts}", "!../../citizen/**/*.test.ts", "!../../citizen/words/**"], { query: "?raw", import: "default", eager: true });

/** What stands at this key: a text, a table of texts, or nothing. */
const at = (words: object, key: string): unknown => key.split(".").reduce<unknown>((table, name) => (table as Record<string, unknown> | undefined)?.[name], words);

const LITERAL = /\bt\(\s*["']([\w.-]+)["']/g;
/** `control.act.${verb}`: the table before the first place to fill. */
const BEGUN = /\bt\(\s*`([\w-]+(?:\.[\w-]+)*)\.\$\{/g;

describe.each([
  ["desk", desk, deskZh, 100],
  ["unit", unit, unitZh, 10],
  ["citizen", citizen, citizenZh, 5],
])("the words that the %s asks for", (_app, files, words, least) => {
  it("are in its table: nobody reads a key", () => {
    expect(Object.keys(files).length).toBeGreaterThan(least);
    const missing: string[] = [];
    for (const [file, text] of Object.entries(files)) {
      for (const [, key] of text.matchAll(LITERAL)) if (typeof at(words, key!) !== "string") missing.push(`${key} in ${file}`);
      for (const [, key] of text.matchAll(BEGUN)) if (typeof at(words, key!) !== "object") missing.push(`${key}.… in ${file}`);
    }
    expect(missing).toEqual([]);
  });
});
