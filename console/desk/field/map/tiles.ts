/** How the operator's tiles are drawn: pictures as they are, vector tiles by the names of their layers. Pure. */
import type { LayerSpecification } from "maplibre-gl";

const FONT = ["Noto Sans SC, Noto Sans CJK SC, Microsoft YaHei, PingFang SC, sans-serif"];
const NAME = ["coalesce", ["get", "name:zh"], ["get", "name"], ["get", "name:en"], ""];

const fill = (color: string, opacity = 1) => ({ type: "fill", paint: { "fill-color": color, "fill-opacity": opacity }, filter: ["==", ["geometry-type"], "Polygon"] });
const line = (color: string, width: unknown) => ({ type: "line", paint: { "line-color": color, "line-width": width }, filter: ["!=", ["geometry-type"], "Point"] });
const ROADS = ["interpolate", ["linear"], ["zoom"], 8, 0.5, 12, 1.5, 16, 6];

/** From the ground upwards: the first that fits a layer's name. */
const LOOKS: readonly [RegExp, readonly [suffix: string, look: object][]][] = [
  [/earth|land(?!use|cover)/, [["", fill("#f2f4f7")]]],
  [/landuse|landcover|park|green|wood|forest|grass/, [["", fill("#dfeadb", 0.7)]]],
  [/water|river|lake|ocean/, [["", fill("#bcd6ea")], ["-line", line("#a5c6df", 1)]]],
  [/build/, [["", fill("#d9d6cf")]]],
  [/road|transport|street|highway|rail/, [["", line("#ffffff", ROADS)]]],
  [/bound|admin/, [["", { ...line("#9a86a8", 1), layout: {} }]]],
  [/place|label|poi|name/, [["", { type: "symbol", layout: { "text-field": NAME, "text-font": FONT, "text-size": 12, "symbol-sort-key": ["coalesce", ["get", "rank"], 9] }, paint: { "text-color": "#4a5867", "text-halo-color": "#f2f4f7", "text-halo-width": 1.5 } }]]],
];

export const SOURCE = "tiles";

/** `names` are the layers of vector tiles. */
export function layersOf(tileType: string, names: readonly string[]): LayerSpecification[] {
  if (tileType !== "mvt") return [{ id: `${SOURCE}-picture`, type: "raster", source: SOURCE }];
  const found: { rank: number; layer: object }[] = [];
  for (const name of names) {
    const rank = LOOKS.findIndex(([fits]) => fits.test(name.toLowerCase()));
    const looks = rank < 0 ? ([["", line("#c4ccd5", 1)]] as const) : LOOKS[rank]![1];
    for (const [suffix, look] of looks) found.push({ rank: rank < 0 ? 4.5 : rank, layer: { id: `${SOURCE}-${name}${suffix}`, source: SOURCE, "source-layer": name, ...look } });
  }
  return found.sort((a, b) => a.rank - b.rank).map(({ layer }) => layer as LayerSpecification);
}
