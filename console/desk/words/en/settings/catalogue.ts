import type { catalogue as zh } from "../../zh/settings/catalogue";

export const catalogue: typeof zh = {
  classes: "Catalogue of cases",
  places: "Gazetteer",
  hint: "Both come from files that the operator imports on the server by songhua; here they can only be looked up.",
  code: "Code",
  name: "Name",
  major: "Major class",
  limits: "Time limits",
  source: "Source",
  noClass: "There is no such class",
  districts: "Districts:",
  kind: "Kind",
  kinds: { street: "street", bridge: "bridge", park: "park", station: "station", square: "square", estate: "estate", landmark: "landmark" },
  aliases: "Aliases",
  district: "District",
  position: "Position",
  noPlace: "There is no such place",
  invented: "invented position",
};
