import type { acceptance as zh, problems as zhProblems } from "../zh/acceptance";

export const acceptance: typeof zh = {
  acceptance: {
    pick: "Choose one on the left: ↑↓ choose, Enter open",
    decision: "Decision",
    verify: "Verify only",
    sendBack: "Send back",
    verified: "{number} is verified",
    sentBack: "{number} is sent back",
    needReason: "Write first why it is sent back",
    callback: "Callback number",
    noCallback: "the citizen left none",
    crews: "What the crews did",
    photos: "Photos side by side",
    noPhotos: "The crews took no photo",
    side: "Look at the earliest and the latest photo",
    onePhoto: "Look at the photo",
    hidePhotos: "Close the photos",
    earliest: "Earliest",
    latest: "Latest",
    left: "Left",
    right: "Right",
    unplaced: "place unknown",
    placed: "place known",
    apart: "the picture's own place is {m} m from the terminal's",
    moved: "This case does not await verification any more",
    heading: "Cases awaiting verification",
    none: "No case awaits verification",
    note: "Result of the check, fit to be read to the citizen",
    close: "Verified, close the case",
    closed: "{number} is closed",
    refused: "The case was not closed: {why}",
    needCondition: "Choose the condition that was met",
    needNote: "Write the result of the check first",
  },
};

export const problems: typeof zhProblems = {};
