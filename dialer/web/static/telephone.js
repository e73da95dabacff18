// The telephone of the adviser's page: the gate before the first call, the devices, the sound of ringing, the keypad.
//
// Decides what the softphone is told (docs/softphone.md) and how its state reads in French; answers by itself only the
// leg that the page names in `data-answers`: one that the adviser has asked for already. Knows no call but by its leg.
//
//   data-phone="…"    on a button: start, desk, page, take, stop, ring; in a call answer, refuse, mute, hang-up
//   <html data-sonne> where a call rings: "page", "fixe" (the desk phone), "ailleurs" (another tab or computer)

import { bell, meter } from "./sons.js";

const root = document.documentElement;
const phone = document.querySelector("[data-softphone]");
const panel = document.getElementById("telephone");
const at = (id) => document.getElementById(id);
const LINK_LOST_MS = 120000; // an Asterisk that began anew within this has forgotten our key
const AGAIN_MS = 30000;
const RELOAD_MAX_MS = 60000;
const RETRY_MS = 2000;
const SAME_END_MS = 30000; // a key and a session that end within this end by the same: signed out, expired
const FREED_MAX_MS = 2000; // a page that is gone has given the telephone back by then
const OFFERED = new Set(["idle", "passive", "unhealthy"]); // a start is taken in these

let state = { name: "idle", routable: false, reason: null };
let answered = null; // the leg that was answered for them last
let elsewhere = false; // another tab of this browser has the telephone
let lostLink = -Infinity, startedAgain = -Infinity;
let lostKey = -Infinity, lostSession = null;
let asking = false, failure = null;

// -- what is remembered --------------------------------------------------------------------------------------------

// Of this browser: which phone, which devices. Of this tab: when the gate was last known to be passed in it.
const kept = (name) => localStorage.getItem(`fil-vert.${name}`) ?? "";
const keep = (name, value) => localStorage.setItem(`fil-vert.${name}`, value);
const PASSED = "fil-vert.passed";
const passedBefore = sessionStorage.getItem(PASSED);
const passed = () => sessionStorage.setItem(PASSED, String(Date.now()));

const tell = (command) => phone.dispatchEvent(new CustomEvent("softphone-command", { detail: command }));
const region = (name) => document.querySelector(name);
const inCall = () => Boolean(region("#poste-appel [data-talks]"));

// -- starting ------------------------------------------------------------------------------------------------------

async function microphone() {
  const wanted = kept("micro");
  const all = wanted ? await navigator.mediaDevices.enumerateDevices() : [];
  return all.some((each) => each.deviceId === wanted) ? { deviceId: { exact: wanted } } : {};
}

async function start(checked) {
  const rekeys = state.name === "talking" && phone.dataset.key === "ended"; // the voice goes on meanwhile
  if ((!OFFERED.has(state.name) && !rekeys) || asking) return;
  asking = true;
  failure = null;
  keep("telephone", "page");
  show();
  const answer = await fetch("/api/v1/softphone/key", {
    method: "POST", headers: { Accept: "application/json", "X-CSRF": root.dataset.csrf ?? "" },
  }).catch(() => null);
  asking = false;
  if (!answer?.ok) {
    if (checked && inCall()) setTimeout(() => void start(true), RETRY_MS); // somebody is on the line
    if (answer?.status === 401) root.dispatchEvent(new CustomEvent("flux-session", { cancelable: true }));
    if (answer?.status === 403) root.dispatchEvent(new CustomEvent("poste-code"));
    failure = answer === null || answer.status === 503
      ? "Le service de téléphonie ne répond pas. Réessayez dans un instant, ou prenez votre poste fixe."
      : "Le service ne donne pas de téléphone à cette page. Prenez votre poste fixe, et prévenez votre encadrement.";
    return show();
  }
  tell({ do: "start", key: await answer.json(), checked, microphone: await microphone() });
}

function stop(to) {
  sessionStorage.removeItem(PASSED);
  keep("telephone", to);
  tell({ do: "stop" });
  show();
}

