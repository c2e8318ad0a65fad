/** The drawn map: MapLibre with a grid of our own, without tiles and without the internet. */
import maplibre from "maplibre-gl/dist/maplibre-gl-csp.js";
import workerUrl from "maplibre-gl/dist/maplibre-gl-csp-worker.js?url";
import "maplibre-gl/dist/maplibre-gl.css";
import type { GeoJSONSource, Map as MapLibre, Marker, StyleSpecification } from "maplibre-gl";
import { around, circle, gridLines, type Spot } from "@shared/map/grid";

// From a file of our own: a strict page allows no worker out of a blob.
maplibre.setWorkerUrl(workerUrl);

export interface Pin extends Spot {
  id: string;
  label: string;
  mark: string;
  urgent: boolean;
  accuracy_m: number | null;
}

const COLOURS = { ground: "#f2f4f7", line: "#b9c3ce", circle: "#1b4f91" };
const EMPTY = { type: "FeatureCollection", features: [] } as const;

const STYLE: StyleSpecification = {
  version: 8,
  sources: {
    grid: { type: "geojson", data: EMPTY as never },
    circles: { type: "geojson", data: EMPTY as never },
  },
  layers: [
    { id: "ground", type: "background", paint: { "background-color": COLOURS.ground } },
    { id: "grid", type: "line", source: "grid", paint: { "line-color": COLOURS.line, "line-width": 1 } },
    { id: "circle", type: "fill", source: "circles", paint: { "fill-color": COLOURS.circle, "fill-opacity": 0.15 } },
  ],
};

export class Chart {
  private readonly map: MapLibre;
  private markers: Marker[] = [];
  private me: Marker | null = null;
  private shown = "";
  private fitted = "";
  private circles: Spot[][] = [];

  /** Throws where the device cannot draw (no WebGL). */
  constructor(
    box: HTMLElement,
    private readonly words: Record<string, string>,
    private readonly chosen: (id: string) => void,
  ) {
    this.map = new maplibre.Map({
      container: box,
      style: STYLE,
      attributionControl: false,
      center: [126.63, 45.75],
      zoom: 11,
      maxZoom: 19,
      pitchWithRotate: false,
      dragRotate: false,
      fadeDuration: 0,
      locale: this.words,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibre.NavigationControl({ showCompass: false }));
    this.map.addControl(new maplibre.ScaleControl({ unit: "metric" }));
    this.map.on("load", () => this.draw());
    this.map.on("move", () => this.draw());
  }

  /** The jobs, and where this device is. What is shown moves only when a job came or went. */
  show(pins: readonly Pin[], me: (Spot & { accuracy_m: number; label: string }) | null): void {
    const shown = JSON.stringify(pins);
    // A pin that has the focus keeps it while only this device moves.
    if (shown !== this.shown) {
      for (const marker of this.markers) marker.remove();
      this.markers = pins.map((pin) => this.pin(pin));
      this.shown = shown;
    }
    this.me?.remove();
    this.me = me === null ? null : new maplibre.Marker({ element: dot(me.label) }).setLngLat(me).addTo(this.map);
    const rings = [...pins, ...(me ? [me] : [])].filter((spot) => spot.accuracy_m !== null);
    this.circles = rings.map((spot) => circle(spot, spot.accuracy_m!).map(([lon, lat]) => ({ lon, lat })));
    this.draw();
    const ids = pins.map((pin) => pin.id).join(" ");
    const bounds = around([...pins, ...(me ? [me] : [])]);
    if (bounds === null || ids === this.fitted) return;
    this.fitted = ids;
    const { west, south, east, north } = bounds;
    this.map.fitBounds([[west, south], [east, north]], { padding: 50, animate: false, maxZoom: 16 });
  }

  remove(): void {
    this.map.remove();
  }

  private draw(): void {
    const grid = this.map.getSource("grid") as GeoJSONSource | undefined;
    const circles = this.map.getSource("circles") as GeoJSONSource | undefined;
    if (!grid || !circles) return;
    const seen = this.map.getBounds();
    const lines = gridLines({ west: seen.getWest(), south: seen.getSouth(), east: seen.getEast(), north: seen.getNorth() });
    grid.setData({ type: "MultiLineString", coordinates: lines });
    const rings = this.circles.map((ring) => [ring.map((spot) => [spot.lon, spot.lat])]);
    circles.setData({ type: "MultiPolygon", coordinates: rings });
  }

  private pin(pin: Pin): Marker {
    return new maplibre.Marker({ element: this.button(pin), anchor: "bottom" }).setLngLat(pin).addTo(this.map);
  }

  private button(pin: Pin): HTMLElement {
    const button = document.createElement("button");
    button.className = pin.urgent ? "pin urgent" : "pin";
    button.textContent = pin.mark;
    button.setAttribute("aria-label", pin.label);
    button.dataset.testid = `pin-${pin.id}`;
    button.addEventListener("click", () => this.chosen(pin.id));
    return button;
  }
}

function dot(label: string): HTMLElement {
  const element = document.createElement("span");
  element.className = "me";
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", label);
  return element;
}
