import type { mode as zh } from "../zh/mode";

export const mode: typeof zh = {
  mode: {
    heading: "Operating mode",
    name: { peace: "Peace", emergency: "Emergency", wartime: "Wartime" },
    since: "since {at}, by {who}",
    about: "about “{title}”, {n} calls",
    second: "second person: {who}",
    unconfirmed: "waits for a second person",
    overdue: "no second person has confirmed it in time",
    roles: "you are also {roles} now",
    switchTo: "Switch to",
    choose: "choose",
    hears: "Callers hear the prompt “{prompt}” before they wait",
    hearsNothing: "Callers hear the ordinary greeting",
    priority: {
      danger: "A caller whose number has an urgent case: {n} levels up",
      danger_near: "A caller near an urgent case: {n} levels up",
      repeat: "A repeat caller: {n} levels up",
      abandoned: "A caller who gave up before: {n} levels up",
    },
    lends: "Each {role} is also {roles}",
    why: "Reason (it is kept: no names or numbers)",
    whyHint: "for example: road collapse in Minyi Street",
    incident: "Mass incident that it is about",
    alone: "Nobody else is here: switch now, a second person confirms it afterwards",
    ask: "Ask for it",
    now: "Switch now",
    waits: "Request {n} waits for a second person",
    holds: "The mode is {mode} now (request {n})",
    approvals: "A second person approves or confirms it in Settings, Approvals",
    versions: "Earlier switches",
  },
  drain: {
    heading: "A stop is coming: new calls do not reach agents",
    since: "since {at}, by {who}",
    counts: "{left} calls have to end, {waiting} callers wait",
    until: "ends by itself at {at} at the latest",
  },
};

export const problems = {
  "same-mode": "This mode holds already",
  "second-person-first": "To a lower mode two people go together: ask for it first",
  "mode-moved-on": "Somebody else switched the mode: ask again",
};
