import { beforeEach, describe, expect, it, vi } from "vitest";
import { placeOf, useLocation } from "./location";

const kept = new Map<string, string>();
vi.stubGlobal("localStorage", {
  getItem: (key: string) => kept.get(key) ?? null,
  setItem: (key: string, value: string) => kept.set(key, value),
  removeItem: (key: string) => kept.delete(key),
});

const here = (accuracy = 8): GeolocationPosition =>
  ({
    timestamp: Date.parse("2026-11-25T06:00:00Z"),
    coords: { longitude: 126.6, latitude: 45.7, accuracy, altitude: null, speed: Number.NaN, heading: null },
  }) as unknown as GeolocationPosition;

function device() {
  const watched: { heard: PositionCallback; failed: PositionErrorCallback }[] = [];
  const asked = vi.fn();
  const source = {
    getCurrentPosition: asked,
    watchPosition: (heard: PositionCallback, failed: PositionErrorCallback) => watched.push({ heard, failed }),
    clearWatch: vi.fn(),
  } as unknown as Geolocation;
  return { watched, asked, source };
}

beforeEach(() => kept.clear());

describe("where the device is", () => {
  it("is not looked for before the crew has agreed", () => {
    const { watched, source } = device();
    const location = useLocation(source);
    location.watch();
    expect(location.state.value).toBe("off");
    expect(watched).toEqual([]);
    expect(location.fix()).toBeNull();
  });

  it("is known after that, also on the next visit, until the crew takes it back", () => {
    const first = device();
    useLocation(first.source).agree(true);
    expect(first.watched).toHaveLength(1);
    const { watched, source } = device();
    const location = useLocation(source);
    location.watch();
    location.watch();
    expect(location.state.value).toBe("asking");
    expect(watched).toHaveLength(1);
    watched[0]!.heard(here());
    expect(location.state.value).toBe("on");
    expect(location.fix()).toEqual({ lon: 126.6, lat: 45.7, accuracy_m: 8, fix_at: "2026-11-25T06:00:00.000Z" });
    location.agree(false);
    expect(location.fix()).toBeNull();
    expect(source.clearWatch).toHaveBeenCalled();
    expect(useLocation(device().source).state.value).toBe("off");
  });

  it("is looked for anew when the centre asks, where the crew has agreed", () => {
    const { asked, source } = device();
    const location = useLocation(source);
    location.refresh();
    expect(asked).not.toHaveBeenCalled();
    location.agree(true);
    location.refresh();
    location.refresh();
    expect(asked).toHaveBeenCalledTimes(2);
    expect(asked.mock.calls[0]![2]).toMatchObject({ maximumAge: 0 });
  });

  it("says when the device forbids it or knows nothing, and goes on after that", () => {
    const { watched, source } = device();
    const location = useLocation(source);
    location.agree(true);
    const failure = (code: number) => ({ code, PERMISSION_DENIED: 1, POSITION_UNAVAILABLE: 2 }) as GeolocationPositionError;
    watched[0]!.failed(failure(1));
    expect(location.state.value).toBe("denied");
    watched[0]!.failed(failure(2));
    expect(location.state.value).toBe("unavailable");
    watched[0]!.heard(here());
    expect(location.state.value).toBe("on");
    const without = useLocation(null);
    without.agree(true);
    expect(without.state.value).toBe("unavailable");
  });

  it("is old after a minute, by a clock that nobody can set", () => {
    let now = 1000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const { watched, source } = device();
    const location = useLocation(source);
    location.agree(true);
    watched[0]!.heard(here());
    now += 59_000;
    expect(location.fix()).not.toBeNull();
    now += 2000;
    expect(location.fix()).toBeNull();
    vi.restoreAllMocks();
  });

  it("is asked for where the device lies still and says nothing by itself", () => {
    let now = 1000;
    vi.spyOn(performance, "now").mockImplementation(() => now);
    const { watched, asked, source } = device();
    const location = useLocation(source);
    location.place();
    location.agree(true);
    watched[0]!.heard(here());
    for (let second = 0; second < 59; second++) {
      now += 1000;
      location.place();
    }
    expect(asked).toHaveBeenCalledTimes(2);
    location.agree(false);
    asked.mock.calls[1]![0](here());
    expect([location.found.value, location.place()]).toEqual([null, null]);
    now += 60_000;
    location.place();
    expect(asked).toHaveBeenCalledTimes(2);
    vi.restoreAllMocks();
  });

  it("has no number that is none", () => {
    expect(placeOf(here(0))).toMatchObject({ accuracy_m: 1, speed_mps: null, heading_deg: null, altitude_m: null });
  });
});
