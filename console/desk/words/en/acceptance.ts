import type { acceptance as zh, problems as zhProblems } from "../zh/acceptance";

export const acceptance: typeof zh = {
  acceptance: {
    heading: "Cases awaiting verification",
    none: "No case awaits verification",
    note: "Result of the check, fit to be read to the citizen",
    close: "Verified, close the case",
    closed: "{number} is closed",
    refused: "The case was not closed: {why}",
    needNote: "Write the result of the check first",
  },
};

export const problems: typeof zhProblems = {};
