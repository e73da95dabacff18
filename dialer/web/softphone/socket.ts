// The connection to our own server's /sip, as JsSIP wants a socket to be.
//
// Decides when a connection is dead: a keep-alive (RFC 5626, 3.5.1) that is not answered in time. A browser's own
// socket would say so after minutes.

const BEAT_MS = 2000;
const ANSWER_MAX_MS = 1800;
const CONNECT_MAX_MS = 5000;
const PING = "\r\n\r\n", PONG = "\r\n";

export const REVOKED = 4000; // close codes of dialer/web/sip_proxy.py
export const REPLACED = 4001;

export class ProxySocket {
  readonly url: string;
  readonly sip_uri: string;
  readonly via_transport: string;
  onconnect: () => void = () => {};
  ondisconnect: (error: boolean, code?: number, reason?: string) => void = () => {};
  ondata: (data: unknown) => void = () => {};
  private socket: WebSocket | null = null;
  private beat = 0;
  private limit = 0;

  /** May be set anew: the next connection goes by it. */
  ticket: string;

  constructor(url: string, ticket: string) {
    const whole = new URL(url, location.href);
    whole.protocol = whole.protocol.replace(/^http/, "ws");
    this.ticket = ticket;
    this.url = whole.href;
    this.via_transport = whole.protocol === "wss:" ? "WSS" : "WS";
    this.sip_uri = `sip:${whole.host};transport=ws`;
  }

  connect(): void {
    if (this.isConnected() || this.isConnecting()) return;
    // The ticket travels as a subprotocol: an address would be written into logs on its way.
    const socket = new WebSocket(this.url, ["sip", `ticket.${this.ticket}`]);
    this.socket = socket;
    this.limit = window.setTimeout(() => this.lose(1006, "no answer"), CONNECT_MAX_MS);
    socket.onopen = () => {
      if (socket !== this.socket) return;
      clearTimeout(this.limit);
      this.limit = 0;
      this.beat = window.setInterval(() => this.probe(), BEAT_MS);
      this.onconnect();
    };
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      clearTimeout(this.limit); // whatever comes shows that it lives
      this.limit = 0;
      if (event.data !== PONG) this.ondata(event.data);
    };
    socket.onclose = (event) => {
      if (socket === this.socket) this.lose(event.code, event.reason);
    };
  }

  /** Ask for a sign of life now; without one in time the connection is lost. */
  probe(): void {
    if (!this.isConnected() || this.limit) return;
    this.limit = window.setTimeout(() => this.lose(1006, "silence"), ANSWER_MAX_MS);
    this.socket?.send(PING);
  }

  disconnect(): void {
    this.forget()?.close(1000);
  }

  send(message: string | ArrayBufferLike | Blob | ArrayBufferView): boolean {
    if (!this.isConnected()) return false;
    this.socket?.send(message as string);
    return true;
  }

  isConnected(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  isConnecting(): boolean {
    return this.socket?.readyState === WebSocket.CONNECTING;
  }

  private lose(code: number, reason: string): void {
    this.forget()?.close();
    this.ondisconnect(true, code, reason);
  }

  private forget(): WebSocket | null {
    clearInterval(this.beat);
    clearTimeout(this.limit);
    this.limit = 0;
    const socket = this.socket;
    this.socket = null;
    return socket;
  }
}
