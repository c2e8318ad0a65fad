import { describe, expect, it } from "vitest";
import type { Told } from "@shared/talk/button";
import { AGAIN_MS, ended, hold, look, MOST_LOSSES, PATIENCE_MS, pressed, type Held } from "./held";

const told = (kind: Told["kind"], cause = ""): Told => ({ kind, cause, position: null });
const DEAD = told("revoked", "dead_key");

describe("a pedal that goes on being held", () => {
  it("asks again when its signs of life or their answers did not arrive", () => {
    for (const end of [DEAD, told("revoked", "unreachable"), told("revoked", "restarted"), told("silent"), told("denied", "no_answer")]) {
      const held = ended(hold(true, 0), end, 1000)!;
      expect(held).toMatchObject({ takeOver: true, losses: 1 });
      expect(look(held, true, 1000 + AGAIN_MS - 1)).toBe("wait");
      expect(look(held, false, 1000 + AGAIN_MS)).toBe("wait");
      expect(look(held, true, 1000 + AGAIN_MS)).toBe("press");
      expect(look(pressed(held, 2000), true, 9000)).toBe("wait");
    }
  });

  it("asks no more after an end that somebody decided", () => {
    const decided = [told("revoked", "pre_empted"), told("revoked", "time_out"), told("revoked", "not_a_member"), told("denied", "network_busy"), told("released")];
    for (const end of decided) expect(ended(hold(false, 0), end, 1000), end.cause).toBeNull();
  });

  it("is given up when the way is gone for long, and after some losses in a row", () => {
    const held = ended(hold(false, 0), DEAD, 1000)!;
    expect(look(held, false, 1000 + PATIENCE_MS)).toBe("give_up");
    let one: Held | null = hold(false, 0);
    for (let n = 1; n <= MOST_LOSSES; n++) {
      one = ended(pressed(one!, n * 3000), DEAD, n * 3000 + 2000);
      expect(one?.losses).toBe(n);
    }
    expect(ended(pressed(one!, 30_000), DEAD, 32_000)).toBeNull();
    // A talk that lasted was no loss of the same row.
    expect(ended(pressed(one!, 30_000), DEAD, 50_000)?.losses).toBe(1);
  });
});
