/** Where to and how fast a camera moves by hand. */

export const DIRECTIONS = ["up", "left", "right", "down", "nearer", "farther"] as const;
export type Direction = (typeof DIRECTIONS)[number];

export const SPEEDS = ["slow", "fast"] as const;
export type Speed = (typeof SPEEDS)[number];

export const SIGNS: Readonly<Record<Direction, string>> = { up: "↑", left: "←", right: "→", down: "↓", nearer: "+", farther: "−" };

/** Keys of a keyboard that hold a direction; `=` is `+` without Shift. */
export const KEYS: Readonly<Record<string, Direction>> = { ArrowUp: "up", ArrowLeft: "left", ArrowRight: "right", ArrowDown: "down", "+": "nearer", "=": "nearer", "-": "farther" };

const SHARES: Readonly<Record<Speed, number>> = { slow: 0.25, fast: 0.8 };
const AXES: Readonly<Record<Direction, readonly [number, number, number]>> = { up: [0, 1, 0], left: [-1, 0, 0], right: [1, 0, 0], down: [0, -1, 0], nearer: [0, 0, 1], farther: [0, 0, -1] };

/** Each axis from -1 to 1 of the camera's fastest. */
export function velocity(to: Direction, speed: Speed): { pan: number; tilt: number; zoom: number } {
  const [pan, tilt, zoom] = AXES[to].map((one) => one * SHARES[speed]) as [number, number, number];
  return { pan, tilt, zoom };
}
