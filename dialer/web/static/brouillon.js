// What is typed in a form with `data-draft` is kept by the service as it is typed, and is there again wherever the page
// is opened next. `data-draft` is the address of the draft: GET reads it, PUT writes it against a version.
//
// Decides when a draft is sent (a second after the last key, and when the page or the form is left), and that one which
// was written in another tab meanwhile is never overwritten unasked. Knows nothing of the fields: whoever extends
// `Draft` reads them and fills them in. Whatever is put into a form here has `data-own`, so that no swap touches it.

const root = document.documentElement;
const TAB = crypto.randomUUID();
const AFTER_KEY_MS = 1000;
const AGAIN_MS = 5000; // after the service did not take it
const ANSWER_MAX_MS = 15000;
export const NBSP = "\u00a0";

export const ahead = Date.parse(root.dataset.at) - Date.now(); // of the service's clock, which may be shifted
const hour = new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", hour: "numeric", minute: "2-digit" });
export const clock = (at) => hour.format(at).replace(":", `${NBSP}h${NBSP}`);
export const say = (text, loud = false) => root.dispatchEvent(new CustomEvent("poste-say", { detail: { text, loud } }));

let turn = 0;

export function make(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.dataset.own = "";
  if (text !== undefined) made.textContent = text;
  return made;
}

/**
 * The draft of one form. Of whoever extends it:
 *   subject         what it is called, in the feminine
 *   draft           what is sent with it, as a draft
 *   read()          what is in the form, as it is sent
 *   fill(told)      puts what was kept into the form, in place of what is there
 *   begun(told)     whether anything was kept that is still open
 *   merge(told)     the same as fill, of a form in which somebody has typed already; what they typed stays
 *   over(told)      what to say of a draft that is over, or null: it is not; of one that is gone `told` is null
 *   faults(problem) tells what the service would not take
 */
export class Draft {
  /** after: what is still on its way from the form that was here before. */
  constructor(form, after = null) {
    this.form = form;
    this.version = null; // not read yet
    this.saved = JSON.stringify(this.read());
    this.touched = false;
    this.sending = null;
    this.filing = false;
    this.theirs = null; // what another tab wrote meanwhile
    this.refused = null; // what the service would not take; it is not sent again before it changes
    this.closed = false; // nothing of it is kept any more
    this.kept = document.createElement("span");
    void Promise.resolve(after).then(() => this.load());
  }

  get dirty() { return this.touched && JSON.stringify(this.read()) !== this.saved; }

  async ask(method, body, keepalive = false) {
    const headers = { Accept: "application/json", "X-CSRF": root.dataset.csrf ?? "" };
    if (body) Object.assign(headers, { "Content-Type": "application/json", "If-Match": `"${this.version ?? 0}"` });
    const signal = keepalive ? undefined : AbortSignal.timeout(ANSWER_MAX_MS);
    const answer = await fetch(this.form.dataset.draft, {
      method, headers, keepalive, signal, redirect: "manual", body: body && JSON.stringify(body),
    }).catch(() => null);
    if (answer?.status === 401) root.dispatchEvent(new CustomEvent("flux-session", { cancelable: true }));
    if (answer?.status === 403) root.dispatchEvent(new CustomEvent("poste-code"));
    return { status: answer?.status ?? 0, told: (await answer?.json().catch(() => null)) ?? null };
  }

  write(more = {}, keepalive = false) {
    return this.ask("PUT", { ...this.read(), ...more, tab: TAB, turn: ++turn }, keepalive);
  }

  async load() {
    const { status, told } = await this.ask("GET");
    if (!this.form.isConnected) return;
    if (status !== 200) {
      if (status !== 404) setTimeout(() => this.form.isConnected && void this.load(), AGAIN_MS);
      return;
    }
    this.version = told.version;
    if (!this.begun(told)) {
      if (this.dirty) this.later(0);
      return;
    }
    if (this.dirty) {
      this.merge(told);
      this.later(0);
    } else {
      this.fill(told);
      this.saved = JSON.stringify(this.read());
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

  counted() {}

  later(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), ms);
  }

  /** Sends what is new, one at a time. */
  async save() {
    if (this.sending || this.filing || this.theirs || this.closed || this.version === null || !this.dirty) return;
    const text = JSON.stringify(this.read());
    if (text === this.refused) return;
    const against = this.version;
    this.sending = this.write({ ...this.draft });
    const { status, told } = await this.sending;
    this.sending = null;
    if (this.version !== against) return; // it was given meanwhile, and begins anew
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
    clearTimeout(this.timer);
    if (this.theirs || this.filing || this.closed || !this.dirty) return null;
    return this.write({ ...this.draft }, true);
  }

  // -- another tab ---------------------------------------------------------------------------------------------

  async overtaken() {
    const { status, told } = await this.ask("GET");
    const over = this.over(status === 200 ? told : null);
    if (over !== null) {
      this.tell(over);
    } else if (this.begun(told)) {
      this.compare(told);
    } else {
      this.version = told.version;
      this.later(AFTER_KEY_MS);
    }
  }

  compare(told) {
    this.theirs = told;
    const box = make("div", "overtaken");
    box.append(make("p", "", `${this.subject} a été modifiée dans un autre onglet ou un autre navigateur.`));
    const acts = make("p", "acts");
    const mine = make("button", "act", "Garder ce qui est écrit ici");
    const other = make("button", "act", "Prendre l’autre version");
    for (const each of [mine, other]) each.type = "button";
    const settle = () => { this.theirs = null; this.version = told.version; box.remove(); };
    mine.addEventListener("click", () => { settle(); this.saved = ""; this.later(0); });
    other.addEventListener("click", () => {
      settle();
      this.fill(told);
      this.saved = JSON.stringify(this.read());
      this.counted();
    });
    acts.append(mine, other);
    box.append(acts);
    this.form.prepend(box);
    say(`${this.subject} a été modifiée dans un autre onglet : choisissez la version à garder.`, true);
  }

  tell(text) {
    this.kept.textContent = text;
    say(text, true);
  }
}

/** Keeps the form of a region, whichever is there. begin: (form, after) → its `Draft`. Answers whose it is now. */
export function keep(region, wanted, begin) {
  let open = null;
  const adopt = () => {
    const form = region.querySelector(wanted);
    if (form === (open?.form ?? null)) return;
    const after = open ? open.leave() : null; // it is of another now: what was typed is kept
    open = form && begin(form, after);
  };
  for (const kind of ["input", "change"])
    region.addEventListener(kind, (event) => open && event.target.closest?.("form") === open.form && open.changed());
  addEventListener("pagehide", () => open?.leave());
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && open?.leave());
  root.addEventListener("flux", adopt);
  adopt();
  return () => open;
}
