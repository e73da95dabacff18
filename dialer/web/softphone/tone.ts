// How loud samples are, and whether a tone is in them.
//
// Pure arithmetic on samples between -1 and 1.

/** Root mean square. */
export function level(samples: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < samples.length; at++) sum += samples[at]! ** 2;
  return samples.length ? Math.sqrt(sum / samples.length) : 0;
}

/** The share of the samples' power that one frequency (Hz) has, from 0 to 1 (Goertzel). Silence has no share. */
export function share(samples: ArrayLike<number>, frequency: number, rate: number): number {
  const turn = 2 * Math.cos((2 * Math.PI * frequency) / rate);
  let before = 0, last = 0, power = 0;
  for (let at = 0; at < samples.length; at++) {
    const now = samples[at]! + turn * last - before;
    before = last;
    last = now;
    power += samples[at]! ** 2;
  }
  if (power === 0) return 0;
  const found = before * before + last * last - turn * before * last;
  return Math.min(1, (2 * found) / (samples.length * power));
}
