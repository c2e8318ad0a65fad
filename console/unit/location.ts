/**
 * Where the device is: only after the crew has agreed on this device, and only while it has. What is known goes to
 * the centre every ten seconds, with texts of help and with photos; nothing of it is kept here.
 */
import { computed, ref } from "vue";
import type { TerminalFix } from "./kept";

const AGREED = "songhua.unit.location";
/** An older position says nothing about now. */
const FRESH_MS = 60_000;
/** A device that lies still may say nothing by itself: after so long it is asked. */
const SILENT_MS = 20_000;
const WISHES: PositionOptions = { enableHighAccuracy: true, maximumAge: 10_000, timeout: 60_000 };

/** `off`: nobody has agreed. `asking`: the device looks for itself. `denied`: its owner has forbidden it. */
export type LocationState = "off" | "asking" | "on" | "denied" | "unavailable";

export interface Place extends TerminalFix {
  altitude_m: number | null;
  speed_mps: number | null;
  heading_deg: number | null;
}

export function useLocation(source: Geolocation | null = navigator.geolocation ?? null) {
  const agreed = ref(localStorage.getItem(AGREED) === "yes");
  const found = ref<{ place: Place; at: number } | null>(null);
  const trouble = ref<"" | "denied" | "unavailable">("");
  let watching: number | null = null;
  let askedAt = -Infinity;

  const state = computed<LocationState>(() => {
    if (!agreed.value) return "off";
    if (trouble.value) return trouble.value;
    return found.value ? "on" : "asking";
  });

  function watch(): void {
    if (!agreed.value || watching !== null) return;
    if (!source) {
      trouble.value = "unavailable";
      return;
    }
    watching = source.watchPosition(heard, failed, WISHES);
  }

  function ask(): void {
    const now = performance.now();
    if (watching === null || now - Math.max(askedAt, found.value?.at ?? -Infinity) < SILENT_MS) return;
    askedAt = now;
    source?.getCurrentPosition(heard, failed, WISHES);
  }

  /** The centre asks: the device looks anew, however lately it was asked, where the crew has agreed. */
  function refresh(): void {
    if (watching === null) return;
    askedAt = performance.now();
    source?.getCurrentPosition(heard, failed, { ...WISHES, maximumAge: 0 });
  }

  function heard(position: GeolocationPosition): void {
    // What comes late, after the crew took its word back, is not heard.
    if (watching === null) return;
    trouble.value = "";
    found.value = { place: placeOf(position), at: performance.now() };
  }

  function failed(error: GeolocationPositionError): void {
    if (watching === null) return;
    // A fix that was not found in time is tried again by the device itself.
    if (error.code === error.PERMISSION_DENIED) trouble.value = "denied";
    else if (error.code === error.POSITION_UNAVAILABLE) trouble.value = "unavailable";
  }

  function stop(): void {
    if (watching !== null) source?.clearWatch(watching);
    watching = null;
    found.value = null;
    trouble.value = "";
  }

  function agree(yes: boolean): void {
    agreed.value = yes;
    if (yes) {
      localStorage.setItem(AGREED, "yes");
      watch();
    } else {
      localStorage.removeItem(AGREED);
      stop();
    }
  }

  /** The place now; null when nobody has agreed, or when it is old. Asked for often. */
  function place(): Place | null {
    ask();
    const known = found.value;
    return known !== null && performance.now() - known.at < FRESH_MS ? known.place : null;
  }

  /** What goes along with an alarm or a photo. */
  function fix(): TerminalFix | null {
    const known = place();
    return known && { lon: known.lon, lat: known.lat, accuracy_m: known.accuracy_m, fix_at: known.fix_at };
  }

  return { state, agreed, found: computed(() => found.value?.place ?? null), agree, watch, stop, place, fix, refresh };
}

export function placeOf(position: GeolocationPosition): Place {
  const { longitude, latitude, accuracy, altitude, speed, heading } = position.coords;
  const number = (value: number | null) => (value !== null && Number.isFinite(value) ? value : null);
  return {
    lon: longitude,
    lat: latitude,
    accuracy_m: Math.max(1, accuracy),
    fix_at: new Date(position.timestamp).toISOString(),
    altitude_m: number(altitude),
    speed_mps: number(speed),
    heading_deg: number(heading),
  };
}
