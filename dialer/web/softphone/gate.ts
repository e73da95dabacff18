// The health gate: whether somebody on the line would be heard here, and hear us.
//
// Decides by samples: the microphone's own, and a tone that went to Asterisk's echo and came back. Says why not.

import { level, share } from "./tone.ts";
import type { Why } from "./state.ts";

export interface Health {
  microphone: number; // root mean square of the loudest moment, 0 to 1
  echo: number; // share of the returning power that our tone has, 0 to 1
  returned: number; // ms from the sound's start to its return
}

export class Unfit extends Error {
  readonly why: Why;
  constructor(why: Why) {
    super(why);
    this.why = why;
  }
}

const LOUD = 0.003; // -50 dB: a voice into a headset has ten times that, an unplugged one nothing
const LISTEN_MAX_MS = 8000; // time to read that one is to speak, and to speak
const TONE_HZ = 1000;
const CLEAR = 0.6; // noise spreads its power: a tone alone has nearly all of it
const CONNECT_MAX_MS = 6000;
const RETURN_MAX_MS = 3000;
const LOOK_MS = 40;

/** The loudest level of the microphone, as soon as it is loud enough. Rejects with Unfit when it stays silent. */
export async function heard(context: AudioContext, microphone: MediaStream): Promise<number> {
  const samples = sampler(context, microphone);
  const found = await until(() => {
    const loud = level(samples.now());
    return loud >= LOUD ? loud : null;
  }, LISTEN_MAX_MS);
  samples.close();
  if (found === null) throw new Unfit("microphone-silent");
  return found;
}

/** A stream that carries the tone and nothing else, to be called with. */
export function tone(context: AudioContext): { stream: MediaStream; close: () => void } {
  const source = context.createOscillator();
  const quieter = context.createGain();
  const out = context.createMediaStreamDestination();
  source.frequency.value = TONE_HZ;
  quieter.gain.value = 0.3;
  source.connect(quieter).connect(out);
  source.start();
  return { stream: out.stream, close: () => { source.stop(); quieter.disconnect(); } };
}

/** Wait until ICE and DTLS stand. Rejects with Unfit when they do not. */
export async function connected(connection: RTCPeerConnection): Promise<void> {
  const found = await until(() => (connection.connectionState === "connected" ? true : null), CONNECT_MAX_MS);
  if (found === null) throw new Unfit("media");
}

/** How much of what comes back is our tone, and after how long. Rejects with Unfit when it does not come back. */
export async function returned(context: AudioContext, back: MediaStream): Promise<Omit<Health, "microphone">> {
  const began = performance.now();
  const samples = sampler(context, back);
  const echo = await until(() => {
    const now = samples.now();
    const found = share(now, TONE_HZ, context.sampleRate);
    return level(now) > LOUD && found > CLEAR ? found : null;
  }, RETURN_MAX_MS);
  samples.close();
  if (echo === null) throw new Unfit("echo-silent");
  return { echo, returned: performance.now() - began };
}

/** The latest samples of a stream, at the context's rate. */
function sampler(context: AudioContext, stream: MediaStream): { now: () => Float32Array; close: () => void } {
  const source = context.createMediaStreamSource(stream);
  const analyser = context.createAnalyser();
  analyser.fftSize = 4096;
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    now: () => {
      analyser.getFloatTimeDomainData(samples);
      return samples;
    },
    close: () => source.disconnect(),
  };
}

async function until<T>(look: () => T | null, limit: number): Promise<T | null> {
  const end = performance.now() + limit;
  for (;;) {
    const found = look();
    if (found !== null || performance.now() > end) return found;
    await new Promise((go) => setTimeout(go, LOOK_MS));
  }
}
