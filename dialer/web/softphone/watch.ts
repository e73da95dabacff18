// Notices that the machine slept, or that its network changed.
//
// Decides that something may have happened; whether the connection still lives, the connection finds out.

const TICK_MS = 1000;
const GAP_MS = 4000; // timers of a tab in the background may come a second late, not four

/** Calls `stirred` after a sleep or a change of network. Returns what ends it. */
export function watch(stirred: () => void): () => void {
  let last = Date.now();
  const timer = window.setInterval(() => {
    const now = Date.now();
    if (now - last > GAP_MS) stirred();
    last = now;
  }, TICK_MS);
  const network = (navigator as Navigator & { connection?: EventTarget }).connection;
  window.addEventListener("online", stirred);
  window.addEventListener("offline", stirred);
  network?.addEventListener("change", stirred);
  return () => {
    clearInterval(timer);
    window.removeEventListener("online", stirred);
    window.removeEventListener("offline", stirred);
    network?.removeEventListener("change", stirred);
  };
}
