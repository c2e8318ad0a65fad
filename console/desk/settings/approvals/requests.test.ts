import { describe, expect, it } from "vitest";
import type { RequestView } from "@shared/contracts/identity";
import { mayObject, mayWithdraw, told } from "./requests";

const request = (more: Partial<RequestView>): RequestView => ({
  number: 17,
  act: "erase-call",
  parameters: {},
  why: "",
  alone: false,
  asked_by: "chen.jing",
  asked_at: "",
  until: "",
  state: "waiting",
  verdict: "",
  decided_by: "",
  decided_at: null,
  remark: "",
  started_at: null,
  ended_at: null,
  outcome: "",
  waits: true,
  due_at: null,
  alarm: null,
  seen_by: "",
  own: false,
  ...more,
});

describe("a request for a second person", () => {
  it("says what it is about without what is empty", () => {
    expect(told({ from: "2026-11-01", queue: "", agent: "li.na" })).toBe("from 2026-11-01, agent li.na");
  });

  it("is withdrawn by who asked, and only before it is done", () => {
    expect(mayWithdraw(request({}), "chen.jing")).toBe(true);
    expect(mayWithdraw(request({}), "zhao.lei")).toBe(false);
    expect(mayWithdraw(request({ state: "running" }), "chen.jing")).toBe(false);
  });

  it("is objected to by another person until it is done, and afterwards where it was done alone", () => {
    expect(mayObject(request({ own: true }))).toBe(false);
    expect(mayObject(request({ state: "approved", waits: false }))).toBe(true);
    expect(mayObject(request({ state: "done", alone: true, waits: true }))).toBe(true);
    expect(mayObject(request({ state: "done", waits: false }))).toBe(false);
  });
});
