/** A pulse that does not slow down when the tab is hidden. */
setInterval(() => postMessage(0), 1000);
