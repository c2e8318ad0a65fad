export const incidents = {
  incident: {
    heading: "Mass incidents",
    none: "No mass incident is open",
    of: "Mass incident: {title}",
    calls: "{n} calls belong to it",
    take: "Belongs to it",
    suggested: "Probably belongs to it",
    taken: "This call belongs to it; code {code}",
    undo: "Undo",
    refused: "Not done ({why})",
    begin: "Start a mass incident",
    title: "Name of the incident",
    words: "What agents are told (cause, area, when it will be over)",
    prompt: "Play to waiting callers",
    promptHint: "A prompt that exists is played. For other words, upload a recording in Settings · Prompts first.",
    silent: "Nothing",
    start: "Start",
    startAndPlay: "Start and play",
    play: "Play",
    played: "{n} waiting callers hear it now; who comes later hears it once too",
    notPlayed: "The switch cannot be reached: it is played when it is back",
    end: "End the incident",
    endEffect: "It is no longer played nor offered to agents; the parent case goes on.",
    since: "Since {at}, by {who}",
  },
};

export const problems = {
  "no-such-incident": "there is no such incident",
  "incident-over": "the incident was ended",
  "too-many-incidents": "too many incidents are open: end one first",
  "no-such-prompt": "there is no such prompt",
};
