import { describe, expect, it } from "vitest";
import type { LinkView } from "@shared/contracts/radio_bridge";
import type { Network } from "../../live/kinds";
import { applyEvent, applySnapshot, emptyState } from "../../live/state";
import { zh } from "../../words/zh";
import { heardNow, LACKS, lacksOf, linkOf, SILENT_MS, takeIn, type KnownNetwork } from "./networks";

const link = (talkgroup: string, more: Partial<LinkView> = {}): LinkView => ({ talkgroup, up: true, why: "", why_zh: "", ...more });
const network = (name: string, more: Partial<Network> = {}): Network => ({
  network: name,
  driver: name,
  state: "up",
  why: "",
  why_zh: "",
  links: [],
  can: [],
  lacks: [],
  ...more,
});
const known = (...all: Network[]): Record<string, KnownNetwork> =>
  Object.fromEntries(all.map((one) => [one.network, heardNow(one, 0)]));
const DOWN = { up: false, why: "it is away", why_zh: "不在" };

describe("the network of a talkgroup", () => {
  it("is as its own link is, whatever the others are", () => {
    const svx = network("svx", { state: "degraded", links: [link("svx:1"), link("svx:2", DOWN), link("svx:3", { why: "no talks" })] });
    const stages = ["svx:1", "svx:2", "svx:3", "svx:4", "dmr:9"].map((group) => linkOf(group, known(svx), 0).stage);
    expect(stages).toEqual(["up", "down", "trouble", "missing", "missing"]);
    expect(linkOf("svx:2", known(svx), 0)).toMatchObject({ why: "it is away", why_zh: "不在" });
  });

  it("is as the whole network is where that names no links", () => {
    expect(linkOf("app:daoli", known(network("app")), 0).stage).toBe("up");
    const away = network("app", { state: "degraded", why: "no broker", why_zh: "没有消息服务器" });
    expect(linkOf("app:daoli", known(away), 0)).toMatchObject({ stage: "down", why: "no broker", why_zh: "没有消息服务器" });
  });

  it("is unknown when it was not told of for 90 s, and what was wrong with it then does not count", () => {
    const svx = known(network("svx", { links: [link("svx:1", DOWN)], lacks: ["text"] }));
    expect(linkOf("svx:1", svx, SILENT_MS).stage).toBe("down");
    expect(linkOf("svx:1", svx, SILENT_MS + 1)).toEqual({ stage: "unknown", why: "", why_zh: "", lacks: ["text"] });
  });

  it("is live by events, and an answer that was asked for before one does not undo it", () => {
    const state = emptyState();
    const told = network("svx", { links: [link("svx:1", DOWN)] });
    applyEvent(state, { type: "radio_bridge.network_changed", version: 1, id: "e", at: "", ...told });
    const at = state.networks["svx"]!.heard_at;
    expect(Math.abs(Date.now() - at)).toBeLessThan(5_000);
    takeIn(state.networks, [{ ...network("svx", { links: [link("svx:1")] }), age_s: 20 }, { ...network("dmr"), age_s: 100 }], at + 50);
    expect(linkOf("svx:1", state.networks, at).stage).toBe("down");
    expect(linkOf("dmr:9", state.networks, at).stage).toBe("unknown");
    takeIn(state.networks, [{ ...network("svx", { links: [link("svx:1")] }), age_s: 0.1 }], at + 1_000);
    expect(linkOf("svx:1", state.networks, at).stage).toBe("up");
    applySnapshot(state, {});
    expect(Object.keys(state.networks).sort()).toEqual(["dmr", "svx"]);
  });
});

describe("what a network lacks", () => {
  it("begins with what a dispatcher has to know first", () => {
    const svx = network("svx", { can: ["speak", "hear"], lacks: ["text", "queue", "pre_empt", "emergency_call", "job"] });
    expect(lacksOf(svx)).toEqual(["emergency", "queue", "text", "job"]);
  });

  it("is no sound where neither side is heard, and then no emergency waits", () => {
    expect(lacksOf(network("dmr", { lacks: ["hear", "speak", "pre_empt", "emergency_call"] }))).toEqual(["sound"]);
    expect(lacksOf(network("p25", { can: ["hear"], lacks: ["speak"] }))).toEqual(["speak"]);
    expect(lacksOf(network("x", { can: ["speak", "pre_empt"], lacks: ["hear", "emergency_call"] }))).toEqual(["hear"]);
  });

  it("is not what the centre does by itself for terminals", () => {
    expect(lacksOf(network("app", { lacks: ["speak", "hear", "grant", "queue", "priority", "pre_empt", "talker", "emergency_call"] }))).toEqual([]);
  });

  it("has words for each", () => {
    expect(Object.keys(zh.floor.network.lack).sort()).toEqual([...LACKS].sort());
  });
});
