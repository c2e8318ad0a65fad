import { describe, expect, it } from "vitest";
import type { CaseView, NearbyCaseView } from "@shared/contracts/cases";
import type { Role } from "@shared/contracts/core";
import { choices, tiesNow } from "./ties";

const ME = "li.na";
const now = (state: CaseView["state"], filed_by: string, ...roles: Role[]) => tiesNow({ state, filed_by }, new Set(roles), ME);
const one = (case_id: string, state = "filed"): CaseView => ({ case_id, state }) as CaseView;

describe("what may be done with a case and another one", () => {
  it("is for supervisors and dispatchers, and for an agent with his own case", () => {
    expect(now("filed", "sun", "dispatcher")).toEqual(["merge", "split", "relate"]);
    expect(now("done", "sun", "supervisor")).toEqual(["merge", "split", "relate"]);
    expect(now("filed", ME, "agent")).toEqual(["merge", "split", "relate"]);
    expect(now("filed", "sun", "agent")).toEqual([]);
    expect(now("filed", ME, "acceptor")).toEqual([]);
  });
  it("is to undo it where it was merged, and only to relate it once it is over", () => {
    expect(now("merged", "sun", "supervisor")).toEqual(["unmerge", "relate"]);
    expect(now("closed", "sun", "supervisor")).toEqual(["relate"]);
  });
});

describe("the cases to choose from", () => {
  it("are those near and those found, each once and not the case itself", () => {
    const near = [{ case: one("k2"), metres: 12 }, { case: one("k1"), metres: 0 }] as NearbyCaseView[];
    expect(choices(one("k1"), near, [one("k3"), one("k2")], true).map((it) => it.case_id)).toEqual(["k2", "k3"]);
  });
  it("are open ones where it has to go on", () => {
    expect(choices(one("k1"), [], [one("k2", "closed"), one("k3", "merged")], true)).toEqual([]);
    expect(choices(one("k1"), [], [one("k2", "closed")], false).map((it) => it.case_id)).toEqual(["k2"]);
  });
});
