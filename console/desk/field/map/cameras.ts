/** What cameras see, as areas on the map: a sector from near to far, or a circle; WGS-84 degrees. Pure. */
import type { CameraView } from "@shared/contracts/sensing";

const METRES_PER_DEGREE = (Math.PI / 180) * 6_371_008.8;
/** Between two points of a border. */
const STEP = 6;
const COLOURS: Readonly<Record<CameraView["state"], string>> = { up: "#1f7a4d", away: "#b4551e", unknown: "#5b6b7d" };

type Point = [number, number];
type Seen = Pick<CameraView, "lon" | "lat" | "azimuth" | "view_angle" | "near_m" | "far_m" | "kind">;

/** The border, closed. */
export function outlineOf(camera: Seen): Point[] {
  const whole = camera.kind === "ptz" || camera.view_angle >= 360 || camera.azimuth === null;
  const angle = whole ? 360 : camera.view_angle;
  const from = whole ? 0 : camera.azimuth! - angle / 2;
  const steps = Math.max(2, Math.ceil(angle / STEP));
  const arc = (metres: number): Point[] => Array.from({ length: steps + 1 }, (_, at) => pointAt(camera, metres, from + (angle * at) / steps));
  const far = arc(camera.far_m);
  const near: Point[] = whole ? [] : camera.near_m > 0 ? arc(camera.near_m).reverse() : [[camera.lon, camera.lat]];
  return [...far, ...near, far[0]!];
}

function pointAt(camera: Seen, metres: number, bearing: number): Point {
  const turned = (bearing * Math.PI) / 180;
  const wide = METRES_PER_DEGREE * Math.cos((camera.lat * Math.PI) / 180);
  return [camera.lon + (metres * Math.sin(turned)) / wide, camera.lat + (metres * Math.cos(turned)) / METRES_PER_DEGREE];
}

/** GeoJSON of those that are in use, each with its name and the colour of its state. */
export function viewsOf(cameras: readonly CameraView[]): unknown {
  const features = cameras
    .filter((one) => one.in_use)
    .map((one) => ({
      type: "Feature",
      properties: { name: one.name, colour: COLOURS[one.state] },
      geometry: { type: "Polygon", coordinates: [outlineOf(one)] },
    }));
  return { type: "FeatureCollection", features };
}
