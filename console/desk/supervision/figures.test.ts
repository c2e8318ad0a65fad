import { describe, expect, it } from "vitest";
import type { AgentView, BoardView } from "@shared/contracts/hotline";
import { inOrder, tiles } from "./figures";

const board = (total: object, more: object = {}) =>
  ({ total: { waiting: 0, longest_since: null, within_15s_24h: null, connect_rate_24h: null, ...total }, agents: {}, callbacks_due: 0, ...more }) as unknown as BoardView;
const agent = (name: string, more: Partial<AgentView>) =>
  ({ agent_id: name, name, state: "ready", phone: "here", page: "here", overdue: false, missed: 0, ...more }) as AgentView;
const text = (one: BoardView | null, now = 0) => Object.fromEntries(tiles(one, now).map((tile) => [tile.name, `${tile.text}${tile.tone ? ` ${tile.tone}` : ""}`]));

describe("tiles", () => {
  it("say nothing of what is not known", () => {
    expect(Object.values(text(null))).toEqual(["–", "–", "–", "–", "–", "–"]);
    expect(text(board({}))).toMatchObject({ inTime: "–", connect: "–", waiting: "0", ready: "0 warn" });
  });

  it("judge by 95 % and never round up to it", () => {
    expect(text(board({ connect_rate_24h: 0.9499 })).connect).toBe("94.9 % warn");
    expect(text(board({ connect_rate_24h: 0.95 })).connect).toBe("95.0 % good");
  });

  it("count the longest wait on between two boards", () => {
    const since = board({ waiting: 1, longest_since: "2026-11-30T08:00:00Z" });
    expect(text(since, Date.parse("2026-11-30T08:00:15Z")).longest).toBe("0:15");
    expect(text(since, Date.parse("2026-11-30T08:01:05Z")).longest).toBe("1:05 warn");
  });
});

describe("agents", () => {
  it("stand with what is out of order first and the signed out last", () => {
    const rows = [
      agent("away", { state: "signed_out", phone: "lost" }),
      agent("free", {}),
      agent("talks", { state: "talking" }),
      agent("late", { state: "wrap_up", overdue: true }),
      agent("lost", { phone: "lost" }),
    ];
    expect(inOrder(rows).map((one) => one.name)).toEqual(["late", "lost", "talks", "free", "away"]);
  });
});
