// What is heard at the desk besides calls: the sound of ringing; and how loud the microphone is.
//
// Knows no call and no state: `telephone.js` says when.

const LOOK_MS = 80;
const RINGS_EVERY_MS = 3000;

/** The level of a microphone, shown in a <meter> for as long as it is on. */
export const meter = {
  run: 0, on: false, stream: null, context: null,
  /** `wanted`: constraints, or a promise of them; `heard` is told each level, 0 to 1. */
  async begin(place, wanted, heard) {
    if (this.on || !navigator.mediaDevices) return;
    this.on = true;
    const run = ++this.run;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: await wanted }).catch(() => null);
    if (run !== this.run || !stream) { stream?.getTracks().forEach((track) => track.stop()); return; }
    this.stream = stream;
    this.context = new AudioContext();
    const analyser = this.context.createAnalyser();
    analyser.fftSize = 2048;
    this.context.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    const look = () => {
      if (run !== this.run) return;
      analyser.getFloatTimeDomainData(samples);
      const level = Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
      heard(level);
      place.value = Math.min(1, Math.max(0, 1 + Math.log10(Math.max(level, 1e-5)) / 2.6)); // -52 dB to 0
      setTimeout(look, LOOK_MS);
    };
    look();
  },
  end() {
    if (!this.on) return;
    this.run += 1;
    this.on = false;
    this.stream?.getTracks().forEach((track) => track.stop());
    void this.context?.close();
    this.stream = this.context = null;
  },
};

export const bell = {
  context: null, timer: 0,
  /** After a press: a browser that nobody touched gives no sound. `device`: a loudspeaker; empty is the system's. */
  async ready(device) {
    this.context ??= new AudioContext();
    await this.context.resume();
    await this.context.setSinkId?.(device).catch(() => {});
  },
  begin(device) {
    if (this.timer) return;
    this.timer = setInterval(() => this.once(), RINGS_EVERY_MS);
    void this.ready(device).then(() => this.once());
  },
  /** Two short, soft notes. */
  once() {
    const { context } = this;
    for (const [note, begins] of [[523.25, 0], [659.25, 0.22], [523.25, 0.6], [659.25, 0.82]]) {
      const source = context.createOscillator(), gain = context.createGain();
      const from = context.currentTime + begins;
      source.frequency.value = note;
      gain.gain.setValueAtTime(0, from);
      gain.gain.linearRampToValueAtTime(0.25, from + 0.03);
      gain.gain.exponentialRampToValueAtTime(0.001, from + 0.34);
      source.connect(gain).connect(context.destination);
      source.start(from);
      source.stop(from + 0.36);
    }
  },
  end() {
    clearInterval(this.timer);
    this.timer = 0;
  },
};