// Asterisk forgets keys when it begins anew; another computer takes ours away. Only the first is mended by itself.
function again() {
  const now = performance.now();
  const ended = state.name === "talking" ? phone.dataset.key === "ended" : state.why === "registration";
  if (!ended) return;
  if (now - lostLink > LINK_LOST_MS || now - startedAgain < AGAIN_MS) return;
  startedAgain = now;
  void start(true);
}

// Whoever signs in over the page has the telephone again that the end of their session took. One that another computer
// took stays there.
root.addEventListener("flux-session", () => { lostSession ??= performance.now(); });
root.addEventListener("flux-again", () => {
  const together = lostSession !== null && Math.abs(lostSession - lostKey) < SAME_END_MS;
  lostSession = null;
  if (phone.dataset.key === "ended" && (together || state.name === "talking")) void start(true);
});

// -- other tabs ----------------------------------------------------------------------------------------------------

const LOCK = "fil-vert-softphone"; // of tab.ts
const ANSWER_MS = 300;
const tabs = new BroadcastChannel("fil-vert-poste");
let busyElsewhere = false;

tabs.addEventListener("message", ({ data }) => {
  if (data === "talking") busyElsewhere = true;
  if (data !== "take" || state.name === "idle" || state.name === "passive") return;
  if (state.name === "talking" || state.name === "ringing") tabs.postMessage("talking");
  else tell({ do: "stop" }); // whoever waits for the browser's lock has it now
});

async function takeOver() {
  busyElsewhere = false;
  tabs.postMessage("take");
  await new Promise((go) => setTimeout(go, ANSWER_MS));
  failure = busyElsewhere ? "Un appel est en cours dans l’autre onglet : terminez-le d’abord." : null;
  elsewhere = busyElsewhere;
  if (busyElsewhere) show();
  else if (state.name === "idle") void start(false);
}

async function look() {
  if (!["idle", "passive"].includes(state.name)) return;
  const { held } = await navigator.locks.query();
  const found = held.some(({ name }) => name === LOCK);
  if (found !== elsewhere && state.name === "idle") { elsewhere = found; show(); }
}

// -- what is shown -------------------------------------------------------------------------------------------------

const NOW = {
  idle: "Le téléphone de cette page n’est pas activé.",
  passive: "Le téléphone est ouvert dans un autre onglet, ou sur un autre ordinateur.",
  asking: "Autorisez le micro dans la fenêtre du navigateur.",
  checking: "Essai en cours : dites quelques mots.",
  registering: "Essai réussi. Liaison avec le service…",
  healthy: "Prêt à sonner ici.",
  ringing: "Sonne.",
  talking: "En ligne.",
  ended: "Appel terminé.",
};
const PASSES = ["micro", "voix", "son", "ligne"];
const REACHED = { asking: 0, checking: 1, registering: 3, healthy: 4, ringing: 4, talking: 4, ended: 4 };
const BROKEN_AT = {
  "microphone-refused": 0, "microphone-missing": 0, "microphone-busy": 0, "microphone-lost": 0, "microphone-silent": 1,
  media: 2, "echo-silent": 2, connection: 3, registration: 3,
};
const MARKS = { ok: ["✓", "réussi"], now: ["…", "en cours"], failed: ["✗", "échec"], later: ["", "à venir"] };
const LOUD = 0.003; // of gate.ts
let voice = false; // the microphone was heard in this check
let furthest = 0; // how many of the checks were passed in it

const isElsewhere = () => state.name === "passive" || (state.name === "idle" && elsewhere);

function where() {
  if (isElsewhere()) return "ailleurs";
  return state.routable ? "page" : "fixe";
}

