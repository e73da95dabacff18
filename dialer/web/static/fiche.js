// The form of a contact: what an adviser writes down of a call is kept as they type, and is there again wherever the
// page is opened next.
//
// Decides when a draft is sent (a second after the last key, and when the page is left), that one which was written in
// another tab meanwhile is never overwritten unasked, and where a fault is told. Knows nothing of what makes a contact
// whole. The service draws the form empty and never touches what is in it; whatever is put in here has `data-own`.

const root = document.documentElement;
const region = document.getElementById("poste-fiche");
const TAB = crypto.randomUUID();
const AFTER_KEY_MS = 1000;
const AGAIN_MS = 5000; // after the service did not take it
const ANSWER_MAX_MS = 15000;
const WARN_S = 30;
const NBSP = "\u00a0";

const ahead = Date.parse(root.dataset.at) - Date.now(); // of the service's clock, which may be shifted
const hour = new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", hour: "numeric", minute: "2-digit" });
const day = new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", weekday: "long", day: "numeric", month: "long" });
const clock = (at) => hour.format(at).replace(":", `${NBSP}h${NBSP}`);
const say = (text, loud = false) => root.dispatchEvent(new CustomEvent("poste-say", { detail: { text, loud } }));

let turn = 0;
let open = null; // the contact whose form is on the page

function make(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.dataset.own = "";
  if (text !== undefined) made.textContent = text;
  return made;
}

// -- what is in the form -------------------------------------------------------------------------------------------

const value = (form, name) => form.elements[name]?.value ?? "";
const orNull = (text) => (text.trim() === "" ? null : text);
const TEXTS = ["phone", "asked_by", "first_name", "name", "birth_date", "postcode", "situation"];

function follows(form) {
  const kind = value(form, "kind");
  if (!kind) return null;
  const [start, end] = value(form, "slot").split(" ");
  const line = form.querySelector(`input[name="kind"][value="${kind}"]`).dataset.line;
  return {
    kind, line,
    ...Object.fromEntries(TEXTS.map((name) => [name, orNull(value(form, name))])),
    wish: start ? { kind: "window", start, end } : { kind: "asap" },
    relay: form.elements.relay.checked, notice_read: form.elements.notice_read.checked, note: orNull(value(form, "message")),
  };
}

function read(form) {
  const reasons = [...form.querySelectorAll('input[name="reasons"]:checked')].map((each) => each.value);
  return { reasons, note: orNull(value(form, "note")), callback: follows(form) };
}

function fill(form, told) {
  for (const box of form.querySelectorAll('input[name="reasons"]')) box.checked = told.reasons.includes(box.value);
  form.elements.note.value = told.note ?? "";
  const asked = told.callback;
  const kind = form.querySelector(`input[name="kind"][value="${asked?.kind ?? ""}"]`);
  if (kind) kind.checked = true;
  if (!asked || !kind) return;
  for (const name of TEXTS) if (asked[name] !== null) form.elements[name].value = asked[name];
  form.elements.message.value = asked.note ?? "";
  form.elements.relay.checked = asked.relay === "true";
  form.elements.notice_read.checked = asked.notice_read === "true";
  if (asked.start && asked.end) choose(form.elements.slot, `${asked.start} ${asked.end}`, asked.start, asked.end);
}

function choose(select, slot, start, end) {
  if (![...select.options].some((each) => each.value === slot)) {
    const option = make("option", "", `${day.format(new Date(start))}, ${clock(new Date(start))} – ${clock(new Date(end))}`);
    option.value = slot;
    select.append(option);
  }
  select.value = slot;
}

// -- keeping it ----------------------------------------------------------------------------------------------------

class Contact {
  constructor(form) {
    this.form = form;
    this.path = `/api/v1/calls/${encodeURIComponent(form.dataset.fiche)}/contact`;
    this.version = null; // not read yet
    this.saved = JSON.stringify(read(form));
    this.touched = false;
    this.sending = null;
    this.filing = false;
    this.theirs = null; // what another tab wrote meanwhile
    this.refused = null; // what the service would not take; it is not sent again before it changes
    this.draft = make("p", "draft");
    this.kept = document.createElement("span");
    this.count = document.createElement("span");
    this.draft.append(this.kept, this.count);
    form.querySelector('[data-field="note"]').append(this.draft);
    this.counted();
    void this.load();
  }

  get dirty() { return this.touched && JSON.stringify(read(this.form)) !== this.saved; }

  async ask(method, body, keepalive = false) {
    const headers = { Accept: "application/json", "X-CSRF": root.dataset.csrf ?? "" };
    if (body) Object.assign(headers, { "Content-Type": "application/json", "If-Match": `"${this.version ?? 0}"` });
    const signal = keepalive ? undefined : AbortSignal.timeout(ANSWER_MAX_MS);
    const answer = await fetch(this.path, {
      method, headers, keepalive, signal, redirect: "manual", body: body && JSON.stringify(body),
    }).catch(() => null);
    if (answer?.status === 401) root.dispatchEvent(new CustomEvent("flux-session", { cancelable: true }));
    if (answer?.status === 403) root.dispatchEvent(new CustomEvent("poste-code"));
    return { status: answer?.status ?? 0, told: (await answer?.json().catch(() => null)) ?? null };
  }

