// The dialog in which a call is handed to somebody: what is typed narrows the lists, and finds structures.
//
// Decides what is shown of the lists that the service gave. Whom a press reaches, the service decides.

const LATER_MS = 250;
const FOUND_MAX = 8;
const dialog = document.getElementById("transferer");
const form = () => document.getElementById("cibles");
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
let searched = "", timer = 0;

function narrow() {
  const within = form();
  if (!within) {
    if (dialog.open) dialog.close(); // the call is over
    return;
  }
  const words = plain(within.querySelector("#cible").value).split(/\s+/).filter(Boolean);
  const blind = within.elements.how.value === "blind";
  let count = 0;
  for (const part of within.querySelectorAll("[data-targets]")) {
    part.hidden = part.dataset.only === "blind" && !blind;
    for (const row of part.querySelectorAll("li[data-key]")) {
      const name = plain(row.textContent);
      row.hidden = !words.every((word) => name.includes(word));
      if (!row.hidden && !part.hidden) count += 1;
    }
  }
  const said = words.length ? `${count} choix` : "";
  const place = within.querySelector("#cibles-dit");
  if (place.textContent !== said) place.textContent = said;
}

async function search() {
  const within = form();
  const text = within?.querySelector("#cible").value.trim() ?? "";
  if (text === searched) return;
  searched = text;
  const list = within.querySelector("[data-structures] ul");
  if (text.length < 2) return list.replaceChildren();
  const digits = /^\d{2,5}$/.test(text);
  const query = new URLSearchParams({ [digits ? "postcode" : "text"]: text, limit: String(FOUND_MAX) });
  const answer = await fetch(`/api/v1/structures?${query}`, { headers: { Accept: "application/json" } }).catch(() => null);
  if (text !== searched || !answer?.ok) return;
  const { items } = await answer.json();
  list.replaceChildren(...items.map(row));
}

function row(found) {
  const item = document.createElement("li"), button = document.createElement("button");
  const name = document.createElement("span"), place = document.createElement("span");
  button.type = "submit";
  button.className = "target";
  button.name = "to.structure";
  button.value = found.id;
  name.textContent = found.name;
  place.textContent = [found.postcode, found.commune].filter(Boolean).join(" ");
  place.className = "soft";
  button.append(name, " ", place);
  item.append(button);
  return item;
}

const shown = () => [...form().querySelectorAll(".target")].filter((each) => each.checkVisibility());

dialog.addEventListener("input", () => {
  narrow();
  clearTimeout(timer);
  timer = setTimeout(() => void search(), LATER_MS);
});

dialog.addEventListener("keydown", (event) => {
  const targets = form() ? shown() : [];
  const at = targets.indexOf(document.activeElement);
  const from = event.target.id === "cible";
  if (event.key === "Enter" && from) {
    event.preventDefault();
    targets.find((each) => each.getAttribute("aria-disabled") !== "true")?.click();
  } else if (event.key === "ArrowDown" && (from || at >= 0)) {
    event.preventDefault();
    targets[Math.min(at + 1, targets.length - 1)]?.focus();
  } else if (event.key === "ArrowUp" && at >= 0) {
    event.preventDefault();
    (at === 0 ? form().querySelector("#cible") : targets[at - 1]).focus();
  }
});

// Who is not free stays in the list, and can be read; a press tells why nothing comes of it.
dialog.addEventListener("submit", (event) => {
  if (event.submitter?.getAttribute("aria-disabled") !== "true") return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

dialog.addEventListener("close", () => {
  searched = "";
  form()?.reset();
  form()?.querySelector("[data-structures] ul").replaceChildren();
  if (form()) narrow();
});
document.documentElement.addEventListener("flux", narrow);
narrow();
