import type { prompts as zh } from "../../zh/settings/prompts";

export const prompts: typeof zh = {
  language: "Language",
  name: "Name",
  playedBy: "Played by",
  missing: "no sound",
  listen: "Listen to {name}",
  seconds: "{s} s",
};
