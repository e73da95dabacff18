// Keeps an open page true: swaps in the fragments that the service sends, lets durations tick, and says so when the
// service is silent. Knows nothing of what the fragments hold.
//
// A page that may not be loaded anew by itself stops the events `flux-look` (there is a newer look) and `flux-session`
// (nobody is signed in any more), and asks for another stream by `flux-again`. `flux` comes after each swap.

const root = document.documentElement;
const SILENCE_MAX_MS = Number(root.dataset.silence) || 25000; // the service beats every 10 s at the latest
const AGAIN_MS = 5000;
const NBSP = "\u00a0";

// -- the service's clock, which may be shifted ---------------------------------------------------------------------

let ahead = 0;
const heard = (at) => { if (at) ahead = Date.parse(at) - Date.now(); };
const inParis = (options) => new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", ...options });
const clock = inParis({ hour: "numeric", minute: "2-digit" });
const day = inParis({ weekday: "long", day: "numeric", month: "long", year: "numeric" });

function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole}${NBSP}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}${NBSP}min${NBSP}${two(whole % 60)}`;
  return `${Math.floor(whole / 3600)}${NBSP}h${NBSP}${two(Math.floor(whole / 60) % 60)}`;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  const now = Date.now() + ahead;
  for (const element of document.querySelectorAll("[data-since]"))
    write(element, duration((now - Date.parse(element.dataset.since)) / 1000));
  for (const element of document.querySelectorAll("[data-clock]"))
    write(element, clock.format(now).replace(":", `${NBSP}h${NBSP}`));
  for (const element of document.querySelectorAll("[data-day]")) write(element, day.format(now));
}

// -- swapping: what did not change stays, with its focus and selection ---------------------------------------------

const key = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.dataset.key : undefined);
const opens = (node) => node.nodeName === "DETAILS" || node.nodeName === "DIALOG"; // whether it is, the person decides
const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && key(a) === key(b);

function become(old, fresh) {
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  for (const { name } of [...old.attributes])
    if (!fresh.hasAttribute(name) && !(name === "open" && opens(old))) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  if (fresh.dataset.since === undefined || old.childNodes.length === 0) adopt(old, fresh);
}

// A node that a script of the page put in says so by `data-own`, and stays where it is.
function theirs(node) {
  while (node?.nodeType === Node.ELEMENT_NODE && node.dataset.own !== undefined) node = node.nextSibling;
  return node;
}

function adopt(parent, source) {
  const kept = new Set([...source.childNodes].map(key));
  const keyed = new Map([...parent.childNodes].filter((node) => key(node)).map((node) => [key(node), node]));
  let at = theirs(parent.firstChild);
  const drop = () => { const next = theirs(at.nextSibling); at.remove(); at = next; };
  for (const fresh of [...source.childNodes]) {
    const wanted = key(fresh);
    // What comes before the wanted node and is no longer wanted goes first, so that few nodes have to move.
    while (wanted && at && key(at) !== wanted && !(key(at) && kept.has(key(at)))) drop();
    const known = wanted ? keyed.get(wanted) : at;
    if (known && alike(known, fresh)) {
      if (known === at) at = theirs(at.nextSibling);
      else parent.insertBefore(known, at);
      become(known, fresh);
    } else {
      parent.insertBefore(fresh, at);
    }
  }
  while (at) drop();
}

function swap(fragments) {
  const focused = document.activeElement;
  let gone = null; // the fragment that what was focused stood in
  for (const [name, html] of Object.entries(fragments)) {
    const place = document.getElementById(name);
    if (!place) continue;
    const made = document.createElement("template");
    made.innerHTML = html;
    const held = place !== focused && place.contains(focused);
    adopt(place, made.content);
    if (held && !focused.isConnected) gone = place;
  }
  if (focused && focused !== document.activeElement && focused.isConnected) focused.focus({ preventScroll: true });
  gone?.focus({ preventScroll: true }); // where a page lets it, so that the next key goes on from there
  tick();
  root.dispatchEvent(new CustomEvent("flux"));
}

// -- the stream ----------------------------------------------------------------------------------------------------

const link = document.querySelector("[data-link]");
let source;
let watch;

function say(state, text) {
  root.dataset.live = state;
  if (link) write(link, text);
}

function alive() {
  clearTimeout(watch);
  watch = setTimeout(connect, SILENCE_MAX_MS);
}

function lost() {
  say("lost", `Affichage interrompu à ${clock.format(Date.now() + ahead).replace(":", `${NBSP}h${NBSP}`)}`);
}

function connect() {
  clearTimeout(watch);
  if (source) { source.close(); lost(); }
  source = new EventSource(root.dataset.flux);
  alive();
  source.onerror = () => {
    if (root.dataset.live !== "lost") lost();
    if (source.readyState === EventSource.CLOSED) { clearTimeout(watch); watch = setTimeout(ask, AGAIN_MS); }
  };
  for (const kind of ["etat", "pouls", "fin"]) source.addEventListener(kind, hear);
  source.addEventListener("connexion", () => { clearTimeout(watch); source.close(); ask(); });
}

// A stream cannot tell why it is refused: this page's own address does, which leads elsewhere once nobody is signed in.
async function ask() {
  const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
  if (answer?.type === "opaqueredirect") signedOut();
  else connect();
}

function signedOut() {
  say("lost", "Votre session est terminée.");
  if (!root.dispatchEvent(new CustomEvent("flux-session", { cancelable: true }))) return;
  if (!link) return;
  const again = document.createElement("a");
  again.href = location.href;
  again.textContent = "Se reconnecter";
  link.append(" ", again);
}

function hear(event) {
  const { at, look, fragments } = JSON.parse(event.data);
  if (look !== root.dataset.look && root.dispatchEvent(new CustomEvent("flux-look", { cancelable: true }))) {
    location.reload();
    return;
  }
  heard(at);
  swap(fragments);
  if (event.type === "fin") {
    clearTimeout(watch);
    source.close();
    say("over", root.dataset.over || "Appel terminé");
    return;
  }
  alive();
  say("live", "Affichage à jour");
}

heard(root.dataset.at);
tick();
setInterval(tick, 1000);
if (root.dataset.flux) {
  connect();
  root.addEventListener("flux-again", connect);
  addEventListener("pagehide", () => { clearTimeout(watch); source.close(); });
  addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
}
