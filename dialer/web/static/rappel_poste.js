// The callback on the adviser's page: its form is looked through before it is sent, every fault is told beside its
// field, and what is in it is kept until an outcome is given. What is sent, and how, is `poste.js`'s; a structure of the
// directory is found by `annuaire.js`.
//
// Decides nothing that the service does not decide again. What somebody typed stays, whatever is swapped around it: what
// is put in here says `data-own`, and what a swap takes off a field is put back after it.

import { choose, chooseAgain, clear, element, find } from "./annuaire.js";
import { Draft, keep, make, NBSP, say } from "./brouillon.js";

const root = document.documentElement;
const REGION = "poste-rappel";
const NOTE_MS = 20000;

const one = (form, wanted) => form.querySelector(wanted);
const chosen = (form) => one(form, "input[name='outcome']:checked");
const asks = (form, field) => (chosen(form)?.dataset.asks ?? "").split(" ").includes(field);
const needs = (form, field) => (chosen(form)?.dataset.needs ?? "").split(" ").includes(field);
const formOf = (node) => node.closest?.("form.outcome");

// -- wall clocks ---------------------------------------------------------------------------------------------------

/** How far the clock of a zone is ahead of UTC at an instant, in milliseconds. */
function ahead(at, zone) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric",
  });
  const shown = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(shown.year, shown.month - 1, shown.day, shown.hour, shown.minute) - Math.floor(at / 60000) * 60000;
}

/** The instant at which the clock there shows it; null for what is no day or no time. */
function instant(day, time, zone) {
  const wall = Date.parse(`${day}T${time}:00Z`);
  if (Number.isNaN(wall)) return null;
  const near = wall - ahead(wall, zone);
  return wall - ahead(near, zone);
}

const iso = (at) => new Date(at).toISOString();

// -- faults --------------------------------------------------------------------------------------------------------

const faults = new WeakMap(); // form → the text of each field that is at fault

function block(form, field) {
  return [...form.querySelectorAll("[data-field]")].find((each) => each.dataset.field === field);
}

/** Where each fault stands: beside its field, which says so to who cannot see it. */
function show(form) {
  const told = faults.get(form) ?? new Map();
  for (const place of form.querySelectorAll("[data-field]")) {
    const text = told.get(place.dataset.field);
    const id = `faute-${place.dataset.field}`;
    let fault = [...place.children].find((each) => each.id === id);
    if (!text) fault?.remove();
    else if (!fault) {
      fault = element("p", text, { id, class: "fault", "data-own": "" });
      const legend = place.querySelector(":scope > legend");
      if (legend) legend.after(fault);
      else place.prepend(fault);
    } else if (fault.textContent !== text) fault.textContent = text;
    for (const field of place.querySelectorAll("input:not([type='hidden']), select")) {
      if (!text) { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); continue; }
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", id);
    }
  }
}

function tell(form, told) {
  faults.set(form, told);
  show(form);
  if (!told.size) return;
  say(`${told.size > 1 ? `${told.size} points sont` : "Un point est"} à corriger. ${[...told.values()].join(" ")}`, true);
  const first = [...form.querySelectorAll("[data-field]")].find((each) => told.has(each.dataset.field));
  first?.querySelector("input:not([type='hidden']), select")?.focus();
}

// -- before it is sent ---------------------------------------------------------------------------------------------

/** What is wrong with the form, by field; and in `held` what its hidden fields say. */
function look(form, held) {
  const told = new Map();
  if (!chosen(form)) return told.set("outcome", "Choisissez une issue.");
  if (asks(form, "window")) lookAtWindow(form, held, told);
  if (asks(form, "date")) lookAtDate(form, held, told);
  if (asks(form, "place")) {
    const place = one(form, "[data-found] input:checked");
    if (place) held.place = place.value;
    if (needs(form, "structure") && !place && !one(form, "[name='structure']").value)
      told.set("structure", "Choisissez une structure de l’annuaire, ou un réseau.");
  }
  const another = one(form, "[name='phone']");
  if (held["window.start"] && /^(NUMERO_INVALIDE|MAUVAIS_NUMERO)$/.test(chosen(form).value) && !another.value.trim())
    told.set("phone", "Donnez l’autre numéro à appeler, ou enlevez le créneau.");
  return told;
}

