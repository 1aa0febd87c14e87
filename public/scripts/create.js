// The composer's page where scripts run: what is done to a picture of the feed, and putting
// on a style, without leaving the page, so that nothing typed or on its way is lost. Both are
// forms that work without: the page that answers them says what came of it.

const one = (selector, root = document) => root.querySelector(selector);

// Sends fields as the form would, and reads the page that answers.
async function ask(address, fields) {
  const answer = await fetch(address, { method: "POST", headers: { accept: "text/html" }, body: fields });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { answer, page };
}

function offline() {
  const note = document.createElement("p");
  note.className = "note note-error";
  note.setAttribute("role", "alert");
  note.textContent = one(".create-page")?.dataset.offline ?? "";
  return note;
}

// What came of it, in the place that `within` has for that.
function tell(within, ...nodes) {
  let told = one(":scope > .told", within);
  if (!told) {
    told = document.createElement("div");
    told.className = "told told-here";
    told.setAttribute("aria-live", "polite");
    within.append(told);
  }
  told.replaceChildren(...nodes);
}

// --- A picture of the feed ------------------------------------------------------------

// How the last act of a row is taken back where it is shown.
const back = new WeakMap();

function turn(button) {
  const [act, id] = button.value.split(" ");
  const was = act.startsWith("un");
  const bare = was ? act.slice(2) : act;
  button.value = `${was ? bare : `un${bare}`} ${id}`;
  button.setAttribute("aria-pressed", String(!was));
  if (bare == "favourite") one("use", button).setAttribute("href", `#icon-heart${was ? "" : "-filled"}`);
}

async function act(card, form, button) {
  const fields = new URLSearchParams(new FormData(form, button));
  const place = one(".job-card-text", card);
  const [what] = (fields.get("about[one]") ?? "").split(" ");
  const tile = form.closest("li");
  try {
    const { answer, page } = await ask(form.getAttribute("action"), fields);
    // Somebody who has to sign in again, or something that is no answer.
    if (!one(".library", page)) {
      if (answer.status < 500) location.assign(answer.url);
      else tell(place, offline());
      return;
    }
    const refused = one(".library > .note-error", page);
    tell(place, ...(refused ? [refused] : one(".told", page)?.childNodes ?? []));
    if (refused) return;
    if (!what) {
      back.get(card)?.();
      back.delete(card);
    } else if (what == "trash") {
      tile.hidden = true;
      back.set(card, () => (tile.hidden = false));
      one(":scope > .told button", place)?.focus({ preventScroll: true });
    } else if (/^(un)?(favourite|publish)$/.test(what)) {
      turn(button);
      back.set(card, () => turn(button));
    }
  } catch {
    tell(place, offline());
  } finally {
    button.ariaBusy = null;
  }
}

// --- A style of one's own -------------------------------------------------------------

const moment = () => new Promise((next) => requestAnimationFrame(() => setTimeout(next)));

// Sets a field, or that of several which has the value.
function put(field, value) {
  if (!field) return;
  if (field instanceof RadioNodeList) field.value = value;
  else if (!field.options || [...field.options].some((option) => option.value == value)) field.value = value;
}

async function putOn(form, button) {
  const sent = new FormData(form, button);
  for (const name of ["files[]", "mask_file"]) sent.delete(name);
  const panel = button.closest(".pop-panel");
  const words = form.elements["draft[prompt]"];
  const typed = words.value;
  try {
    const { answer, page } = await ask(button.getAttribute("formaction"), new URLSearchParams(sent));
    const fresh = one(".composer form", page);
    if (!fresh) return location.assign(answer.url);
    // The pictures stay as they are here: more of them may be on their way.
    const fields = [...new FormData(fresh)].filter(([name]) => /^draft\[(?!references|mask|parent)/.test(name));
    const mine = words.value == typed;
    // Another model offers other fields, a moment later.
    for (let time = 0; time < 2; time++) {
      for (const [name, value] of fields) if (mine || name != "draft[prompt]") put(form.elements[name], value);
      words.dispatchEvent(new Event("input", { bubbles: true }));
      await moment();
    }
    const lost = one(".note-error", fresh);
    if (panel) tell(panel, ...(lost ? [lost] : []));
    if (lost) return;
    panel?.closest("details").removeAttribute("open");
    words.focus();
  } catch {
    if (panel) tell(panel, offline());
  } finally {
    button.ariaBusy = null;
  }
}

addEventListener(
  "submit",
  (event) => {
    const { target: form, submitter: button } = event;
    const address = button?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
    const card = form.closest?.(".job-card");
    let work = null;
    if (card && /\/api\/(change|undo)$/.test(address)) work = () => act(card, form, button);
    if (form.matches?.(".composer form") && /\/api\/style_use$/.test(address)) work = () => putOn(form, button);
    if (!work || !button) return;
    event.preventDefault();
    event.stopPropagation();
    if (button.ariaBusy) return;
    button.ariaBusy = "true";
    work();
  },
  true,
);
