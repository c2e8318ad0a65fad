import { describe, expect, it } from "vitest";
import { en as citizenEn } from "../../citizen/words/en";
import { zh as citizenZh } from "../../citizen/words/zh";
import { en as deskEn } from "../../desk/words/en";
import { zh as deskZh } from "../../desk/words/zh";
import { en as unitEn } from "../../unit/words/en";
import { zh as unitZh } from "../../unit/words/zh";

/** Each part of the desk's words, by its file. */
const parts = import.meta.glob<Record<string, object>>("../../desk/words/zh/*.ts", { eager: true });

function texts(table: object, at = ""): Record<string, string> {
  return Object.assign(
    {},
    ...Object.entries(table).map(([key, value]: [string, unknown]) =>
      typeof value === "string" ? { [at + key]: value } : texts(value as object, `${at}${key}.`),
    ),
  ) as Record<string, string>;
}

const places = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

describe.each([
  ["desk", deskZh, deskEn],
  ["unit", unitZh, unitEn],
  ["citizen", citizenZh, citizenEn],
])("the words of the %s", (_app, zh, en) => {
  it("are there in both languages, with the same places to fill", () => {
    const [chinese, english] = [texts(zh), texts(en)];
    expect(Object.keys(english).sort()).toEqual(Object.keys(chinese).sort());
    for (const [key, text] of Object.entries(chinese)) {
      expect(text.trim(), key).not.toBe("");
      expect(english[key]!.trim(), key).not.toBe("");
      expect(places(english[key]!), key).toEqual(places(text));
    }
  });

  it("are Chinese where they say so, and free of Chinese in English", () => {
    for (const [key, text] of Object.entries(texts(en))) {
      if (key !== "language.zh") expect(text, key).not.toMatch(/[一-鿿]/);
    }
    for (const [key, text] of Object.entries(texts(zh))) {
      if (key !== "language.en") expect(text, key).toMatch(/[一-鿿]/);
    }
  });
});

describe("the parts of the desk's words", () => {
  it("do not hide each other: no two have the same first key, nor say the same problem", () => {
    const owners = new Map<string, string>();
    for (const [file, part] of Object.entries(parts)) {
      const own = Object.entries(part).flatMap(([name, table]) =>
        Object.keys(table).map((key) => (name === "problems" ? `problem.${key}` : key)),
      );
      if ("common" in part) own.push(...Object.keys((part.common as { problem: object }).problem).map((key) => `problem.${key}`));
      for (const key of own) {
        expect(owners.get(key), `${key} in ${file}`).toBeUndefined();
        owners.set(key, file);
      }
    }
    expect(Object.keys(parts).length).toBeGreaterThan(8);
  });
});
