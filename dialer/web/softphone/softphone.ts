// The softphone of one page: an element of it carries what is said (attributes, events) and what is asked (commands).
//
// Decides how news of the browser and of SIP become states, and which call is answered: none but the one that it is
// told to. Has no look and no words of its own beside `reasons.ts`. docs/softphone.md lists attributes and commands.

import { RFC_4733, UA, debug, type Incoming, type RTCSession, type UAConfiguration } from "./jssip.ts";
import * as gate from "./gate.ts";
import { ask, silence } from "./microphone.ts";
import { REASONS } from "./reasons.ts";
import { REPLACED, REVOKED, ProxySocket } from "./socket.ts";
import { IDLE, next, routable, type News, type State, type Why } from "./state.ts";
import { claim } from "./tab.ts";
import { watch } from "./watch.ts";

/** What `POST /api/v1/softphone/key` gave: `url` of /sip, and what is valid until sign-out. */
export interface Key { url: string; endpoint: string; password: string; ticket: string; ice: RTCIceServer[] }

export type Command =
  | { do: "start"; key: Key; checked?: boolean; microphone?: MediaTrackConstraints; echo?: string }
  | { do: "stop" }
  | { do: "answer"; leg: string } // the one that rings, or that is going to
  | { do: "refuse" }
  | { do: "hang-up" }
  | { do: "mute"; muted: boolean }
  | { do: "press"; digit: string }
  | { do: "output"; device: string };

const DOMAIN = "fil-vert";
const ECHO = "*43"; // of ops/asterisk/dialplan.py
const LEG = "X-Fil-Vert-Leg";
const REGISTER_S = 120;
const CANDIDATES_MAX_MS = 250; // ours are there at once; whatever a slow STUN server adds comes too late to help
const BROKEN_MAX_MS = 2000;
const PRESS_MS = 160, BETWEEN_MS = 80;

debug.disable(); // it would write numbers into the console

class Softphone {
  private readonly element: HTMLElement;
  private readonly audio = new Audio();
  private state: State = IDLE;
  private ua: UA | null = null;
  private socket: ProxySocket | null = null;
  private context: AudioContext | null = null;
  private microphone: MediaStream | null = null;
  private session: RTCSession | null = null;
  private expected: string | null = null;
  private checked = false;
  private key: Key | null = null;
  private wanted: MediaTrackConstraints = {};
  private speechless = false; // in a call whose microphone is gone
  private revoked = false; // our key opens nothing any more; a call goes on without
  private echo = ECHO;
  private run = 0; // counts starts: what an earlier one still awaits is not for this one
  private checks = 0; // and these count its checks, each connection may bring one
  private unwatch: () => void = () => {};
  private release: () => void = () => {};

  constructor(element: HTMLElement) {
    this.element = element;
    this.audio.autoplay = true;
    this.element.addEventListener("softphone-command", (event) => {
      void this.obey((event as CustomEvent<Command>).detail);
    });
    navigator.mediaDevices?.addEventListener("devicechange", () => void this.another());
    this.show();
  }

