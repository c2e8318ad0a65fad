/* Keeps the page itself on the device, so that it opens without a network: newest from the net, else the kept one. */
const KEPT = "songhua-unit-1";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || !isOurs(new URL(event.request.url))) return;
  event.respondWith(newestOrKept(event.request));
});

/* The page names what it was loaded from: on the first visit that came before this worker did. */
self.addEventListener("message", (event) => {
  const urls = Array.isArray(event.data) ? event.data.slice(0, 50) : [];
  event.waitUntil(keep(urls.filter((url) => typeof url === "string" && isOurs(new URL(url, self.location.origin)))));
});

const isOurs = (url) =>
  url.origin === self.location.origin && (url.pathname.startsWith("/unit/") || url.pathname === "/api/unit/config");

async function keep(urls) {
  const kept = await caches.open(KEPT);
  const wanted = new Set(urls.map((url) => new URL(url, self.location.origin).href));
  for (const request of await kept.keys()) if (!wanted.has(request.url)) await kept.delete(request);
  await Promise.allSettled([...wanted].map((url) => kept.add(url)));
}

async function newestOrKept(request) {
  const kept = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) await kept.put(request, answer.clone());
    return answer;
  } catch (error) {
    const before = await kept.match(request, { ignoreSearch: true });
    if (before) return before;
    throw error;
  }
}