function show() {
  root.dataset.sonne = where();
  root.dataset.telephone = state.name;
  const focused = panel.contains(document.activeElement) ? document.activeElement : null;
  const chosen = kept("telephone");
  const desk = chosen === "fixe" && state.name === "idle" && !elsewhere;
  const unreachable = region("[data-adviser-state]")?.dataset.adviserState === "unreachable";
  const trying = ["asking", "checking", "registering"].includes(state.name);
  const broken = state.name === "unhealthy";
  const away = isElsewhere();
  let now = asking ? "Liaison avec le service…" : away ? NOW.passive : NOW[state.name];
  if (desk) now = unreachable ? "Votre poste fixe n’est pas relié au service." : "Votre poste fixe sonne.";
  if (broken) now = typographic(state.reason?.what ?? "Le téléphone de cette page ne fonctionne pas.");
  const speechless = phone.dataset.microphone === "lost";
  if (speechless) now = "Votre micro a été débranché : personne ne vous entend.";
  else if (state.name === "talking" && !state.connected) now = "En ligne. La liaison est coupée : la voix passe encore.";
  write("telephone-etat", now);
  const remedy = failure ?? (speechless ? "Rebranchez-le, ou branchez-en un autre : il est pris tout de suite." : broken ? typographic(state.reason?.remedy ?? "")
    : desk && unreachable ? "Vérifiez qu’il est branché et allumé, ou utilisez cette page." : "");
  write("telephone-remede", remedy);
  at("telephone-remede").hidden = !remedy;
  const otherwise = desk ? "desk" : away ? "away" : trying ? "trying" : "gate";
  panel.dataset.shows = state.routable && !speechless ? "well" : broken || failure || speechless ? "broken" : otherwise;
  at("telephone-essais").hidden = !(trying || broken);
  checks(trying, broken);
  const tuning = at("telephone-reglages").open && state.routable && state.name !== "talking";
  at("telephone-niveau").hidden = !(tuning || ["checking", "registering"].includes(state.name));
  button("start", !state.routable && !trying && !desk && !away, asking);
  set("start", broken ? "Recommencer" : "Activer le téléphone");
  button("desk", !desk && !state.routable && !trying && !away);
  button("page", desk);
  button("take", away);
  button("stop", state.routable && state.name === "healthy");
  for (const each of panel.querySelectorAll("[data-device=micro]")) each.disabled = inCall();
  muted();
  if (focused && !focused.checkVisibility()) at("telephone-titre").focus({ preventScroll: true });
  if (at("telephone-niveau").hidden) meter.end();
  else void meter.begin(at("niveau"), microphone(), louder);
}

function louder(level) {
  if (level > LOUD && state.name === "checking" && !voice) { voice = true; show(); }
}

function checks(trying, broken) {
  const failed = broken ? BROKEN_AT[state.why] ?? 3 : -1;
  furthest = Math.max(furthest, (REACHED[state.name] ?? 0) + (state.name === "checking" && voice ? 1 : 0));
  PASSES.forEach((name, place) => {
    const row = panel.querySelector(`[data-check=${name}]`);
    const kind = place === failed ? "failed" : place < furthest ? "ok" : place === furthest && trying ? "now" : "later";
    const [mark, said] = MARKS[kind];
    row.className = kind;
    row.querySelector(".mark").textContent = mark;
    row.querySelector("[data-said]").textContent = said;
  });
}

function write(id, text) {
  if (at(id).textContent !== text) at(id).textContent = text;
}

function button(name, shown, busy = false) {
  for (const each of panel.querySelectorAll(`[data-phone=${name}]`)) {
    each.hidden = !shown;
    each.setAttribute("aria-disabled", String(busy)); // one that is disabled loses the focus
  }
}

function set(name, text) {
  for (const each of panel.querySelectorAll(`[data-phone=${name}]`)) each.textContent = text;
}

const typographic = (text) => text.replaceAll("'", "’");

function muted() {
  const is = phone.dataset.muted === "true";
  root.dataset.micro = is ? "coupe" : "ouvert";
  for (const each of document.querySelectorAll("[data-phone=mute]")) each.setAttribute("aria-pressed", String(is));
}

const title = document.title;

/** Where the call stands is the service's to say; that it rings here, the telephone's. */
function follow() {
  const rings = region("#poste-appel [data-rings]"), talks = region("#poste-appel [data-talks]");
  document.title = rings ? `📞 Appel – ${rings.dataset.rings}` : talks ? `En ligne – ${title}` : title;
  if (region("[data-linked=false]")) lostLink = performance.now();
  const leg = region("#poste-appel [data-answers]")?.dataset.answers ?? null;
  if (leg && leg !== answered) tell({ do: "answer", leg });
  answered = leg;
  if (rings && state.name === "ringing") bell.begin(kept("sonnerie"));
  else bell.end();
  again();
  show();
  void look();
}

