// The public form: does the proof of work in a worker, so that people have nothing to solve, and moves the focus to
// what the page has to say. The form works without all the rest of it. Protocol: ALTCHA, proof of work version 2.

const RENEW_MS = 15 * 60 * 1000; // a challenge holds for 20 minutes

document.querySelector("[autofocus]")?.focus();

const form = document.querySelector("form[data-preuve]");
if (form) {
  const said = form.querySelector("[data-dit]");
  let begun = 0;
  let proof = null;

  const solve = async () => {
    const answer = await fetch(form.dataset.preuve, { cache: "no-store", headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(`no challenge: ${answer.status}`);
    const challenge = await answer.json();
    const worker = new Worker(new URL("preuve.js", import.meta.url));
    try {
      const solution = await new Promise((found, failed) => {
        worker.onmessage = ({ data }) => (data ? found(data) : failed(new Error("no solution")));
        worker.onerror = () => failed(new Error("no worker"));
        worker.postMessage(challenge.parameters);
      });
      return btoa(JSON.stringify({ challenge, solution }));
    } finally {
      worker.terminate();
    }
  };

  // Begins at once and again when the page has been open for long; a failure is told by the answer to the form.
  const proven = () => {
    if (proof === null || Date.now() - begun > RENEW_MS) {
      begun = Date.now();
      proof = solve().catch(() => "");
    }
    return proof;
  };

  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending) return;
    sending = true;
    said.textContent = "Vérification en cours…";
    form.elements.preuve.value = await proven();
    said.textContent = "Envoi…";
    form.submit();
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    // Brought back by "back": what was sent is sent, its proof has served.
    sending = false;
    proof = null;
    said.textContent = "";
    proven();
  });
  proven();
}
