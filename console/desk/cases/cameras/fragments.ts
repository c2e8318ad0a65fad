/** Shows fragments of MP4 as they come, close to the newest one. */
/** Seconds that the picture may stay behind before it jumps forward; and what it stays behind then. */
const MOST_BEHIND_S = 1.5;
const BEHIND_S = 0.2;
/** Seconds of what was shown that the browser keeps. */
const KEPT_S = 20;

export const plays = (mime: string): boolean => typeof MediaSource !== "undefined" && MediaSource.isTypeSupported(mime);

function append(buffer: SourceBuffer, data: BufferSource): Promise<void> {
  return new Promise((resolve, reject) => {
    buffer.addEventListener("updateend", () => resolve(), { once: true });
    buffer.addEventListener("error", () => reject(new Error("the browser cannot read the video")), { once: true });
    buffer.appendBuffer(data);
  });
}

function forget(buffer: SourceBuffer, until: number): Promise<void> {
  return new Promise((resolve) => {
    buffer.addEventListener("updateend", () => resolve(), { once: true });
    buffer.remove(0, until);
  });
}

function follow(video: HTMLVideoElement): void {
  const { buffered } = video;
  if (!buffered.length) return;
  const newest = buffered.end(buffered.length - 1);
  if (newest - video.currentTime > MOST_BEHIND_S || video.currentTime < buffered.start(buffered.length - 1)) video.currentTime = Math.max(buffered.start(buffered.length - 1), newest - BEHIND_S);
}

/** Until the video ends, or `unwanted`. Rejects when it cannot be shown. */
export async function show(video: HTMLVideoElement, path: string, mime: string, unwanted: AbortSignal): Promise<void> {
  const source = new MediaSource();
  const url = URL.createObjectURL(source);
  video.src = url;
  try {
    await new Promise((resolve) => source.addEventListener("sourceopen", resolve, { once: true }));
    const buffer = source.addSourceBuffer(mime);
    const answer = await fetch(path, { credentials: "same-origin", headers: { "X-Songhua": "1" }, signal: unwanted });
    if (!answer.ok || !answer.body) throw new Error(`the video is refused: ${answer.status}`);
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      await append(buffer, value);
      follow(video);
      void video.play().catch(() => undefined);
      const first = buffer.buffered.length ? buffer.buffered.start(0) : 0;
      if (video.currentTime - first > KEPT_S) await forget(buffer, video.currentTime - KEPT_S / 2);
    }
  } finally {
    video.removeAttribute("src");
    video.load();
    URL.revokeObjectURL(url);
  }
}
