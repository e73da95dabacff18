// A softphone without SIP: it keeps what it was told, and says what a test lets it say.
const element = document.querySelector("[data-softphone]");
const ROUTABLE = new Set(["healthy", "ringing", "talking", "ended"]);
const LOCK = "fil-vert-softphone"; // of tab.ts: one tab of a browser has the telephone
const told = [];
let release = () => {};
window.softphone = {
  told,
  say(state, reason = null) {
    for (const [name, value] of [["leg", state.leg], ["why", state.why]])
      if (value === undefined) delete element.dataset[name]; else element.dataset[name] = value;
    element.dataset.state = state.name;
    element.dispatchEvent(new CustomEvent("softphone-state", {
      detail: { ...state, routable: ROUTABLE.has(state.name), reason }, bubbles: true,
    }));
  },
};
element.addEventListener("softphone-command", ({ detail }) => {
  told.push(detail);
  if (detail.do === "mute") element.dataset.muted = String(detail.muted);
  if (detail.do === "start") navigator.locks.request(LOCK, () => new Promise((given) => { release = given; }));
  if (detail.do === "stop") {
    release();
    window.softphone.say({ name: "idle" });
  }
});
