/** The drawn map: MapLibre with layers of our own over the operator's tiles, without the internet. */
import maplibre from "maplibre-gl/dist/maplibre-gl-csp.js";
import workerUrl from "maplibre-gl/dist/maplibre-gl-csp-worker.js?url";
import "maplibre-gl/dist/maplibre-gl.css";
import type { ExpressionSpecification, GeoJSONSource, Map as MapLibre, StyleSpecification } from "maplibre-gl";
import { PMTiles, Protocol } from "pmtiles";
import type { MapView } from "@shared/contracts/field";
import { around, gridLines, type Bounds } from "@shared/map/grid";
import { layersOf, SOURCE } from "./tiles";
import { hatching, LEVELS, type WarningLevel } from "./warningAreas";
import { collection, graticuleLabels, keyOf, type Collection, type Mark } from "./features";

// From a file of our own: a strict page allows no worker out of a blob.
maplibre.setWorkerUrl(workerUrl);
// Tiles come out of one archive by ranges.
const archives = new Protocol();
maplibre.addProtocol("pmtiles", archives.tile);

const EMPTY: Collection = { type: "FeatureCollection", features: [] };
const FONT = ["Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"];
const INK = "#17212b";
const TONES: ExpressionSpecification = [
  "match", ["get", "tone"],
  "free", "#1a6638", "busy", "#1b4f91", "offline", "#7c8896",
  "urgent", "#7d4d00", "given", "#1b4f91", "danger", "#a3121c", "raised", "#a3121c", "acknowledged", "#7d4d00",
  "#4a5867",
];
const SIGNS: ExpressionSpecification = ["match", ["get", "kind"], "emergency", "▲", "case", "◆", ["match", ["get", "tone"], "offline", "○", "●"]];

/** Before the name of a level: the image that fills its areas. */
const HATCHING = "hatching-";
/** Layers that are drawn only while somebody wants them, in the order in which a press finds them. */
const AREAS = ["patches", "warnings"] as const;
export type AreaLayer = "cells" | "cameras" | (typeof AREAS)[number];

const source = () => ({ type: "geojson" as const, data: EMPTY as never });
const STYLE: StyleSpecification = {
  version: 8,
  sources: { grid: source(), cells: source(), cameras: source(), warnings: source(), patches: source(), districts: source(), "district-names": source(), track: source(), degrees: source(), names: source(), marks: source(), chosen: source() },
  layers: [
    { id: "ground", type: "background", paint: { "background-color": "#f2f4f7" } },
    { id: "grid", type: "line", source: "grid", paint: { "line-color": "#b9c3ce", "line-width": 1 } },
    { id: "cells", type: "fill", source: "cells", paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.18, "fill-outline-color": "#6b5a86" } },
    {
      id: "cell-names",
      type: "symbol",
      source: "cells",
      minzoom: 16,
      layout: { "text-field": ["get", "label"], "text-font": FONT, "text-size": 11 },
      paint: { "text-color": "#54436e", "text-halo-color": "#f2f4f7", "text-halo-width": 1.5 },
    },
    { id: "cameras", type: "fill", source: "cameras", paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.25, "fill-outline-color": "#26323f" } },
    {
      id: "camera-names",
      type: "symbol",
      source: "cameras",
      minzoom: 15,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11 },
      paint: { "text-color": "#26323f", "text-halo-color": "#f2f4f7", "text-halo-width": 1.5 },
    },
    { id: "warnings", type: "fill", source: "warnings", paint: { "fill-pattern": ["concat", HATCHING, ["get", "level"]] } },
    { id: "warning-lines", type: "line", source: "warnings", filter: ["==", ["get", "real"], true], paint: { "line-color": ["get", "colour"], "line-width": ["get", "width"] } },
    // An exercise or a test: dashed.
    { id: "warning-lines-unreal", type: "line", source: "warnings", filter: ["!=", ["get", "real"], true], paint: { "line-color": ["get", "colour"], "line-width": ["get", "width"], "line-dasharray": [2, 2] } },
    { id: "patches", type: "fill", source: "patches", paint: { "fill-color": ["get", "colour"], "fill-opacity": 0.3 } },
    { id: "patch-lines", type: "line", source: "patches", filter: ["!=", ["get", "open"], true], paint: { "line-color": ["get", "colour"], "line-width": 2 } },
    // Nobody has decided it.
    { id: "patch-lines-open", type: "line", source: "patches", filter: ["==", ["get", "open"], true], paint: { "line-color": ["get", "colour"], "line-width": 2, "line-dasharray": [2, 1.5] } },
    {
      id: "patch-names",
      type: "symbol",
      source: "patches",
      minzoom: 14,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11 },
      paint: { "text-color": INK, "text-halo-color": "#f2f4f7", "text-halo-width": 1.5 },
    },
    {
      id: "warning-names",
      type: "symbol",
      source: "warnings",
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 13, "text-max-width": 14 },
      paint: { "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 2 },
    },
    { id: "districts", type: "line", source: "districts", filter: ["!=", ["get", "synthetic"], true], paint: { "line-color": "#6b5a86", "line-width": 2 } },
    // Invented outlines: nobody is to take them for a survey.
    { id: "districts-invented", type: "line", source: "districts", filter: ["==", ["get", "synthetic"], true], paint: { "line-color": "#6b5a86", "line-width": 1.5, "line-dasharray": [4, 3] } },
    {
      id: "district-names",
      type: "symbol",
      source: "district-names",
      maxzoom: 13,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 15, "text-letter-spacing": 0.1 },
      paint: { "text-color": "#54436e", "text-halo-color": "#f2f4f7", "text-halo-width": 2 },
    },
    {
      id: "names",
      type: "symbol",
      source: "names",
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12 },
      paint: { "text-color": "#4a5867", "text-halo-color": "#f2f4f7", "text-halo-width": 1.5 },
    },
    {
      id: "degrees",
      type: "symbol",
      source: "degrees",
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 11, "text-allow-overlap": true },
      paint: { "text-color": "#4a5867", "text-halo-color": "#f2f4f7", "text-halo-width": 2 },
    },
    { id: "track", type: "line", source: "track", paint: { "line-color": "#1b4f91", "line-width": 3, "line-opacity": 0.6 } },
    { id: "chosen", type: "circle", source: "chosen", paint: { "circle-radius": 18, "circle-color": "#ffe27a", "circle-stroke-color": INK, "circle-stroke-width": 2 } },
    {
      id: "marks",
      type: "circle",
      source: "marks",
      paint: {
        "circle-radius": ["match", ["get", "kind"], "emergency", 13, "case", 9, 7],
        "circle-color": TONES,
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1.5,
      },
    },
    {
      id: "signs",
      type: "symbol",
      source: "marks",
      minzoom: 9,
      filter: ["!=", ["get", "kind"], "unit"],
      layout: { "text-field": SIGNS, "text-font": FONT, "text-size": 11, "text-allow-overlap": true },
      paint: { "text-color": "#ffffff" },
    },
    {
      id: "labels",
      type: "symbol",
      source: "marks",
      minzoom: 11,
      layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": 12, "text-anchor": "top", "text-offset": [0, 1.6], "text-optional": true },
      paint: { "text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 1.5 },
    },
  ],
};

