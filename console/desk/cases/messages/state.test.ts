import { describe, expect, it } from "vitest";
import { MessageState } from "@shared/contracts/citizen";
import { SHAPES, TONES, saidIn } from "./state";

describe("messages to citizens", () => {
  it("have a shape and a tone for every state", () => {
    for (const state of MessageState) expect([typeof SHAPES[state], typeof TONES[state]]).toEqual(["string", "string"]);
  });

  it("say what a follow-up was told and leave out what was not asked", () => {
    expect(saidIn({ contacted: null, solved: false, satisfaction: 2 })).toEqual([["solved", "no"], ["satisfaction", "2"]]);
    expect(saidIn({ contacted: null, solved: null, satisfaction: null })).toEqual([]);
  });
});
