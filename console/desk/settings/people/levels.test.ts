import { describe, expect, it } from "vitest";
import { difference, scopesText, skillsOf, skillsText, words } from "./levels";

describe("skills and scopes as text", () => {
  it("are read as they are written", () => {
    const skills = { "subject:water": 5, "language:en": 3 };
    expect(skillsText(skills)).toBe("language:en=3 subject:water=5");
    expect(skillsOf(skillsText(skills))).toEqual(skills);
    expect(skillsOf("language:en=3，subject:water=5")).toEqual(skills);
    expect(skillsOf("")).toEqual({});
    expect(scopesText({ queue: ["hotline", "a"], district: ["230102"] })).toBe("district=230102 queue=a queue=hotline");
  });

  it("are refused where a level or a kind is none", () => {
    for (const wrong of ["language:en", "language:en=6", "language:en=0", "colour:red=1", "language:=1", "language:en=1=2"]) expect(skillsOf(wrong), wrong).toBeNull();
  });

  it("tell what a change adds and takes away", () => {
    expect(difference(words("a=1 b=2"), words("a=1, c=3"))).toEqual({ added: ["c=3"], removed: ["b=2"] });
    expect(difference(["a"], ["a", "a"])).toEqual({ added: [], removed: [] });
  });
});