const addressOf = (tiles: MapView): string => new URL(`/api/map/tiles/${encodeURIComponent(tiles.name)}`, location.href).href;

export interface Handlers {
  /** A mark was pressed; its key. */
  chosen: (key: string) => void;
  /** A patch or a warning was pressed; its key. */
  pressed: (key: string) => void;
  /** A hand moved the map: it moves no more by itself. */
  moved: () => void;
  /** The map shows another part of the ground. */
  seen: (bounds: Bounds) => void;
}

export class FieldChart {
  private readonly map: MapLibre;
  private marks: readonly Mark[] = [];
  private names: Collection = EMPTY;
  private outlines: unknown = EMPTY;
  private districtNames: Collection = EMPTY;
  private readonly areas = new Map<AreaLayer, unknown>();
  private tiles: MapView | null = null;
  private drawnTiles: string[] = [];
  private chosen = "";
  private ready = false;
  private gone = false;

  /** Throws where the machine cannot draw (no WebGL). */
  constructor(box: HTMLElement, words: Record<string, string>, on: Handlers) {
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
      locale: words,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibre.NavigationControl({ showCompass: false }));
    this.map.addControl(new maplibre.ScaleControl({ unit: "metric" }));
    // Not "load", which waits until every source is drawn: units move meanwhile.
    this.map.on("style.load", () => {
      this.ready = true;
      for (const level of Object.keys(LEVELS) as WarningLevel[]) this.map.addImage(`${HATCHING}${level}`, hatching(level));
      for (const [name, drawn] of this.areas) this.set(name, drawn);
      this.graticule();
      this.draw();
      this.drawDistricts();
      void this.drawTiles();
      this.map.once("render", () => (box.dataset.ready = "true"));
    });
    this.map.on("moveend", () => {
      this.graticule();
      on.seen(this.bounds());
    });
    this.map.on("idle", () => {
      for (const name of AREAS) box.dataset[name] = String(this.keysOf(name).length);
    });
    this.map.on("movestart", (event) => {
      if ("originalEvent" in event && event.originalEvent) on.moved();
    });
    this.map.on("click", (event) => {
      const { x, y } = event.point;
      const near = 6;
      const hit = this.map.queryRenderedFeatures([[x - near, y - near], [x + near, y + near]], { layers: ["marks"] });
      const key: unknown = hit[0]?.properties.key;
      if (typeof key === "string") return on.chosen(key);
      const [area] = AREAS.flatMap((name) => this.keysOf(name, [x, y]));
      if (area !== undefined) on.pressed(area);
    });
  }

  show(marks: readonly Mark[], chosen: string): void {
    this.marks = marks;
    this.chosen = chosen;
    this.draw();
  }

  /** Names of places, below everything else. */
  label(names: Collection): void {
    this.names = names;
    this.draw();
  }

  /** Outlines as GeoJSON, and a name for each. */
  setDistricts(outlines: unknown, names: Collection): void {
    this.outlines = outlines;
    this.districtNames = names;
    this.drawDistricts();
  }

  /** Cells of the grid, what cameras see, change patches, warnings: GeoJSON with what each layer draws; null: nothing. */
  setAreas(name: AreaLayer, drawn: unknown): void {
    this.areas.set(name, drawn ?? EMPTY);
    if (this.ready) this.set(name, drawn ?? EMPTY);
  }

  /** What the map shows. */
  bounds(): Bounds {
    const seen = this.map.getBounds();
    return { west: seen.getWest(), south: seen.getSouth(), east: seen.getEast(), north: seen.getNorth() };
  }

  /** The operator's tiles under everything; null: none. */
  async setTiles(tiles: MapView | null): Promise<void> {
    this.tiles = tiles;
    await this.drawTiles();
  }

  /** Where the chosen unit has been, oldest first. */
  setTrack(points: readonly [number, number][]): void {
    if (this.ready) this.set("track", { type: "LineString", coordinates: points });
  }

  /** All marks, or where they would be. */
  fit(): void {
    const bounds = around(this.marks);
    if (bounds) this.map.fitBounds([[bounds.west, bounds.south], [bounds.east, bounds.north]], { padding: 60, animate: false, maxZoom: 15 });
  }

  goTo(mark: Mark): void {
    this.map.jumpTo({ center: [mark.lon, mark.lat], zoom: Math.max(this.map.getZoom(), 14) });
  }

  /** Where a mark is in the box, in pixels. */
  pixelOf(mark: Mark): { x: number; y: number } {
    const { x, y } = this.map.project([mark.lon, mark.lat]);
    return { x, y };
  }

  remove(): void {
    this.gone = true;
    this.map.remove();
  }

  /** Keys of what this layer shows, each once: at a point, or anywhere. */
  private keysOf(name: (typeof AREAS)[number], at?: [number, number]): string[] {
    const found = at ? this.map.queryRenderedFeatures(at, { layers: [name] }) : this.map.queryRenderedFeatures({ layers: [name] });
    return [...new Set(found.map((one) => String(one.properties.key)))];
  }

  private set(name: string, data: unknown): void {
    (this.map.getSource(name) as GeoJSONSource | undefined)?.setData(data as never);
  }

  private draw(): void {
    if (!this.ready) return;
    this.set("marks", collection(this.marks));
    this.set("chosen", collection(this.marks.filter((mark) => keyOf(mark) === this.chosen)));
    this.set("names", this.names);
  }

  private drawDistricts(): void {
    if (!this.ready) return;
    this.set("districts", this.outlines);
    this.set("district-names", this.districtNames);
  }

  private async drawTiles(): Promise<void> {
    const tiles = this.tiles;
    if (!this.ready) return;
    let names: string[] = [];
    if (tiles !== null && tiles.tile_type === "mvt") {
      const archive = new PMTiles(addressOf(tiles));
      archives.add(archive);
      const metadata = (await archive.getMetadata().catch(() => ({}))) as { vector_layers?: { id: string }[] };
      names = (metadata.vector_layers ?? []).map((layer) => layer.id);
    }
    if (this.tiles !== tiles || this.gone) return;
    for (const id of this.drawnTiles) this.map.removeLayer(id);
    this.drawnTiles = [];
    if (this.map.getSource(SOURCE)) this.map.removeSource(SOURCE);
    for (const id of ["grid", "degrees"]) this.map.setLayoutProperty(id, "visibility", tiles === null ? "visible" : "none");
    if (tiles === null) return;
    const [west, south, east, north] = tiles.bounds;
    const url = `pmtiles://${addressOf(tiles)}`;
    this.map.addSource(SOURCE, { type: tiles.tile_type === "mvt" ? "vector" : "raster", url, bounds: [west, south, east, north], ...(tiles.tile_type === "mvt" ? {} : { tileSize: 256 }) });
    for (const layer of layersOf(tiles.tile_type, names)) {
      this.map.addLayer(layer, "grid");
      this.drawnTiles.push(layer.id);
    }
  }

  private graticule(): void {
    if (!this.ready) return;
    const bounds = this.bounds();
    this.set("grid", { type: "MultiLineString", coordinates: gridLines(bounds) });
    this.set("degrees", graticuleLabels(bounds));
  }
}