  private async obey(command: Command): Promise<void> {
    switch (command.do) {
      case "start": return this.start(command);
      case "stop": return this.stop();
      case "answer":
        this.expected = command.leg;
        if (this.state.name === "ringing" && this.state.leg === command.leg) this.answer();
        return;
      case "refuse":
        if (this.state.name === "ringing") this.session?.terminate({ status_code: 486, reason_phrase: "Busy Here" });
        return;
      case "hang-up":
        if (this.state.name === "talking") this.session?.terminate();
        return;
      case "mute":
        if (command.muted) this.session?.mute({ audio: true });
        else this.session?.unmute({ audio: true });
        this.element.dataset.muted = String(this.session?.isMuted().audio ?? false);
        return;
      case "press":
        if (this.state.name === "talking" && /^[0-9*#]$/.test(command.digit))
          this.session?.sendDTMF(command.digit, {
            duration: PRESS_MS, interToneGap: BETWEEN_MS, transportType: RFC_4733,
          });
        return;
      case "output":
        await this.audio.setSinkId(command.device);
    }
  }

  // -- from nothing to healthy ---------------------------------------------------------------------------------------

  private async start(command: Command & { do: "start" }): Promise<void> {
    if (this.state.name === "talking") return this.rekey(command.key);
    if (!["idle", "passive", "unhealthy"].includes(this.state.name)) return;
    this.end();
    const run = this.run;
    this.release = await claim(() => this.tell({ type: "elsewhere" }));
    if (run !== this.run) return this.release();
    this.key = command.key;
    this.revoked = false;
    this.echo = command.echo ?? ECHO;
    this.checked = command.checked ?? false;
    this.tell({ type: "started" });
    this.context = new AudioContext();
    this.wanted = command.microphone ?? {};
    const found = await ask(this.wanted);
    if (run !== this.run) return typeof found === "string" ? undefined : silence(found);
    if (typeof found === "string") return this.tell({ type: "failed", why: found });
    this.hold(found);
    void this.devices();
    this.tell({ type: "microphone", checked: this.checked });
    this.unwatch = watch(() => this.socket?.probe());
    this.connect(command.key);
  }

  private hold(microphone: MediaStream): void {
    this.microphone = microphone;
    microphone.getAudioTracks()[0]?.addEventListener("ended", () => this.lost());
  }

  /** In a call another microphone is looked for, now and whenever there are others, and nobody is hung up on. */
  private lost(): void {
    if (!this.session) return this.fail("microphone-lost");
    this.speechless = true;
    this.show();
    void this.another();
  }

  private async another(): Promise<void> {
    if (!this.speechless) return;
    const { deviceId: _, ...wanted } = this.wanted; // the one that was chosen is the one that is gone
    const found = await ask(wanted);
    if (typeof found === "string") return;
    const session = this.session;
    if (!this.speechless || !session) return silence(found);
    this.speechless = false;
    this.hold(found);
    const track = found.getAudioTracks()[0]!;
    track.enabled = !session.isMuted().audio;
    const ours = session.connection?.getSenders().find((each) => each.track?.kind === "audio");
    await ours?.replaceTrack(track);
    this.show();
  }

  private connect(key: Key): void {
    this.socket = new ProxySocket(key.url, key.ticket);
    const settings: UAConfiguration = {
      sockets: [this.socket],
      uri: `sip:${key.endpoint}@${DOMAIN}`,
      password: key.password,
      register: this.checked,
      register_expires: REGISTER_S,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 15,
      user_agent: "Fil vert",
    };
    const ua = new UA(settings);
    this.ua = ua;
    ua.on("connected", () => {
      this.tell({ type: "connected", checked: this.checked });
      if (this.state.name === "checking") void this.check(ua);
    });
    ua.on("registered", () => {
      const talked = this.state.name === "talking" && !this.state.connected;
      this.tell({ type: "registered" });
      if (talked) this.renew();
    });
    ua.on("registrationFailed", (event) => {
      if (event.response) this.fail("registration"); // without a response, the connection broke: said below
    });
    ua.on("disconnected", ({ code }) => {
      if (ua !== this.ua) return;
      if (code === REVOKED && this.state.name === "talking") {
        this.revoked = true;
        this.tell({ type: "disconnected" });
        this.show();
      } else if (code === REVOKED || code === REPLACED) {
        this.revoked = code === REVOKED;
        this.end();
        this.tell(code === REVOKED ? { type: "failed", why: "registration" } : { type: "elsewhere" });
      } else {
        this.tell({ type: "disconnected" });
      }
    });
    ua.on("newRTCSession", ({ originator, session, request }: Incoming) => {
      if (originator === "remote") this.rings(session, request.getHeader(LEG) ?? session.id);
    });
    ua.start();
  }

  /** In a call that has lost its key: the next connection goes by another one, and the voice never stops. */
  private rekey(key: Key): void {
    if (!this.revoked || !this.ua || !this.socket || key.endpoint !== this.key?.endpoint) return;
    this.key = key;
    this.revoked = false;
    this.socket.ticket = key.ticket;
    this.ua.set("password", key.password);
    this.show();
  }

  private async check(ua: UA): Promise<void> {
    const { context, microphone } = this;
    if (!context || !microphone) return;
    const check = (this.checks += 1);
    const current = () => check === this.checks && this.state.name === "checking";
    let sound: ReturnType<typeof gate.tone> | null = null;
    let session: RTCSession | null = null;
    try {
      await context.resume();
      const loud = await gate.heard(context, microphone);
      sound = gate.tone(context);
      const stream = sound.stream;
      const back = new Promise<MediaStream>((resolve, reject) => {
        session = ua.call(this.echo, {
          mediaStream: stream,
          pcConfig: this.wiring(),
          eventHandlers: {
            peerconnection: ({ peerconnection }) => this.listen(peerconnection, resolve),
            icecandidate: ({ ready }) => void setTimeout(ready, CANDIDATES_MAX_MS),
            failed: () => reject(new gate.Unfit("media")),
            ended: () => reject(new gate.Unfit("echo-silent")),
          },
        });
      });
      const returning = await back;
      await gate.connected(session!.connection);
      const echo = await gate.returned(context, returning);
      if (!current()) return;
      const health: gate.Health = { microphone: loud, ...echo };
      this.emit("softphone-health", health);
      this.checked = true;
      this.tell({ type: "passed" });
      ua.register();
    } catch (error) {
      if (current()) this.tell({ type: "failed", why: error instanceof gate.Unfit ? error.why : "media" });
    } finally {
      sound?.close();
      this.audio.srcObject = null;
      const call = session as RTCSession | null;
      if (call && !call.isEnded()) call.terminate();
    }
  }

  // -- a call --------------------------------------------------------------------------------------------------------

  private rings(session: RTCSession, leg: string): void {
    if (this.state.name !== "healthy") {
      const busy = this.state.name === "ringing" || this.state.name === "talking";
      if (!busy || leg !== this.expected)
        return session.terminate(busy ? { status_code: 486 } : { status_code: 480 });
    }
    this.session = session;
    session.on("accepted", () => this.tell({ type: "answered" }));
    session.on("ended", ({ cause }) => this.over(session, cause));
    session.on("failed", ({ cause }) => this.over(session, cause));
    session.on("icecandidate", ({ ready }) => void setTimeout(ready, CANDIDATES_MAX_MS));
    session.on("peerconnection", ({ peerconnection }) => this.listen(peerconnection, () => this.mend(session)));
    this.tell({ type: "rings", leg });
    if (leg === this.expected) this.answer();
  }

  private answer(): void {
    if (!this.session || !this.microphone) return;
    this.expected = null;
    this.element.dataset.muted = "false";
    for (const track of this.microphone.getAudioTracks()) track.enabled = true;
    this.session.answer({ mediaStream: this.microphone, pcConfig: this.wiring() });
  }

  private over(session: RTCSession, cause: string): void {
    if (session !== this.session) return;
    this.session = null;
    this.audio.srcObject = null;
    this.speechless = false;
    delete this.element.dataset.muted;
    this.tell({ type: "over", cause });
    if (this.revoked) {
      this.end();
      return this.tell({ type: "settled", why: "registration" });
    }
    const live = this.microphone?.getAudioTracks()[0]?.readyState === "live";
    this.tell({ type: "settled", why: !live ? "microphone-lost" : this.ua?.isRegistered() ? null : "connection" });
  }

  /** Let the other side be heard, and watch the voice's own way. */
  private listen(connection: RTCPeerConnection, heard: (stream: MediaStream) => void): void {
    connection.addEventListener("track", ({ track, streams }) => {
      const stream = streams[0] ?? new MediaStream([track]);
      this.audio.srcObject = stream; // Chromium hands on the samples of a stream only while an element plays it
      heard(stream);
    });
  }

  private mend(session: RTCSession): void {
    const connection = session.connection;
    connection.addEventListener("iceconnectionstatechange", () => {
      const broken = () => ["disconnected", "failed"].includes(connection.iceConnectionState);
      if (broken()) setTimeout(() => { if (broken() && session === this.session) this.renew(); }, BROKEN_MAX_MS);
    });
  }

  /** Offer anew over the connection that there is now: Asterisk learns it, and ICE looks for another way. */
  private renew(): void {
    const session = this.session;
    if (session?.isEstablished() && session.isReadyToReOffer() && this.ua?.isConnected())
      session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
  }

  private wiring(): RTCConfiguration {
    return { iceServers: this.key?.ice ?? [], bundlePolicy: "max-bundle", rtcpMuxPolicy: "require" };
  }

  // -- the end, and what is shown ------------------------------------------------------------------------------------

  private stop(): void {
    this.end();
    this.tell({ type: "stopped" });
  }

  private fail(why: Why): void {
    this.checked = false;
    this.tell({ type: "failed", why });
  }

  /** Give everything back: registration, microphone, lock. */
  private end(): void {
    this.run += 1;
    this.unwatch();
    this.unwatch = () => {};
    const ua = this.ua;
    this.ua = this.socket = null;
    ua?.stop();
    this.session = null;
    this.speechless = false;
    if (this.microphone) silence(this.microphone);
    this.microphone = null;
    void this.context?.close();
    this.context = null;
    this.release();
    this.release = () => {};
  }

  private async devices(): Promise<void> {
    const all = await navigator.mediaDevices.enumerateDevices();
    const some = (kind: string) =>
      all.filter((one) => one.kind === kind).map(({ deviceId, label }) => ({ id: deviceId, label }));
    this.emit("softphone-devices", { inputs: some("audioinput"), outputs: some("audiooutput") });
  }

  private tell(news: News): void {
    const after = next(this.state, news);
    if (after === this.state) return;
    this.state = after;
    // Asterisk rings who is registered. A connection that broke is mended by registering: there is nothing to take back.
    if (after.name === "unhealthy" && after.why !== "connection" && this.ua?.isRegistered()) this.ua.unregister();
    this.show();
  }

  private show(): void {
    const { state } = this;
    const shown = this.element.dataset;
    shown.state = state.name;
    shown.routable = String(routable(state));
    set(shown, "key", this.revoked ? "ended" : undefined);
    set(shown, "microphone", this.speechless ? "lost" : undefined);
    set(shown, "why", state.name === "unhealthy" ? state.why : undefined);
    set(shown, "leg", "leg" in state ? state.leg : undefined);
    set(shown, "connected", state.name === "talking" ? String(state.connected) : undefined);
    const reason = state.name === "unhealthy" ? REASONS[state.why] : null;
    this.emit("softphone-state", { ...state, routable: routable(state), reason });
  }

  private emit(type: string, detail: unknown): void {
    this.element.dispatchEvent(new CustomEvent(type, { detail, bubbles: true }));
  }
}

function set(shown: DOMStringMap, name: string, value: string | undefined): void {
  if (value === undefined) delete shown[name];
  else shown[name] = value;
}

for (const element of document.querySelectorAll<HTMLElement>("[data-softphone]")) new Softphone(element);
