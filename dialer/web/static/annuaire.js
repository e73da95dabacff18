// The directory of structures in the form of an outcome: one is looked for, and chosen for an appointment.
//
// Decides in which order they are shown and that an older answer is none. Knows nothing of what is sent with it; whatever
// is put in here has `data-own`, so that no swap touches it.

import { NBSP, say } from "./brouillon.js";

const FOUND_MAX = 8;
const one = (form, wanted) => form.querySelector(wanted);

export function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const asked = new WeakMap(); // form → the number of its last question: an older answer is none

async function read(path) {
  const answer = await fetch(path, { headers: { Accept: "application/json" }, redirect: "manual" }).catch(() => null);
  return { ok: Boolean(answer?.ok), status: answer?.status ?? 0, body: answer?.ok ? await answer.json().catch(() => null) : null };
}

function put(form, ...nodes) {
  const place = one(form, "[data-found]");
  place.replaceChildren(...nodes);
  for (const node of nodes) node.dataset.own = "";
}

export async function find(form) {
  const number = (asked.get(form) ?? 0) + 1;
  asked.set(form, number);
  const text = one(form, "[data-search]").value.trim();
  const near = one(form, "[data-near]").value.trim();
  const query = new URLSearchParams({ limit: FOUND_MAX });
  if (text) query.set("text", text);
  if (near) query.set("near", near);
  const { ok, status, body } = await read(`/api/v1/structures?${query}`);
  if (asked.get(form) !== number || !form.isConnected) return;
  if (!ok || !body) {
    const why = status === 422
      ? "Ce code postal n’existe pas : corrigez-le, ou effacez-le." : "L’annuaire ne répond pas : réessayez.";
    put(form, element("p", why, { class: "fault", role: "alert" }));
    return;
  }
  if (!body.items.length) {
    put(form, element("p", "Aucune structure trouvée : essayez un autre mot.", { role: "status" }));
    return;
  }
  const list = element("ul", "", { class: "found" });
  for (const each of body.items) list.append(entry(each));
  put(form, list);
  say(`${body.items.length} structure${body.items.length > 1 ? "s" : ""} trouvée${body.items.length > 1 ? "s" : ""}.`);
}

function entry(each) {
  const line = element("li");
  const label = element("label", "", { class: "pick" });
  const radio = element("input", "", { type: "radio", name: "", value: each.id, "data-place": "" });
  // Of the same group by name; `poste.js` sends none of it, the hidden field does.
  radio.name = "found";
  radio.setAttribute("form", "none");
  const far = each.distance ? `, ${each.distance.rough ? "environ " : ""}${Math.round(each.distance.km)}${NBSP}km` : "";
  const text = element("span");
  text.append(element("strong", each.name), ` – ${each.commune} (${each.postcode})${far}`);
  if (each.phone) text.append(element("span", ` ${each.phone}`, { class: "soft num" }));
  label.append(radio, text);
  line.append(label);
  return line;
}

/** What the structure says of itself, and the appointments that its week holds. */
export async function choose(form, radio) {
  const number = (asked.get(form) ?? 0) + 1;
  asked.set(form, number);
  for (const before of form.querySelectorAll("[data-detail]")) before.remove();
  const { body } = await read(`/api/v1/structures/${encodeURIComponent(radio.value)}`);
  if (!body || asked.get(form) !== number || !radio.isConnected) return;
  const detail = element("div", "", { class: "detail", "data-detail": "" });
  const address = [body.address, `${body.postcode} ${body.commune}`].filter(Boolean).join(", ");
  detail.append(element("p", address));
  if (body.windows.length && one(form, "[data-date]")) {
    const label = element("label", "Rendez-vous possibles selon ses horaires", { for: "issue-offered" });
    const select = element("select", "", { id: "issue-offered", "data-offered": "" });
    select.append(element("option", "Une autre date, à donner plus bas", { value: "" }));
    for (const { start, local_start: local } of body.windows) select.append(element("option", onTheWall(local), { value: start }));
    detail.append(label, select, element("p", "Vérifiez avec la structure que la place est libre.", { class: "soft" }));
  }
  radio.closest("li").append(detail);
}

/** "mardi 24 novembre, 14 h 30", as the clock there shows it. */
function onTheWall(local) {
  const wall = new Date(`${local.slice(0, 19)}Z`);
  const day = new Intl.DateTimeFormat("fr-FR", { timeZone: "UTC", weekday: "long", day: "numeric", month: "long" }).format(wall);
  return `${day}, ${wall.getUTCHours()}${NBSP}h${NBSP}${String(wall.getUTCMinutes()).padStart(2, "0")}`;
}

export function clear(form) { if (one(form, "[data-found]")) put(form); }

/** The one that was chosen before, and of its appointments that one; false: it is not there any more. */
export async function chooseAgain(form, id, offered) {
  const number = (asked.get(form) ?? 0) + 1;
  asked.set(form, number);
  const { ok, status, body } = await read(`/api/v1/structures/${encodeURIComponent(id)}`);
  if (asked.get(form) !== number || !form.isConnected) return true; // they look for another by now
  if (!ok || !body) {
    const why = status === 404 ? "n’est plus dans l’annuaire" : "n’a pas pu être relue";
    put(form, element("p", `La structure choisie ${why} : cherchez-la de nouveau.`, { class: "fault", role: "alert" }));
    return false;
  }
  const list = element("ul", "", { class: "found" });
  list.append(entry(body));
  put(form, list);
  const radio = one(list, "input");
  radio.checked = true;
  await choose(form, radio);
  const dates = one(form, "[data-offered]");
  if (offered && dates && [...dates.options].some(({ value }) => value === offered)) dates.value = offered;
  return true;
}