  async load() {
    const { status, told } = await this.ask("GET");
    if (this.form !== open?.form) return;
    if (status !== 200) {
      if (status !== 404) setTimeout(() => this.form === open?.form && void this.load(), AGAIN_MS);
      return;
    }
    this.version = told.version;
    if (told.version === 0 || told.done) {
      if (this.dirty) this.later(0);
      return;
    }
    const typed = this.dirty ? this.form.elements.note.value : "";
    fill(this.form, told);
    this.saved = JSON.stringify(read(this.form));
    if (typed) {  // before it was read: below what was there
      this.form.elements.note.value = `${told.note ?? ""}\n${typed}`.trimStart();
      this.later(0);
    }
    this.kept.textContent = "Brouillon retrouvé.";
    this.counted();
  }

  changed() {
    this.touched = true;
    this.refused = null;
    this.counted();
    this.later(AFTER_KEY_MS);
  }

  counted() {
    const length = [...this.form.elements.note.value].length; // as the service counts them
    this.count.textContent = `${length.toLocaleString("fr-FR")} / ${Number(this.form.dataset.noteMax).toLocaleString("fr-FR")}`;
  }

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), ms);
  }

  /** Sends what is new, one at a time. */
  async save() {
    if (this.sending || this.filing || this.theirs || this.version === null || !this.dirty) return;
    const written = read(this.form);
    const text = JSON.stringify(written);
    if (text === this.refused) return;
    this.sending = this.ask("PUT", { ...written, done: false, tab: TAB, turn: ++turn });
    const { status, told } = await this.sending;
    this.sending = null;
    if (status === 200) {
      this.version = told.version;
      this.saved = text;
      this.kept.textContent = `Brouillon enregistré à ${clock(Date.now() + ahead)}.`;
      if (this.dirty) this.later(AFTER_KEY_MS);
    } else if (status === 409 || status === 404) {
      await this.overtaken();
    } else if (status === 422) {
      this.refused = text;
      this.faults(told); // without taking the focus from wherever they are by now
    } else {
      this.kept.textContent = "Pas encore enregistré : nouvel essai dans un instant.";
      this.later(AGAIN_MS);
    }
  }

  /** The page may be gone in a moment: no answer is waited for, and this tab's last words are never stale. */
  leave() {
    if (this.theirs || this.filing || !this.dirty) return;
    void this.ask("PUT", { ...read(this.form), done: false, tab: TAB, turn: ++turn }, true);
  }

  async file() {
    if (this.filing || this.theirs || !this.whole()) return;
    this.filing = true;
    clearTimeout(this.timer);
    const pressed = this.form.querySelector("[type=submit]");
    pressed?.setAttribute("aria-busy", "true");
    await this.sending;
    const { status, told } = await this.ask("PUT", { ...read(this.form), done: true, tab: TAB, turn: ++turn });
    pressed?.removeAttribute("aria-busy");
    this.filing = false;
    if (status === 200) this.filed(told);
    else if (status === 409 || status === 404) await this.overtaken();
    else if (status === 422) this.faults(told)?.focus();
    else this.tell("La fiche n’est pas enregistrée : vérifiez votre connexion, puis réessayez. Rien n’est perdu.");
  }

  filed(told) {
    this.saved = JSON.stringify(read(this.form));
    this.over = true;
    region.querySelector(".filed")?.remove();
    if (!told.booked) { say("Fiche enregistrée."); return; }
    const reference = told.booked.reference.replace(/(\d{4})(?=\d)/g, `$1${NBSP}`);
    const text = `Fiche enregistrée. Référence de la demande : ${reference}.`;
    const note = make("p", "filed", text);
    const close = make("button", "act", "Fermer");
    close.type = "button";
    close.addEventListener("click", () => note.remove());
    note.append(close);
    region.append(note);
    say(text);
  }

  // -- another tab ---------------------------------------------------------------------------------------------

  async overtaken() {
    const { status, told } = await this.ask("GET");
    if (status === 200 && !told.done && told.version !== this.version) return this.compare(told);
    if (status === 200 && told.done) {
      this.over = true;
      this.tell("Cette fiche a été enregistrée dans un autre onglet : ce qui est écrit ici n’a pas été repris.");
    } else if (status === 200) {
      this.tell("L’appel est encore en cours : la fiche s’enregistre une fois qu’il est terminé.");
    } else {
      this.tell("Cette fiche n’est plus devant vous : ce qui est écrit ici n’a pas été repris.");
    }
  }

  compare(told) {
    this.theirs = told;
    const box = make("div", "overtaken");
    box.append(make("p", "", "Cette fiche a été modifiée dans un autre onglet ou un autre navigateur."));
    const acts = make("p", "acts");
    const mine = make("button", "act", "Garder ce qui est écrit ici");
    const other = make("button", "act", "Prendre l’autre version");
    for (const each of [mine, other]) each.type = "button";
    const settle = () => { this.theirs = null; this.version = told.version; box.remove(); };
    mine.addEventListener("click", () => { settle(); this.saved = ""; this.later(0); });
    other.addEventListener("click", () => {
      settle();
      fill(this.form, told);
      this.saved = JSON.stringify(read(this.form));
      this.counted();
    });
    acts.append(mine, other);
    box.append(acts);
    this.form.prepend(box);
    say("Cette fiche a été modifiée dans un autre onglet : choisissez la version à garder.", true);
  }

  // -- faults --------------------------------------------------------------------------------------------------

  clear() {
    for (const each of this.form.querySelectorAll(".refusal[data-own]")) each.remove();
    for (const each of this.form.querySelectorAll("[aria-invalid]")) {
      each.removeAttribute("aria-invalid");
      each.removeAttribute("aria-describedby");
    }
  }

  tell(text) {
    this.clear();
    this.form.append(make("p", "refusal", text));
    say(text, true);
  }

  mark(place) {
    const field = place.querySelector("input, select, textarea");
    const told = make("p", "refusal", place.dataset.said);
    told.id = `fiche-faute-${place.dataset.field.replaceAll(".", "-")}`;
    place.append(told);
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", told.id);
    return field;
  }

  show(places) {
    this.clear();
    const first = places.map((place) => this.mark(place))[0];
    say(places.map((place) => place.dataset.said).join(" "), true);
    return first;
  }

  /** What can be seen from here is told before anything is sent. */
  whole() {
    this.clear();
    const { reasons } = read(this.form);
    const most = Number(this.form.dataset.reasonsMax);
    const long = [...this.form.elements.note.value].length > Number(this.form.dataset.noteMax);
    const wrong = [];
    if (most && (reasons.length < 1 || reasons.length > most)) wrong.push("reasons");
    if (long) wrong.push("note");
    if (wrong.length === 0) return true;
    this.show(wrong.map((name) => this.form.querySelector(`[data-field="${name}"]`))).focus();
    return false;
  }

  /** Tells each beside its field; the first of those fields. */
  faults(problem) {
    const named = (problem?.errors ?? []).map((each) => each.field);
    const of = (field) => named.some((name) => name === field || name.startsWith(`${field}.`));
    const places = [...this.form.querySelectorAll("[data-field]")].filter((place) => of(place.dataset.field));
    if (places.length > 0) return this.show(places);
    this.tell("Il y a quelque chose à corriger dans la fiche.");
    return null;
  }

  // -- slots ---------------------------------------------------------------------------------------------------

  /** The windows that are free for this number now; the one that is chosen stays. */
  async slots() {
    const kind = this.form.querySelector('input[name="kind"]:checked');
    const asked = new URLSearchParams({ line: kind?.dataset.line ?? "", phone: value(this.form, "phone") });
    if (/^\d{5}$/.test(value(this.form, "postcode"))) asked.set("postcode", value(this.form, "postcode"));
    if (!kind?.value || String(asked) === this.slotsOf) return;
    this.slotsOf = String(asked);
    const answer = await fetch(`/api/v1/slots?${asked}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (!answer?.ok) return;
    const { items } = await answer.json();
    const select = this.form.elements.slot;
    const chosen = select.selectedOptions[0];
    for (const each of [...select.options]) if (each.value && each !== chosen) each.remove();
    for (const { start, end, label } of items) {
      if (chosen?.value === `${start} ${end}`) continue;
      const option = make("option", "", label[0].toUpperCase() + label.slice(1));
      option.value = `${start} ${end}`;
      select.append(option);
    }
  }
}

// -- the page ------------------------------------------------------------------------------------------------------

function adopt() {
  const form = region?.querySelector("form[data-fiche]") ?? null;
  if (form === (open?.form ?? null)) return;
  if (open && !open.over) open.leave(); // its call is another one now: what was typed is kept
  open = form && new Contact(form);
  if (open) region.querySelector(".filed")?.remove();
}

let warned = "";

function tick() {
  const place = region?.querySelector("[data-until]");
  if (!place) return;
  const left = Math.max(0, Math.ceil((Date.parse(place.dataset.until) - Date.now() - ahead) / 1000));
  const text = left < 60 ? `${left}${NBSP}s` : `${Math.floor(left / 60)}${NBSP}min${NBSP}${String(left % 60).padStart(2, "0")}`;
  if (place.textContent !== text) place.textContent = text;
  if (left > WARN_S || left === 0 || warned === place.dataset.until) return;
  warned = place.dataset.until;
  say(`Fiche à finir : reste ${left} secondes.`);
}

if (region) {
  const ours = (event) => open && event.target.closest?.("form[data-fiche]") === open.form;
  for (const kind of ["input", "change"]) region.addEventListener(kind, (event) => ours(event) && open.changed());
  region.addEventListener("submit", (event) => {
    event.preventDefault();
    if (ours(event)) void open.file();
  });
  region.addEventListener("focusin", (event) => ours(event) && event.target.name === "slot" && void open.slots());
  addEventListener("pagehide", () => open?.leave());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && open?.leave());
  root.addEventListener("flux", () => { adopt(); tick(); });
  setInterval(tick, 1000);
  adopt();
  tick();
}
