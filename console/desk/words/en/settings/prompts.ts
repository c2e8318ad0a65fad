import type { prompts as zh } from "../../zh/settings/prompts";

export const prompts: typeof zh = {
  language: "Language",
  name: "Name",
  playedBy: "Played by",
  missing: "no sound",
  listen: "Listen to {name}",
  seconds: "{s} s",
  file: "New sound file",
  listenFile: "Listen to the chosen file",
  upload: "Upload as a new version",
  uploaded: "Uploaded as version {n} ({s} s): listen, then put it in force",
  uploadHint: "Any usual sound format; it becomes telephone quality of one loudness. Text is rendered on a workstation by scripts/render-prompts, heard there, and uploaded here.",
};
