import { describe, expect, it } from "vitest";
import type { Role } from "@shared/contracts/core";
import { actsNow, isOwnWork, type CaseAct } from "./acts";

const ME = "wang.wei";
type Filed = Parameters<typeof actsNow>[0];
const filed = (change: Partial<Filed> = {}): Filed => ({ state: "filed", acceptor: null, confidential: false, filed_by: "li.na", ...change });
const may = (change: Partial<Filed>, ...roles: Role[]): CaseAct[] => actsNow(filed(change), new Set(roles), ME);

describe("what may be done with a case now", () => {
  it("is for an acceptor: verify what is done, close what he verified himself, send both back", () => {
    expect(may({}, "acceptor")).toEqual(["done"]);
    expect(may({ state: "done" }, "acceptor")).toEqual(["verify", "reopen"]);
    expect(may({ state: "verified", acceptor: ME }, "acceptor")).toEqual(["close", "reopen"]);
    expect(may({ state: "verified", acceptor: "other" }, "acceptor")).toEqual(["verify", "reopen"]);
    expect(may({ state: "closed", acceptor: ME }, "acceptor")).toEqual(["reopen_closed"]);
    expect(may({ state: "closed" }, "dispatcher")).toEqual(["hide"]);
  });

  it("is for a dispatcher: give it to units and cancel, and neither verify nor close", () => {
    expect(may({}, "dispatcher")).toEqual(["dispatch", "done", "cancel", "department", "hide"]);
    expect(may({ state: "done" }, "dispatcher")).toEqual(["reopen", "cancel", "department", "hide"]);
    expect(may({ state: "verified" }, "dispatcher")).toEqual(["reopen", "department", "hide"]);
    expect(may({ state: "handed_over" }, "dispatcher")).toEqual(["hide"]);
  });

  it("is for agents and supervisors: link a call; only a supervisor lifts secrecy", () => {
    expect(may({}, "agent")).toEqual(["dispatch", "hide", "link"]);
    expect(may({}, "supervisor")).toEqual(["hide", "link"]);
    expect(may({ confidential: true }, "supervisor")).toEqual(["lift", "link"]);
    expect(may({ confidential: true }, "agent")).toEqual([]);
    expect(may({ confidential: true, filed_by: ME }, "agent")).toEqual(["dispatch", "link"]);
  });

  it("is nothing for who only administers", () => expect(may({ state: "done" }, "admin")).toEqual([]));
});

describe("a look that is own work", () => {
  const own = (change: Partial<Filed>, ...roles: Role[]) => isOwnWork(filed(change), new Set(roles), ME);
  it("is one at what one filed or accepts, or has before one to dispatch or to verify", () => {
    expect(own({ filed_by: ME }, "agent")).toBe(true);
    expect(own({ state: "closed", acceptor: ME }, "acceptor")).toBe(true);
    expect(own({}, "dispatcher")).toBe(true);
    expect(own({ state: "verified" }, "acceptor")).toBe(true);
  });
  it("is not one at a colleague's", () => {
    expect(own({}, "agent")).toBe(false);
    expect(own({}, "supervisor")).toBe(false);
    expect(own({ state: "closed" }, "dispatcher")).toBe(false);
  });
});
