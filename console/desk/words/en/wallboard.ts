import type { wallboard as zh } from "../zh/wallboard";

export const wallboard: typeof zh = {
  wallboard: {
    alarms: "Open emergencies",
    act: "act now",
    reports: "Reports waiting",
    oldest: "oldest {t}",
    units: "Units at work",
    online: "{n} online",
    nobody: "No agent is signed in",
    age: "figures {s} s old",
  },
};

export const problems = {};
