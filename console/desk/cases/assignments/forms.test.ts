import { describe, expect, it } from "vitest";
import { errorWords, fresh, since } from "./forms";

describe("deliveries of forms", () => {
  it("tells since when a form is delivered, or since when it waits", () => {
    expect(since({ ended_at: null, created_at: "a" })).toBe("a");
    expect(since({ ended_at: "b", created_at: "a" })).toBe("b");
  });

  it("says what went wrong in words, and a status as it is", () => {
    expect(errorWords("http-503", String)).toBe("HTTP 503");
    expect(errorWords("timeout", String)).toBe("exchange.error.timeout");
    expect(errorWords("", String)).toBe("");
  });

  it("asks again while a form has not been tried", () => {
    expect(fresh([{ state: "waiting", attempts: 0 }])).toBe(true);
    expect(fresh([{ state: "waiting", attempts: 3 }, { state: "delivered", attempts: 1 }])).toBe(false);
    expect(fresh([])).toBe(false);
  });
});
