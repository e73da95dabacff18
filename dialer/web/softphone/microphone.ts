// The microphone of the browser: asked for, and given back.
//
// Decides which of the browser's refusals is which fault of ours.

import type { Why } from "./state.ts";

export function silence(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

export async function ask(wanted: MediaTrackConstraints): Promise<MediaStream | Why> {
  const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, ...wanted };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio, video: false });
  } catch (error) {
    const name = error instanceof DOMException ? error.name : "";
    if (name === "NotFoundError" || name === "OverconstrainedError") return "microphone-missing";
    return name === "NotReadableError" || name === "AbortError" ? "microphone-busy" : "microphone-refused";
  }
}
