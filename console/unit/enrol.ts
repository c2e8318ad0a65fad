/** The one-time code of a link that was scanned: it stands in the fragment, and leaves the address bar at once. */
const FORM = /^#enrol=([A-Za-z0-9_-]{16,64})$/;

/** The code, or an empty word. The history keeps an address without it. */
export function takeCode(place: Pick<Location, "hash" | "pathname" | "search">, history: Pick<History, "replaceState">): string {
  const code = FORM.exec(place.hash)?.[1] ?? "";
  if (code) history.replaceState(null, "", `${place.pathname}${place.search}`);
  return code;
}
