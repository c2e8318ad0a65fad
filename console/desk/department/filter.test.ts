import { describe, expect, it } from "vitest";
import { queryOf, SHOWN, toSign } from "./filter";

describe("what a department's list asks for", () => {
  it("names states, or what is late, and without a choice what is in hand", () => {
    expect(queryOf("inHand")).toEqual({});
    expect(queryOf("overdue")).toEqual({ overdue: true });
    expect(queryOf("all")).toEqual({ open: false });
    expect(queryOf("toSign")).toEqual({ state: ["waiting", "sent_back"] });
  });

  it("has each state in one choice at most", () => {
    const all = SHOWN.flatMap((one) => queryOf(one).state ?? []);
    expect(new Set(all).size).toBe(all.length);
  });

  it("asks for a signature where nobody has signed or a return was refused", () => {
    expect(toSign("sent_back")).toBe(true);
    expect(toSign("handling")).toBe(false);
  });
});
