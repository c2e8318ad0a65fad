import type { versions as zh } from "../../zh/settings/versions";

export const versions: typeof zh = {
  version: "Version",
  many: "Versions",
  number: "version {n}",
  builtIn: "built in",
  inForce: "In force",
  by: "By",
  at: "At",
  comment: "Comment",
  show: "Show",
  serves: "serves",
  fault: "The chosen version cannot be used, the former one still is:",
  activate: "Activate",
  activateEffect: "From the next call on, {next} takes the place of {now}; calls that run go on as they are. One can go back",
  activated: "Version {n} is in force from the next call on",
  back: "Go back to the former version",
  wentBack: "Gone back, from the next call on",
  history: "What was activated",
  done: "{at} {who}: {former} → {next}",
};