function lookAtWindow(form, held, told) {
  const slot = one(form, "[data-slot]").value;
  if (slot === "") {
    if (needs(form, "window")) told.set("window", "Choisissez un créneau, ou un autre moment.");
    return;
  }
  if (slot !== "other") {
    [held["window.start"], held["window.end"]] = slot.split(" ");
    return;
  }
  const [day, from, to] = ["day", "from", "to"].map((name) => one(form, `[data-${name}]`).value);
  const [start, end] = [instant(day, from, form.dataset.zone), instant(day, to, form.dataset.zone)];
  if (start === null || end === null) told.set("window", "Donnez le jour, l’heure de début et l’heure de fin.");
  else if (end <= start) told.set("window", "L’heure de fin vient après l’heure de début.");
  else [held["window.start"], held["window.end"]] = [iso(start), iso(end)];
}

function lookAtDate(form, held, told) {
  const offered = one(form, "[data-offered]")?.value;
  const [day, time] = [one(form, "[data-date]").value, one(form, "[data-time]").value];
  if (offered) held.date = offered;
  else if (day || time || needs(form, "date")) {
    const at = instant(day, time, form.dataset.zone);
    if (at === null) told.set("date", "Donnez le jour et l’heure du rendez-vous.");
    else held.date = iso(at);
  }
}

// Before `poste.js` reads the form: it sends what the chosen outcome asks for, and nothing else that was typed.
document.addEventListener("submit", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  hear(form);
  const held = {};
  const told = look(form, held);
  tell(form, told);
  if (told.size) {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  const left = [...form.querySelectorAll("[data-field] :is(input, select)[name]")].filter((field) => {
    if (field.name === "outcome") return false;
    if (field.type === "hidden") { field.value = held[field.name] ?? ""; return !field.value; }
    return !asks(form, field.closest("[data-field]").dataset.field) || (field.name === "structure" && held.place);
  });
  for (const field of left) field.disabled = true;
  const first = chosen(form).dataset.askFirst;
  if (first) form.dataset.confirm = first;
  else delete form.dataset.confirm;
  setTimeout(() => { for (const field of left) field.disabled = false; }); // a microtask would come before it is read
}, true);

// -- the answer ----------------------------------------------------------------------------------------------------

let last = null; // what was refused last, until something else is pressed

// Heard on what was pressed itself: when the answer comes, that may have left the page already.
function hear(pressed) {
  last = null;
  pressed.addEventListener("poste-refused", refused);
  pressed.addEventListener("poste-sent", sent);
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest?.(`#${REGION} button[data-send]`);
  if (pressed) hear(pressed);
}, true);

function refused(event) {
  const pressed = event.currentTarget;
  const { status, problem, said } = event.detail;
  const name = problem?.errors?.find(({ field }) => field === "adviser")?.message;
  if (status === 422 && pressed.matches("form")) {
    const told = new Map();
    for (const { field } of problem?.errors ?? []) {
      const place = block(pressed, field.split(".")[0]);
      if (place) told.set(place.dataset.field, place.dataset.said);
    }
    if (!told.size) return;
    event.preventDefault();
    tell(pressed, told);
  } else if (status === 409 && name) {
    event.preventDefault();
    note(`Cette fiche est maintenant avec ${name}.`);
  } else if (!pressed.isConnected) {
    event.preventDefault();
    note(said);
  } else last = { pressed, said }; // told beside what was pressed, for as long as that is there
}

root.addEventListener("flux", () => {
  if (last && !last.pressed.isConnected) { note(last.said); last = null; }
});

function sent(event) {
  if (!event.currentTarget.matches("form")) return;
  tell(event.currentTarget, new Map());
  say("L’issue est enregistrée.");
}

/** What happened to what is no longer there. */
function note(text) {
  const region = document.getElementById(REGION);
  for (const before of region?.querySelectorAll(":scope > .refusal") ?? []) before.remove();
  const told = element("p", text, { class: "refusal", "data-own": "" });
  region?.prepend(told);
  say(text, true);
  setTimeout(() => told.remove(), NOTE_MS);
}

// -- the directory -------------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-find]")) void find(formOf(event.target));
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches?.("[data-search], [data-near]")) return;
  event.preventDefault(); // it searches, and sends nothing
  void find(formOf(event.target));
});

// -- what stays ----------------------------------------------------------------------------------------------------

const slots = new WeakMap(); // select → the window that was chosen in it

document.addEventListener("change", (event) => {
  const form = formOf(event.target);
  if (!form) return;
  if (event.target.matches("[data-place]")) void choose(form, event.target);
  if (event.target.matches("[data-slot]"))
    slots.set(event.target, { value: event.target.value, text: event.target.selectedOptions[0]?.textContent ?? "" });
  const told = faults.get(form);
  const field = event.target.closest("[data-field]")?.dataset.field;
  if (told?.delete(field)) show(form);
});

