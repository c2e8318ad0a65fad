/** Where this device is, once, when the person asks for it. */
import { ref } from "vue";

export interface DevicePosition {
  lon: number;
  lat: number;
  accuracy_m: number;
}

const WITHIN_MS = 15_000;

export function usePosition() {
  const position = ref<DevicePosition | null>(null);
  const state = ref<"none" | "asking" | "found" | "away">("none");

  function ask(): Promise<DevicePosition | null> {
    state.value = "asking";
    return new Promise((resolve) => {
      const fail = () => {
        state.value = "away";
        resolve(null);
      };
      if (!("geolocation" in navigator)) return fail();
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          position.value = { lon: coords.longitude, lat: coords.latitude, accuracy_m: Math.min(100_000, Math.max(1, coords.accuracy)) };
          state.value = "found";
          resolve(position.value);
        },
        fail,
        { enableHighAccuracy: true, timeout: WITHIN_MS, maximumAge: 60_000 },
      );
    });
  }

  function drop(): void {
    position.value = null;
    state.value = "none";
  }

  return { position, state, ask, drop };
}
