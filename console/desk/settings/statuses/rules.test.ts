import { describe, expect, it } from "vitest";
import type { RuleView } from "@shared/contracts/field";
import { rulesOf, textOf } from "./rules";

const rules: RuleView[] = [
  { network: "*", kind: "button", code: "accept", step: "accepted" },
  { network: "sms", kind: "text", code: "on my way", step: "on_the_way" },
];

describe("the table of status codes", () => {
  it("is read as it is written", () => {
    expect(rulesOf(textOf(rules))).toEqual({ rules, wrong: [] });
  });

  it("names the lines that are no rule", () => {
    expect(rulesOf("* button accept accepted\n\n* knob x done\ntetra status 32768\n* text ok finished").wrong).toEqual([3, 4, 5]);
  });
});
