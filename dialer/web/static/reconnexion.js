// Signing in over the page, so that a call and what was typed outlive a session.
//
// Decides that the page is never loaded anew by itself while somebody talks or writes: not for a session that is over,
// nor for a newer look, which waits until nothing is under way.

const root = document.documentElement;
const dialog = document.getElementById("reconnexion");
const form = document.getElementById("reconnexion-formulaire");
const fault = document.getElementById("reconnexion-faute");
const secret = document.getElementById("reconnexion-mot");
const link = document.querySelector("[data-link]");
const SILENT = "Le service ne répond pas : vérifiez votre connexion, puis réessayez.";
const CHANGE = "Votre mot de passe est à changer : ouvrez votre compte dans un autre onglet, puis revenez ici.";

function ask() {
  if (dialog.open) return;
  dialog.showModal();
}

function tell(text) {
  fault.textContent = text;
  fault.hidden = !text;
}

root.addEventListener("flux-session", (event) => {
  event.preventDefault();
  if (!link.querySelector("button")) {
    const again = document.createElement("button");
    again.type = "button";
    again.className = "act";
    again.textContent = "Se reconnecter";
    again.addEventListener("click", ask);
    link.append(" ", again);
  }
  ask();
});

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  tell("");
  const send = form.querySelector("[type=submit]");
  send.disabled = true;
  const fault = secret ? await prove() : await look();
  send.disabled = false;
  if (fault) {
    secret?.select();
    return tell(fault);
  }
  dialog.close();
  root.dispatchEvent(new CustomEvent("flux-again"));
});

/** Sign in; the fault, if there is one. */
async function prove() {
  const answer = await fetch(form.action, {
    method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams(new FormData(form)),
  }).catch(() => null);
  const said = await answer?.json().catch(() => null);
  if (!answer?.ok) return said?.detail?.replaceAll("'", "’") ?? SILENT;
  secret.value = "";
  root.dataset.csrf = said.csrf;
  return said.to === "/mot-de-passe" ? CHANGE : null;
}

/** Whether somebody signed in meanwhile, elsewhere in this browser, and that it is who this page is of. */
async function look() {
  const page = await fetch(location.pathname, { redirect: "manual" }).catch(() => null);
  if (!page) return SILENT;
  if (!page.ok) return "Vous n’êtes pas encore connecté dans ce navigateur.";
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html").documentElement.dataset;
  if (fresh.adviser !== root.dataset.adviser) return "Cette page est celle d’un autre compte. Rechargez-la.";
  root.dataset.csrf = fresh.csrf;
  return null;
}

// -- a newer look --------------------------------------------------------------------------------------------------

const UNDER_WAY = "#poste-appel > *, #poste-fiche > *, #poste-rappel > *, dialog[open], input:focus, textarea:focus";

root.addEventListener("flux-look", (event) => {
  if (document.querySelector(UNDER_WAY)) event.preventDefault();
});
