import { describe, expect, it } from "vitest";
import type { AgentView, HandoverPresetView, QueueView } from "@shared/contracts/hotline";
import { numberIn, targetsOf } from "./targets";

const preset = (service: string, number: string, available = true): HandoverPresetView => ({ service, number, zh: "消防", en: "Fire", mode: "blind", available });
const agent = (agent_id: string, name: string, state: AgentView["state"], phone: AgentView["phone"] = "here") => ({ agent_id, name, state, phone }) as AgentView;
const known = {
  presets: [preset("fire", "119"), preset("medical", "120", false)],
  agents: [agent("b", "王", "talking"), agent("a", "李", "ready"), agent("c", "张", "signed_out"), agent("d", "赵", "ready", "lost"), agent("me", "我", "ready")],
  queues: [{ queue: "second", waiting: 0 } as QueueView],
};
const ids = (words: string) => targetsOf(known, words, "me").map((row) => row.id);

describe("to whom a call can go", () => {
  it("lists services, then colleagues with the free ones first, then queues; never oneself or who cannot be rung", () => {
    expect(ids("")).toEqual(["service-fire", "service-medical", "agent-a", "agent-b", "queue-second"]);
  });

  it("marks a service to which no line leads", () => {
    expect(targetsOf(known, "120", "me").map((row) => row.free)).toEqual([false]);
  });

  it("takes any number that was typed, foremost, and a service by its own number", () => {
    expect(ids("139 0451-7777")).toEqual(["number"]);
    expect(ids("119")).toEqual(["service-fire"]);
    expect(numberIn("+86 (451) 8451-0000")).toBe("+8645184510000");
    expect(numberIn("道外区")).toBeNull();
  });
});
