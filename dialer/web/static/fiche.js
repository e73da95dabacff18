// The form of a contact: what an adviser writes down of a call, looked through before it is filed.
//
// Decides what is in it, where a fault is told and when it is filed; that what is typed is kept is `brouillon.js`'s. Knows
// nothing of what makes a contact whole. The service draws the form empty and never touches what is in it; whatever is
// put in here has `data-own`.

import { ahead, clock, Draft, keep, make, NBSP, say } from "./brouillon.js";

const root = document.documentElement;
const region = document.getElementById("poste-fiche");
const WARN_S = 30;
const day = new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", weekday: "long", day: "numeric", month: "long" });

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

class Contact extends Draft {
  subject = "Cette fiche";
  draft = { done: false };

  constructor(form, after) {
    super(form, after);
    this.count = document.createElement("span");
    const line = make("p", "draft");
    line.append(this.kept, this.count);
    form.querySelector('[data-field="note"]').append(line);
    this.counted();
  }

  read() { return read(this.form); }

  begun(told) { return told.version > 0 && !told.done; }

  fill(told) { fill(this.form, told); }

  /** What was typed before it was read: below what was there. */
  merge(told) {
    const typed = this.form.elements.note.value;
    fill(this.form, told);
    this.saved = JSON.stringify(read(this.form));
    if (typed) this.form.elements.note.value = `${told.note ?? ""}\n${typed}`.trimStart();
  }

  counted() {
    const length = [...this.form.elements.note.value].length; // as the service counts them
    this.count.textContent = `${length.toLocaleString("fr-FR")} / ${Number(this.form.dataset.noteMax).toLocaleString("fr-FR")}`;
  }

  async file() {
    if (this.filing || this.theirs || !this.whole()) return;
    this.filing = true;
    clearTimeout(this.timer);
    const pressed = this.form.querySelector("[type=submit]");
    pressed?.setAttribute("aria-busy", "true");
    await this.sending;
    const { status, told } = await this.write({ done: true });
    pressed?.removeAttribute("aria-busy");
    this.filing = false;
    if (status === 200) this.filed(told);
    else if (status === 409 || status === 404) await this.overtaken();
    else if (status === 422) this.faults(told)?.focus();
    else this.tell("La fiche n’est pas enregistrée : vérifiez votre connexion, puis réessayez. Rien n’est perdu.");
  }

  filed(told) {
    this.saved = JSON.stringify(read(this.form));
    this.closed = true;
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

  over(told) {
    if (told === null) return "Cette fiche n’est plus devant vous : ce qui est écrit ici n’a pas été repris.";
    if (told.done) {
      this.closed = true;
      return "Cette fiche a été enregistrée dans un autre onglet : ce qui est écrit ici n’a pas été repris.";
    }
    if (told.version !== this.version) return null;
    return "L’appel est encore en cours : la fiche s’enregistre une fois qu’il est terminé.";
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
  const open = keep(region, "form[data-fiche]", (form, after) => {
    region.querySelector(".filed")?.remove();
    return new Contact(form, after);
  });
  const ours = (event) => open() && event.target.closest?.("form") === open().form;
  region.addEventListener("submit", (event) => {
    event.preventDefault();
    if (ours(event)) void open().file();
  });
  region.addEventListener("focusin", (event) => ours(event) && event.target.name === "slot" && void open().slots());
  root.addEventListener("flux", tick);
  setInterval(tick, 1000);
  tick();
}
