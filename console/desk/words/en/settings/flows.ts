import type { flows as zh } from "../../zh/settings/flows";

export const flows: typeof zh = {
  hint: "What callers hear before a person answers. A new version is stored first, then checked and activated; a call goes on with the version it began with.",
  name: "Flow",
  purpose: "Purpose",
  purposes: { entry: "entry", closed: "out of hours", waiting: "while waiting", after: "after the call" },
  write: "Write a new version",
  text: "Text of the flow (YAML)",
  check: "Check",
  clean: "Nothing is wrong",
  at: "Line {n}",
  level: { error: "error", warning: "warning" },
  store: "Store as a new version",
  stored: "Stored, and not yet in force",
  storeEffect: "Storing changes no call; activating does. What is stored stays.",
  whole: "Diagram at its own size",
  changes: "Compared with what is in force",
  diagram: "Diagram of the flow {name}",
};
