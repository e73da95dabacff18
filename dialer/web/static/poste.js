// The adviser's page: sends what is pressed and filled in, answers keys, and says aloud what changed.
//
// Decides that a press counts once, that a refusal is told where it was pressed, and that a key of the page never takes
// a letter from somebody who types. Knows nothing of what is sent, nor of telephones (`telephone.js`).
//
//   data-send="PUT /api/v1/…"   on a button, or on a form, whose fields become JSON by their names: `a.b` nests,
//                               `name[]` is a list, empty is null; data-kind="number" on a field
//   data-body='{"…": …}'        of a button; one that submits a form adds its own name and value instead
//   data-confirm="…"            asks first
//   data-idempotent             sends an Idempotency-Key, the same one until it is done
//   data-said-409="…"           what to say of this status, in place of the sentence below
//   data-then="close"           closes the dialog around it once it is done
//   data-open="id"              opens a dialog; on a button without it in a dialog, data-close closes that
//   data-key="F2", "Shift+F2"   of a button, link or summary: the key that presses it
//   data-announce="…"           is said when it changes: politely, or at once with data-loud
//
// Events, from what was pressed: `poste-sent` {status, answer}, `poste-refused` {status, problem, said}.

const root = document.documentElement;
const AGAIN_MIN_MS = 400; // from one press to the next; sooner it is the same one
const ANSWER_MAX_MS = 15000;

const SAID = {
  0: "Le service ne répond pas : vérifiez votre connexion, puis réessayez.",
  401: "Votre session est terminée : reconnectez-vous, puis recommencez.",
  403: "Votre compte ne permet pas cette action.",
  404: "Ce n’est plus là : la situation a changé entre-temps.",
  409: "Ce n’est pas possible maintenant : la situation a changé entre-temps.",
  413: "C’est trop long pour être enregistré.",
  422: "Il y a quelque chose à corriger.",
  429: "Trop de demandes à la fois : réessayez dans un instant.",
  503: "Le service n’a pas pu l’enregistrer : réessayez dans un instant.",
};
const FAILED = "L’action n’a pas abouti : réessayez.";

// -- saying --------------------------------------------------------------------------------------------------------

/** Say it to who listens to the page: politely, or at once. */
function announce(text, loud = false) {
  const place = document.getElementById(loud ? "poste-alerte" : "poste-dit");
  if (place) place.textContent = text;
}

const refusals = new Map(); // what was pressed → the paragraph that tells of it

function take(pressed) {
  refusals.get(pressed)?.remove();
  refusals.delete(pressed);
}

function tell(pressed, text) {
  take(pressed);
  const told = document.createElement("p");
  told.className = "refusal";
  told.dataset.own = "";
  told.textContent = text;
  if (pressed.matches("form")) pressed.append(told);
  else pressed.after(told);
  refusals.set(pressed, told);
  announce(text, true);
}

const heard = new Map(); // of each region, what was said of it last
let began = false; // what the page opens with is read by who opens it

function listen() {
  for (const pressed of refusals.keys()) if (!pressed.isConnected) take(pressed);
  const places = [...document.querySelectorAll("[data-announce]")];
  const said = new Map(places.map((place) => [place.closest("[id]").id, place]));
  const polite = [];
  for (const [region, place] of said) {
    const text = place.dataset.announce.trim();
    if (!text || heard.get(region) === text) continue;
    if (place.dataset.loud !== undefined) announce(text, true);
    else if (began) polite.push(text);
  }
  if (polite.length) announce(polite.join(" "));
  heard.clear();
  for (const [region, place] of said) heard.set(region, place.dataset.announce.trim());
  began = true;
}

// -- sending -------------------------------------------------------------------------------------------------------

function put(body, name, value) {
  const steps = name.replace(/\[\]$/, "").split(".");
  const last = steps.pop();
  let at = body;
  for (const step of steps) at = at[step] ??= {};
  if (!name.endsWith("[]")) at[last] = value;
  else (at[last] ??= []).push(...(value === null ? [] : [value]));
}

function read(field) {
  const text = field.value.trim();
  if (text === "") return null;
  return field.dataset.kind === "number" ? Number(text.replace(",", ".")) : field.value;
}

/** What the fields of a form hold, as JSON has it. */
function bodyOf(form, submitter) {
  const body = {};
  for (const field of form.elements) {
    if (!field.name || field.matches(":disabled") || field.matches("button, fieldset, output")) continue;
    const list = field.name.endsWith("[]");
    if (field.type === "radio" || (field.type === "checkbox" && list)) {
      if (field.checked) put(body, field.name, read(field));
      else if (list) put(body, field.name, null);
      else if (!form.elements[field.name].value) put(body, field.name, null);
    } else if (field.type === "checkbox") put(body, field.name, field.checked);
    else if (field.multiple && field.options) {
      put(body, field.name, null);
      for (const option of field.selectedOptions) put(body, field.name, option.value);
    } else put(body, field.name, read(field));
  }
  if (submitter?.name) put(body, submitter.name, read(submitter));
  return submitter?.dataset.body ? { ...body, ...JSON.parse(submitter.dataset.body) } : body;
}

