/*
 * Keeps the built page on the device, so that it opens without a network. FILES are what the build made, and
 * nothing else is ever kept: no answer of the gateway, no job, no word.
 */
const FILES = [/* the build writes them here */];
const KEPT = "songhua-unit-VERSION";
const PATIENCE_MS = 3000;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(KEPT)
      .then((kept) => kept.addAll(FILES.map((path) => new Request(path, { cache: "reload" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => event.waitUntil(dropOlder().then(() => self.clients.claim())));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && url.pathname.startsWith("/unit/")) event.respondWith(newestPage(event.request));
  else if (FILES.includes(url.pathname)) event.respondWith(keptFile(event.request, url.pathname));
});

async function dropOlder() {
  for (const name of await caches.keys()) {
    if (name.startsWith("songhua-unit-") && name !== KEPT) await caches.delete(name);
  }
}

/** The newest page while the gateway answers in time, else the one that was built with the kept files. */
async function newestPage(request) {
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok) return answer;
  } catch {
    // No network, or a gateway that does not answer.
  }
  return keptFile(request, "/unit/");
}

/** A file's name holds the digest of its content: a kept one is never old. */
async function keptFile(request, path) {
  return (await (await caches.open(KEPT)).match(path)) ?? fetch(request);
}
