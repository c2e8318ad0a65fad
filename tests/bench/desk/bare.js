// MapLibre with the points of the live link and nothing else: what the desk's map is measured against.
maplibregl.setWorkerUrl("maplibre/maplibre-gl-csp-worker.js");
const places = new Map();
const collection = () => ({
  type: "FeatureCollection",
  features: [...places.values()].map(({ lon, lat }) => ({ type: "Feature", geometry: { type: "Point", coordinates: [lon, lat] }, properties: {} })),
});
const style = {
  version: 8,
  sources: { marks: { type: "geojson", data: collection() } },
  layers: [
    { id: "ground", type: "background", paint: { "background-color": "#f2f4f7" } },
    { id: "marks", type: "circle", source: "marks", paint: { "circle-radius": 7, "circle-color": "#1a6638", "circle-stroke-color": "#ffffff", "circle-stroke-width": 1.5 } },
  ],
};
const map = new maplibregl.Map({ container: "map", style, center: [126.63, 45.75], zoom: 11, attributionControl: false, fadeDuration: 0 });
const draw = () => map.getSource("marks")?.setData(collection());
map.on("style.load", () => {
  const socket = new WebSocket(`ws://${location.host}/api/live`);
  let fitted = false;
  socket.onmessage = ({ data }) => {
    const { kind, state, event } = JSON.parse(data);
    for (const place of kind === "snapshot" ? state.places : (event?.places ?? [])) places.set(place.unit_id, place);
    if (kind === "snapshot" && !fitted) {
      fitted = true;
      const lons = [...places.values()].map((one) => one.lon), lats = [...places.values()].map((one) => one.lat);
      map.fitBounds([[Math.min(...lons), Math.min(...lats)], [Math.max(...lons), Math.max(...lats)]], { padding: 60, animate: false, maxZoom: 15 });
      draw();
      document.querySelector("#map").dataset.ready = "true";
    }
  };
  setInterval(draw, 1000);
});