async function ask(method, path, body, key) {
  const headers = { Accept: "application/json", "X-CSRF": root.dataset.csrf ?? "" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  try {
    return await fetch(path, {
      method, headers, body: body === undefined ? undefined : JSON.stringify(body), redirect: "manual",
      signal: AbortSignal.timeout(ANSWER_MAX_MS),
    });
  } catch {
    return null;
  }
}

/** The code that this session's page sends; another since somebody signed in again in another tab. */
async function renewCode() {
  const page = await fetch(location.pathname, { redirect: "manual" }).catch(() => null);
  if (!page?.ok) return false;
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html").documentElement.dataset.csrf;
  const other = Boolean(fresh) && fresh !== root.dataset.csrf;
  if (other) root.dataset.csrf = fresh;
  return other;
}

const sending = new WeakMap(); // what was pressed → until when another press is the same one
const keys = new WeakMap();

async function send(pressed, body) {
  const now = performance.now();
  if (now < (sending.get(pressed) ?? 0)) return;
  sending.set(pressed, Infinity);
  pressed.setAttribute("aria-busy", "true");
  try {
    if (pressed.dataset.confirm && !(await confirmed(pressed.dataset.confirm))) return;
    await exchange(pressed, body);
  } finally {
    sending.set(pressed, now + AGAIN_MIN_MS);
    pressed.removeAttribute("aria-busy");
  }
}

async function exchange(pressed, body) {
  const [method, path] = pressed.dataset.send.split(" ");
  if (pressed.dataset.idempotent !== undefined && !keys.has(pressed)) keys.set(pressed, crypto.randomUUID());
  let answer = await ask(method, path, body, keys.get(pressed));
  if (answer?.status === 403 && (await renewCode())) answer = await ask(method, path, body, keys.get(pressed));
  const status = answer?.status ?? 0;
  const answered = await answer?.json().catch(() => null);
  if (answer?.ok) {
    keys.delete(pressed);
    take(pressed);
    if (pressed.dataset.then === "close") pressed.closest("dialog")?.close();
    emit(pressed, "poste-sent", { status, answer: answered });
    return;
  }
  if (status === 401) root.dispatchEvent(new CustomEvent("flux-session", { cancelable: true }));
  const said = pressed.getAttribute(`data-said-${status}`) ?? SAID[status] ?? FAILED;
  const goes = emit(pressed, "poste-refused", { status, problem: answered, said });
  if (goes) tell(pressed, said);
}

/** False: whoever heard of it tells of it. */
function emit(from, type, detail) {
  return from.dispatchEvent(new CustomEvent(type, { detail, bubbles: true, cancelable: true }));
}

// -- pressing ------------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const pressed = event.target.closest?.("button, a");
  if (!pressed || pressed.matches("[aria-disabled='true'], :disabled")) return;
  if (pressed.dataset.open) open(pressed.dataset.open);
  else if (pressed.dataset.close !== undefined) pressed.closest("dialog")?.close();
  if (pressed.dataset.send && !pressed.matches("form"))
    void send(pressed, pressed.dataset.body === undefined ? undefined : JSON.parse(pressed.dataset.body));
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.dataset.send) return;
  event.preventDefault();
  void send(form, bodyOf(form, event.submitter));
});

function open(id) {
  const dialog = document.getElementById(id);
  if (dialog && !dialog.open) dialog.showModal();
}

/** Whether they say yes. Escape and the way back are no. */
function confirmed(question) {
  const dialog = document.getElementById("confirmer");
  document.getElementById("confirmer-question").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "oui"), { once: true });
  });
}

// -- keys ----------------------------------------------------------------------------------------------------------

const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit], [type=range]), textarea, select, "
  + "[contenteditable]";
const ours = new Set(); // every key that some button had: the browser gets none of them

function named(event) {
  const held = [["Control", event.ctrlKey], ["Alt", event.altKey], ["Shift", event.shiftKey], ["Meta", event.metaKey]];
  return [...held.filter(([, down]) => down).map(([name]) => name), event.key].join("+");
}

document.addEventListener("keydown", (event) => {
  const name = named(event);
  const isFunction = /^(.+\+)?F\d+$/.test(name);
  if (event.isComposing || (!isFunction && event.target.matches?.(TYPED))) return;
  const all = [...document.querySelectorAll("button[data-key], a[data-key], summary[data-key]")];
  for (const each of all) ours.add(each.dataset.key);
  if (!ours.has(name)) return;
  event.preventDefault();
  if (event.repeat) return;
  const shown = all.filter((each) => each.dataset.key === name && each.checkVisibility({ visibilityProperty: true }));
  // What is in an open dialog comes first; but a call does not wait for a dialog.
  (shown.find((each) => each.closest("dialog[open]")) ?? shown[0])?.click();
});

root.addEventListener("flux", listen);
root.addEventListener("poste-say", (event) => announce(event.detail.text, event.detail.loud));
root.addEventListener("poste-code", () => void renewCode());
listen();
