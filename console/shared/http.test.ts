import { afterEach, describe, expect, it, vi } from "vitest";
import { get, Refused } from "./http";

afterEach(() => vi.unstubAllGlobals());

const answers = (body: BodyInit | null, status = 200) =>
  vi.stubGlobal("fetch", () => Promise.resolve(new Response(body, { status })));

describe("an answer of the gateway", () => {
  it("is JSON", async () => {
    answers('{"warnings": []}');
    expect(await get("/warnings/running")).toEqual({ warnings: [] });
  });

  it("is none when its body breaks off", async () => {
    answers(new ReadableStream({ start: (controller) => controller.error(new Error("cut")) }));
    const refused = await get("/warnings/running").catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(Refused);
    expect((refused as Refused).status).toBe(0);
  });

  it("is a problem with its status, whatever its body", async () => {
    answers("<html>", 502);
    const refused = await get("/warnings/running").catch((error: unknown) => error);
    expect((refused as Refused).status).toBe(502);
  });
});
