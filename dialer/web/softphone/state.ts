// What the softphone is, and what makes it something else.
//
// Decides which news counts in which state. Pure: knows no browser, no SIP, no clock.

export type Why =
  | "microphone-refused" | "microphone-missing" | "microphone-busy" | "microphone-silent" | "microphone-lost"
  | "connection" | "registration" | "media" | "echo-silent";

export type State =
  | { name: "idle" }
  | { name: "passive" } // another tab, or another computer, has the softphone
  | { name: "asking" } // for the microphone
  | { name: "checking" } // the health gate, not registered yet: who is registered is rung
  | { name: "registering" }
  | { name: "healthy" }
  | { name: "unhealthy"; why: Why }
  | { name: "ringing"; leg: string }
  | { name: "talking"; leg: string; connected: boolean }
  | { name: "ended"; leg: string; cause: string };

export type News =
  | { type: "started" }
  | { type: "stopped" }
  | { type: "elsewhere" } // another tab has it, or another computer took it
  | { type: "microphone"; checked: boolean } // we hold it; whether the gate was passed before
  | { type: "connected"; checked: boolean }
  | { type: "registered" }
  | { type: "disconnected" }
  | { type: "passed" }
  | { type: "failed"; why: Why }
  | { type: "rings"; leg: string }
  | { type: "answered" }
  | { type: "over"; cause: string }
  | { type: "settled"; why: Why | null }; // after a call: what is wrong by now, if anything

export const IDLE: State = { name: "idle" };

/** The state after the news; the very same object when the news does not count in it. */
export function next(state: State, news: News): State {
  if (news.type === "stopped") return state.name === "idle" ? state : IDLE;
  if (news.type === "elsewhere") return state.name === "passive" ? state : { name: "passive" };
  switch (state.name) {
    case "idle":
    case "passive":
      return news.type === "started" ? { name: "asking" } : state;
    case "asking":
      if (news.type === "microphone") return { name: news.checked ? "registering" : "checking" };
      return news.type === "failed" ? unhealthy(news.why) : state;
    case "checking":
      if (news.type === "passed") return { name: "registering" };
      if (news.type === "disconnected") return unhealthy("connection");
      return news.type === "failed" ? unhealthy(news.why) : state;
    case "registering":
      if (news.type === "registered") return { name: "healthy" };
      if (news.type === "disconnected") return unhealthy("connection");
      return news.type === "failed" ? unhealthy(news.why) : state;
    case "healthy":
      if (news.type === "rings") return { name: "ringing", leg: news.leg };
      if (news.type === "disconnected") return unhealthy("connection");
      return news.type === "failed" ? unhealthy(news.why) : state;
    case "unhealthy":
      if (news.type === "started") return { name: "asking" };
      // What the connection alone broke, the connection alone mends; all else is mended by starting again.
      if (state.why !== "connection") return state;
      if (news.type === "connected" && !news.checked) return { name: "checking" };
      if (news.type === "registered") return { name: "healthy" };
      return news.type === "failed" ? unhealthy(news.why) : state;
    case "ringing":
      if (news.type === "answered") return { name: "talking", leg: state.leg, connected: true };
      return news.type === "over" ? { name: "ended", leg: state.leg, cause: news.cause } : state;
    case "talking":
      // The voice has a way of its own: a lost connection ends no call.
      if (news.type === "disconnected") return state.connected ? { ...state, connected: false } : state;
      if (news.type === "registered") return state.connected ? state : { ...state, connected: true };
      return news.type === "over" ? { name: "ended", leg: state.leg, cause: news.cause } : state;
    case "ended":
      if (news.type === "settled") return news.why === null ? { name: "healthy" } : unhealthy(news.why);
      return state;
  }
}

/** Whether calls may be sent here. */
export function routable(state: State): boolean {
  return state.name === "healthy" || state.name === "ringing" || state.name === "talking" || state.name === "ended";
}

function unhealthy(why: Why): State {
  return { name: "unhealthy", why };
}
