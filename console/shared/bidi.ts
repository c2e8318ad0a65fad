/**
 * Text from callers, crews and radios may change the direction of writing and not change it back (UAX #9), and so turn
 * the words that stand behind it. Whatever it has opened is closed at its end; nothing in it is moved.
 */

const EMBEDS = new Set(["\u202a", "\u202b", "\u202d", "\u202e"]);
const ISOLATES = new Set(["\u2066", "\u2067", "\u2068"]);
const END_OF_EMBEDDING = "\u202c";
const END_OF_ISOLATE = "\u2069";
/** As themselves or escaped. */
const SUSPECT = /[\u202a-\u202e\u2066-\u2068]|\\u20(?:2[a-e]|6[6-8])/i;

export function closed(text: string): string {
  const open: string[] = [];
  for (const sign of text) {
    if (EMBEDS.has(sign)) open.push(END_OF_EMBEDDING);
    else if (ISOLATES.has(sign)) open.push(END_OF_ISOLATE);
    else if (sign === END_OF_EMBEDDING && open.at(-1) === sign) open.pop();
    else if (sign === END_OF_ISOLATE && open.includes(sign)) open.length = open.lastIndexOf(sign);
  }
  return text + open.reverse().join("");
}

/** JSON from the centre, each of its texts closed. Throws as `JSON.parse`. */
export function parsed(json: string): unknown {
  return SUSPECT.test(json) ? JSON.parse(json, (_, value: unknown) => (typeof value === "string" ? closed(value) : value)) : JSON.parse(json);
}
