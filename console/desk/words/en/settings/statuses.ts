import type { statuses as zh } from "../../zh/settings/statuses";

export const statuses: typeof zh = {
  hint: "Which code that a terminal, radio or text sends is which step of a job.",
  rules: "Rules",
  text: "A rule a line: network (* for any), kind (status, button, text, dtmf), code, step",
  steps: "Steps: {steps}",
  step: { delivered: "delivered", displayed: "displayed", accepted: "accepted", declined: "declined", on_the_way: "on the way", arrived: "arrived", done: "done", returned: "returned" },
  wrong: "These lines are no rule: {lines}",
  store: "Store as a new version",
  stored: "Stored, and not yet in force",
  activateEffect: "At once {next} takes the place of {now}, for statuses that arrive from now on; the former one can be activated again",
  activated: "In force: {version}",
};
