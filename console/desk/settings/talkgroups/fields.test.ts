import { describe, expect, it } from "vitest";
import { changeOf, facts, nothing } from "./fields";

describe("the fields of a talkgroup", () => {
  it("send only what differs, and rights as a whole", () => {
    const before = { ...nothing(), name_zh: "道里", name_en: "Daoli" };
    expect(changeOf(before, { ...before, talk: "all,  role:dispatcher" })).toEqual({});
    expect(changeOf(before, { ...before, name_zh: "道里区 ", priority: 7 })).toEqual({ name_zh: "道里区", priority: 7 });
    expect(changeOf(before, { ...before, talk: "members" })).toEqual({
      rights: { monitor: ["all", "role:dispatcher", "role:supervisor"], talk: ["members"], patch: ["role:dispatcher"] },
    });
  });

  it("are told one by one", () => {
    expect(facts({ ...nothing(), name_zh: "道里", name_en: "Daoli", talk: "members" }, (name) => name, (name) => name)).toContain("talk members");
  });
});