// -- told and pressed ----------------------------------------------------------------------------------------------

phone.addEventListener("softphone-state", ({ detail }) => {
  state = detail;
  if (phone.dataset.key !== "ended") lostKey = -Infinity;
  else if (lostKey === -Infinity) lostKey = performance.now();
  if (state.name === "asking") [voice, furthest] = [false, 0];
  if (state.name === "healthy") {
    failure = null;
    passed();
    if (kept("sortie")) tell({ do: "output", device: kept("sortie") });
  }
  if (["idle", "passive", "unhealthy"].includes(state.name) && state.why !== "connection") sessionStorage.removeItem(PASSED);
  follow();
});
phone.addEventListener("softphone-devices", ({ detail }) => {
  const lists = { micro: detail.inputs, sortie: detail.outputs, sonnerie: detail.outputs };
  for (const [name, devices] of Object.entries(lists)) {
    const select = panel.querySelector(`[data-device=${name}]`);
    const named = devices.filter(({ id, label }) => id && label && id !== "default" && id !== "communications");
    select.replaceChildren(select.options[0], ...named.map(({ id, label }) => new Option(label, id)));
    select.value = named.some(({ id }) => id === kept(name)) ? kept(name) : "";
  }
});

panel.addEventListener("change", ({ target }) => {
  if (!target.dataset.device) return;
  keep(target.dataset.device, target.value);
  if (target.dataset.device === "sortie") tell({ do: "output", device: target.value });
  if (target.dataset.device === "sonnerie") void bell.ready(kept("sonnerie"));
  if (target.dataset.device === "micro" && state.name === "healthy") {
    tell({ do: "stop" });
    void start(false); // another microphone has to pass the gate too
  }
});
at("telephone-reglages").addEventListener("toggle", show);

const PRESSED = {
  start: () => void start(false),
  page: () => void start(false),
  take: takeOver,
  desk: () => stop("fixe"),
  stop: () => stop(""),
  ring: () => bell.once(),
  answer: () => tell({ do: "answer", leg: phone.dataset.leg }),
  refuse: () => tell({ do: "refuse" }),
  "hang-up": () => tell({ do: "hang-up" }),
  mute: () => { tell({ do: "mute", muted: phone.dataset.muted !== "true" }); muted(); },
};
document.addEventListener("click", async ({ target }) => {
  const pressed = target.closest?.("[data-phone]");
  if (!pressed || pressed.matches("[aria-disabled=true]")) return;
  if (panel.contains(pressed)) await bell.ready(kept("sonnerie"));
  PRESSED[pressed.dataset.phone]();
});

// The keypad takes digits that are typed too.
const keypad = at("clavier");
function press(digit) {
  tell({ do: "press", digit });
  at("touches-envoyees").value += digit;
}
keypad.addEventListener("click", ({ target }) => { if (target.dataset.digit) press(target.dataset.digit); });
keypad.addEventListener("keydown", (event) => {
  if (!/^[0-9*#]$/.test(event.key) || event.repeat) return;
  event.preventDefault();
  press(event.key);
});
keypad.addEventListener("close", () => { at("touches-envoyees").value = ""; });

root.addEventListener("flux", follow);
follow();
addEventListener("pagehide", () => { if (state.routable) passed(); });
// Loaded anew: somebody is on the line, or the gate was passed here a moment ago. Nobody has to be heard again.
// A tab that was doubled remembers the same, but there another one has the telephone.
async function resume() {
  const end = performance.now() + FREED_MAX_MS;
  for (await look(); elsewhere && performance.now() < end; await look())
    await new Promise((go) => setTimeout(go, 100));
  if (!elsewhere) await start(true);
}
if (passedBefore && (inCall() || Date.now() - Number(passedBefore) < RELOAD_MAX_MS))
  addEventListener("load", () => void resume(), { once: true });