root.addEventListener("flux", () => {
  for (const form of document.querySelectorAll("form.outcome")) {
    show(form);
    const select = one(form, "[data-slot]");
    const kept = select && slots.get(select);
    if (!kept || select.value === kept.value) continue;
    // Somebody else was promised it meanwhile; an adviser may choose it all the same.
    if (![...select.options].some(({ value }) => value === kept.value)) {
      select.querySelector("[data-own]")?.remove();
      select.append(element("option", kept.text, { value: kept.value, "data-own": "" }));
    }
    select.value = kept.value;
  }
});

// -- what is kept --------------------------------------------------------------------------------------------------

const KEPT = {
  phone: "[name='phone']", slot: "[data-slot]", day: "[data-day]", from: "[data-from]", to: "[data-to]",
  search: "[data-search]", near: "[data-near]", place: "[data-place]:checked", offered: "[data-offered]",
  structure: "[name='structure']", date: "[data-date]", time: "[data-time]",
  out_of_scope: "[name='out_of_scope']", helpline: "[name='helpline']",
};
const LATER = ["place", "offered"]; // they are asked of the directory first

class OutcomeDraft extends Draft {
  subject = "Cette issue";

  constructor(form, after) {
    super(form, after);
    const line = make("p", "draft");
    line.append(this.kept);
    form.append(line);
  }

  read() {
    const fields = { outcome: chosen(this.form)?.value, ...this.awaited };
    for (const [name, wanted] of Object.entries(KEPT)) {
      const field = one(this.form, wanted);
      if (field && (name === "place" || field.value !== field.defaultValue)) fields[name] = field.value;
    }
    return { fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value)) };
  }

  begun(told) { return Object.keys(told.fields).length > 0; }

  over(told) {
    return told === null ? "Cette fiche n’est plus devant vous : ce qui est écrit ici n’a pas été repris." : null;
  }

  fill(told) {
    this.form.reset();
    clear(this.form);
    this.put(told.fields);
  }

  merge(told) { this.put({ ...told.fields, ...this.read().fields }); }

  put(fields) {
    const outcome = [...this.form.elements].find(({ name, value }) => name === "outcome" && value === fields.outcome);
    if (outcome) outcome.checked = true;
    for (const [name, wanted] of Object.entries(KEPT)) {
      const field = LATER.includes(name) ? null : one(this.form, wanted);
      if (!field || !fields[name]) continue;
      if (name === "slot") this.slot(field, fields.slot);
      field.value = fields[name];
    }
    if (fields.place && one(this.form, KEPT.place)?.value !== fields.place) void this.place(fields);
  }

  /** What was chosen of the directory counts as chosen until it is shown again. */
  async place({ place, offered }) {
    this.awaited = { place, ...(offered ? { offered } : {}) };
    await chooseAgain(this.form, place, offered);
    this.awaited = undefined;
  }

  slot(select, value) {
    if (value === "other") return;
    let text = [...select.options].find((each) => each.value === value)?.textContent;
    if (text === undefined) {
      const [start, end] = value.split(" ").map((each) => new Date(each));
      text = `${onTheDay(start, this.form.dataset.zone)} – ${onTheClock(end, this.form.dataset.zone)}`;
      select.append(element("option", text, { value, "data-own": "" }));
    }
    slots.set(select, { value, text });
  }

  faults() { this.kept.textContent = "Ce brouillon est trop long pour être gardé."; }

  /** An outcome was given: what was typed is over, and what is typed from now on is another draft. */
  given() {
    clearTimeout(this.timer);
    this.touched = false;
    this.saved = JSON.stringify(this.read());
    this.version = null;
    this.kept.textContent = "";
    void this.load();
  }
}

function onTheDay(at, timeZone) {
  const day = new Intl.DateTimeFormat("fr-FR", { timeZone, weekday: "long", day: "numeric", month: "long" });
  return `${day.format(at)}, ${onTheClock(at, timeZone)}`;
}

function onTheClock(at, timeZone) {
  const hour = new Intl.DateTimeFormat("fr-FR", { timeZone, hour: "numeric", minute: "2-digit" });
  return hour.format(at).replace(":", `${NBSP}h${NBSP}`);
}

const region = document.getElementById(REGION);
if (region) {
  const open = keep(region, "form.outcome[data-draft]", (form, after) => new OutcomeDraft(form, after));
  region.addEventListener("poste-sent", (event) => event.target === open()?.form && open().given());
}
