import { afterEach, describe, expect, it, vi } from "vitest";
import { Microphone } from "./microphone";

function device() {
  const stop = vi.fn();
  const track = { enabled: true, stop, addEventListener: vi.fn() };
  let allow: (stream: unknown) => void = () => {};
  const asked = vi.fn(() => new Promise((resolve) => (allow = resolve)));
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: asked } });
  return { stop, asked, allow: () => allow({ getAudioTracks: () => [track], getTracks: () => [track] }) };
}

describe("the microphone of a page", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("is not opened by an answer that comes after everything was stopped", async () => {
    const { stop, allow } = device();
    const microphone = new Microphone(() => {});
    const asking = microphone.ask();
    microphone.stop();
    allow();
    await asking;
    expect(stop).toHaveBeenCalledOnce();
    expect(microphone.state).toBe("unasked");
  });

  it("is asked for once at a time, and again after a stop", async () => {
    const { asked, allow } = device();
    const microphone = new Microphone(() => {});
    const first = microphone.ask();
    void microphone.ask();
    expect(asked).toHaveBeenCalledOnce();
    allow();
    await first;
    expect(microphone.state).toBe("ready");
    microphone.stop();
    void microphone.ask();
    expect(asked).toHaveBeenCalledTimes(2);
  });
});
