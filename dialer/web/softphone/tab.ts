// One tab of a browser has the softphone; the others stay passive until it is gone.
//
// Decides nothing itself: the browser's lock does, and gives it on when a tab closes or crashes.

const LOCK = "fil-vert-softphone";

/** Resolves with what gives the softphone back, once this tab has it. `elsewhere` is told if it has to wait. */
export async function claim(elsewhere: () => void): Promise<() => void> {
  const release = await request({ ifAvailable: true });
  if (release) return release;
  elsewhere();
  const later = await request({});
  if (!later) throw new Error("a lock that was waited for is not there");
  return later;
}

function request(options: LockOptions): Promise<(() => void) | null> {
  return new Promise((resolve, reject) => {
    navigator.locks
      .request(LOCK, options, (lock) => {
        if (!lock) return resolve(null);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(reject);
  });
}
