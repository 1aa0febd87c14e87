// The library where scripts run. Everything here is a link or a form that works without:
// this takes what the server answers and puts it into the page, which keeps its place, its
// selection and the focus. Nothing is drawn here; tiles are those of the server's pages.
// While the browser's router shows another page there is no library, and nothing to do.

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const form = () => one("#selection");
const picks = () => all("#selection [name^=ids]");
const everything = () => one("#selection [name=all]");
const idBox = (tile) => one("[name^=ids]", tile);
const idOf = (tile) => idBox(tile).value;

// What was loaded: for each tile the address of the page that has it.
const pageOf = new WeakMap();
const addressOf = (href) => {
  const address = new URL(href, location.href);
  for (const said of ["done", "said", "error"]) address.searchParams.delete(said);
  return address.pathname + address.search;
};
const note = (tiles, href) => tiles.forEach((tile) => pageOf.set(tile, href));
let pages = 1;

// A page of ours, or what it is instead: somewhere to go.
async function get(href, options) {
  const answer = await fetch(href, { headers: { accept: "text/html" }, ...options });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, address: answer.url, known: Boolean(one(".library", page)), status: answer.status };
}

// --- Choosing -------------------------------------------------------------------------

let counting = 0;

// Says how many are chosen, and how many of them would become public.
async function count() {
  const bar = one(".bar");
  if (!bar) return;
  const said = one("[data-counted]", bar);
  const chosen = picks().filter((pick) => pick.checked);
  const whole = everything().checked;
  said.textContent = said.dataset.counted.replace("0", whole ? form().dataset.all : chosen.length);
  const publics = one("[data-publics]", bar);
  if (!publics) return;
  const turn = ++counting;
  let become = chosen.filter((pick) => !one(".badge-public", pick.closest(".pick"))).length;
  if (whole) {
    const query = new URLSearchParams(form().elements.query.value);
    if (query.get("shown") == "public") become = 0;
    else {
      query.set("shown", "private");
      publics.textContent = "…";
      const { page } = await get(`${location.pathname}?${query}`).catch(() => ({}));
      become = (page && one("[data-total]", page)?.dataset.total) ?? "?";
      // More than are counted exactly.
      if (page && /\+/.test(one("#selection", page)?.dataset.all)) become += "+";
    }
  }
  if (turn == counting) publics.textContent = become;
}

let last = null;

// Chooses, or no longer chooses, everything between two tiles as they stand on the page.
function range(from, to, on, before) {
  const boxes = picks();
  const [a, b] = [boxes.indexOf(from), boxes.indexOf(to)].sort((x, y) => x - y);
  boxes.forEach((box, i) => {
    box.checked = i >= a && i <= b ? on : (before ? before.get(box) : box.checked);
  });
  if (!on) everything().checked = false;
  count();
}

addEventListener("click", (event) => {
  const box = event.target;
  if (!box.matches?.("#selection [type=checkbox]")) return;
  if (box.name == "all") picks().forEach((pick) => (pick.checked = box.checked));
  else {
    if (event.shiftKey && last?.isConnected) range(last, box, box.checked);
    if (!box.checked) everything().checked = false;
    last = box;
  }
  count();
});

addEventListener("click", (event) => {
  const way = event.target.closest?.("[data-choose]")?.dataset.choose;
  if (!way) return;
  everything().checked = false;
  picks().forEach((pick) => (pick.checked = way == "invert" && !pick.checked));
  count();
});

const selecting = () => picks().some((pick) => pick.checked);

// While some are chosen, a press on a picture chooses it, too. Keys open it as ever.
addEventListener(
  "click",
  (event) => {
    const tile = event.target.closest?.("#selection .pick");
    if (!tile || event.ctrlKey || event.metaKey || event.button) return;
    const chooses = event.detail && event.target.closest(".tile > a") && selecting();
    if (!dragged && !chooses) return;
    event.preventDefault();
    event.stopPropagation();
    const { shiftKey } = event;
    if (!dragged) idBox(tile).dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));
  },
  true,
);

// --- Dragging over tiles --------------------------------------------------------------

let drag = null;
let dragged = false;
const HOLD = 450;
const FAR = 6;
const EDGE = 60;

function begin() {
  drag.before = new Map(picks().map((pick) => [pick, pick.checked]));
  drag.on = !drag.from.checked;
  dragged = true;
  reach();
}

function reach() {
  const at = document.elementFromPoint(drag.x, Math.max(1, Math.min(innerHeight - 1, drag.y)));
  const tile = at?.closest(".pick");
  if (tile) drag.to = idBox(tile);
  if (drag.to) range(drag.from, drag.to, drag.on, drag.before);
}

// At the window's edge the page goes on below the pointer.
function scroll() {
  if (!drag?.before) return;
  const by = drag.y < EDGE ? drag.y - EDGE : Math.max(0, drag.y - innerHeight + EDGE);
  if (by) {
    scrollBy(0, by / 3);
    reach();
  }
  requestAnimationFrame(scroll);
}

addEventListener("pointerdown", (event) => {
  dragged = false;
  const tile = event.target.closest?.("#selection .pick");
  if (!tile || event.button || drag || event.target.closest("button, summary, .quick-acts")) return;
  drag = { from: idBox(tile), x: event.clientX, y: event.clientY, x0: event.clientX, y0: event.clientY, mouse: event.pointerType == "mouse" };
  drag.to = drag.from;
  // A finger that moves at once scrolls; one that rests begins to choose.
  const mine = drag;
  if (!drag.mouse) setTimeout(() => drag == mine && !drag.before && (begin(), scroll()), HOLD);
});
addEventListener("pointermove", (event) => {
  if (!drag) return;
  [drag.x, drag.y] = [event.clientX, event.clientY];
  if (!drag.before && Math.hypot(drag.x - drag.x0, drag.y - drag.y0) > FAR) {
    if (!drag.mouse) drag = null;
    else {
      begin();
      scroll();
    }
  }
  if (drag?.before) reach();
});
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => {
    drag = null;
    // The click that follows is none.
    setTimeout(() => (dragged = false), 50);
  });
}
addEventListener("dragstart", (event) => drag && event.preventDefault());
addEventListener("contextmenu", (event) => drag && !drag.mouse && event.preventDefault());
addEventListener("touchmove", (event) => drag?.before && event.cancelable && event.preventDefault(), { passive: false });

// --- Acting ---------------------------------------------------------------------------

// Puts a piece of an answer in its place; the focus stays where it can.
function swap(selector, page) {
  const [old, fresh] = [one(selector), one(selector, page)];
  if (!old || !fresh || old.isEqualNode(fresh)) return;
  const held = old.contains(document.activeElement) && document.activeElement;
  old.replaceWith(fresh);
  if (held?.id) one(`#${held.id}`)?.focus();
}

function tell(page) {
  const told = one(".told");
  const error = one(".library > .note-error", page);
  told?.replaceChildren(...(error ? [error] : one(".told", page)?.childNodes ?? []));
  told?.classList.add("told-here");
}

function tellOffline() {
  const note = document.createElement("div");
  note.className = "note note-error";
  note.setAttribute("role", "alert");
  note.textContent = one(".library").dataset.offline;
  one(".told").replaceChildren(note);
  one(".told").classList.add("told-here");
}

// Gives the focus to what had it, in the same tile drawn anew: its buttons stand in the
// order in which they stood.
const CONTROLS = "a, button, input, summary";
const focusIn = (tile, place) => all(CONTROLS, tile)[place]?.focus({ preventScroll: true });

function put(old, fresh) {
  const held = all(CONTROLS, old).indexOf(document.activeElement);
  idBox(fresh).checked = idBox(old).checked;
  // The picture itself stays: it is there already.
  one(".tile > a", fresh).replaceWith(one(".tile > a", old));
  pageOf.set(fresh, pageOf.get(old));
  old.replaceWith(fresh);
  if (held >= 0) focusIn(fresh, held);
}

// The tiles that went, with their places, by the change that took them.
const gone = new Map();

function take(tile, removed) {
  const tiles = all(".pick");
  const at = tiles.indexOf(tile);
  const held = tile.contains(document.activeElement);
  const beside = tiles[at + 1] ?? tiles[at - 1];
  removed.push([tile, tile.parentNode, tile.nextSibling]);
  tile.remove();
  if (held && beside) one(".tile > a", beside).focus();
}

// Looks at what the server says of these pictures now, and shows that. `page` is one that
// has come already.
async function look(ids, fresh) {
  const wanted = new Set(ids);
  const tiles = all(".pick").filter((tile) => wanted.has(idOf(tile)));
  const found = new Map();
  let newest = fresh?.page;
  for (const href of new Set(tiles.map((tile) => pageOf.get(tile)))) {
    const page = fresh && addressOf(fresh.address) == href ? fresh : await get(href);
    if (!page.known) return false;
    newest ??= page.page;
    for (const tile of all(".pick", page.page)) found.set(idOf(tile), tile);
  }
  const removed = [];
  for (const tile of tiles) {
    const now = found.get(idOf(tile));
    if (now) put(tile, document.adoptNode(now));
    else take(tile, removed);
  }
  if (newest) for (const part of [".count [data-total]", ".places"]) swap(part, newest);
  const total = newest && one("#selection", newest);
  if (total && form()) {
    form().dataset.all = total.dataset.all;
    swap(".select-all span", newest);
    swap("#tags", newest);
    swap("#bar-collection", newest);
  }
  count();
  // Nothing is left here: what there is instead is another page.
  if (!one(".pick")) show(newest && !one(".pick", newest) ? { page: newest } : await get(addressOf(location.href)));
  return removed;
}

function restore(removed) {
  for (const [tile, parent, next] of [...removed].reverse()) {
    parent.insertBefore(tile, next?.parentNode == parent ? next : null);
  }
}

// A whole new list, in the place of the one before. What is still there stays chosen.
function show({ page }) {
  const chosen = new Set(picks().filter((pick) => pick.checked).map((pick) => pick.value));
  const fresh = one(".found", page);
  if (!fresh) return;
  one(".found").replaceWith(fresh);
  picks().forEach((pick) => (pick.checked = chosen.has(pick.value)));
  pages = 1;
  note(all(".pick"), addressOf(location.href));
  swap(".places", page);
  count();
}

const FEW = 8;
let turn = Promise.resolve();

async function act(sent, button, address, fields) {
  try {
    const fresh = await get(address, { method: "POST", body: fields });
    // Somebody who has to sign in again, or a page that is no library's any more.
    if (!fresh.known) return fresh.status < 500 ? location.assign(fresh.address) : tellOffline();
    const undone = fields.get("id");
    const failed = one(".library > .note-error", fresh.page);
    const ids = fields.has("about[one]") ? [fields.get("about[one]").split(" ")[1]] : fields.getAll("ids[]");
    let removed = [];
    if (failed) return tell(fresh.page);
    if (/undo$/.test(address) ? !gone.has(undone) : fields.get("all") || whole(ids)) show(await current(fresh));
    else if (/undo$/.test(address)) {
      restore(gone.get(undone).removed);
      await look(gone.get(undone).ids, fresh);
    } else removed = await look(ids, fresh);
    tell(fresh.page);
    const change = one(".told [name=id]")?.value;
    if (change) gone.set(change, { ids, removed: removed || [] });
    if (button.isConnected && !button.matches(".quick-acts *")) button.focus({ preventScroll: true });
    else if (document.activeElement == document.body) one(".told button")?.focus({ preventScroll: true });
    all(".bar .ask[open]").forEach((open) => (open.open = false));
    sent.isConnected && sent.id == "selection" && all(".sorting input", sent).forEach((field) => (field.value = ""));
  } catch {
    tellOffline();
  } finally {
    button.ariaBusy = null;
  }
}

// More pages than are asked for one by one.
function whole(ids) {
  const wanted = new Set(ids);
  const touched = all(".pick").filter((tile) => wanted.has(idOf(tile)));
  return new Set(touched.map((tile) => pageOf.get(tile))).size > FEW;
}

// The list from its beginning, at the address that is shown from now on.
async function current(fresh) {
  const address = addressOf(fresh.address);
  if (addressOf(location.href) != address) history.replaceState(history.state, "", address);
  return fresh;
}

addEventListener("submit", (event) => {
  const [sent, button] = [event.target, event.submitter];
  if (!sent.closest?.(".library") || event.defaultPrevented || !button) return;
  const address = button.getAttribute("formaction") ?? sent.getAttribute("action");
  if (!/\/api\/(change|undo)$/.test(address)) return;
  const fields = new URLSearchParams(new FormData(sent, button));
  event.preventDefault();
  // The Enter key, with nothing typed that it could mean; or nothing chosen.
  const says = fields.get("action") || fields.get("about[one]") || fields.get("about[tag]") || fields.get("about[name]") || fields.get("id");
  if (!says || button.ariaBusy) return;
  button.ariaBusy = "true";
  turn = turn.then(() => act(sent, button, address, fields));
});

// What is done in the lightbox is shown under it.
let trashed = null;
addEventListener(
  "changed",
  (event) => {
    const tile = event.target.closest?.(".pick");
    turn = turn.then(async () => {
      try {
        if (tile?.isConnected) {
          const id = idOf(tile);
          const removed = await look([id]);
          if (removed?.length) trashed = { ids: [id], removed };
        } else if (trashed) {
          restore(trashed.removed);
          await look(trashed.ids);
          trashed = null;
        }
      } catch {
        // The lightbox has said what there was to say.
      }
    });
  },
  true,
);

// --- Keys of the tile that has the focus ----------------------------------------------

addEventListener("keydown", (event) => {
  const tile = document.activeElement?.closest?.("#selection .pick");
  if (!tile || event.defaultPrevented || event.repeat || event.isComposing || one("dialog[open]") || selecting()) return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  try {
    if (localStorage.getItem("imgc-keys-off") != null) return;
  } catch {}
  const key = event.key.length == 1 ? event.key.toLowerCase() : event.key;
  const button = all("[data-tile-key]", tile).find((button) => button.dataset.tileKey == key);
  if (!button) return;
  event.preventDefault();
  button.click();
});

// --- Finding --------------------------------------------------------------------------

let typing = 0;
let asked = null;
addEventListener("input", (event) => {
  const finder = event.target.closest?.(".finder");
  if (!finder) return;
  clearTimeout(typing);
  typing = setTimeout(async () => {
    asked?.abort();
    asked = new AbortController();
    const query = new URLSearchParams([...new FormData(finder)].filter(([, value]) => value));
    const address = finder.getAttribute("action") + (`${query}` && `?${query}`);
    try {
      const fresh = await get(address, { signal: asked.signal });
      if (!fresh.known || !finder.isConnected) return;
      history.replaceState({ ...history.state, tile: null }, "", address);
      show(fresh);
    } catch (error) {
      if (error.name != "AbortError" && finder.isConnected) tellOffline();
    }
  }, 300);
});

addEventListener("click", (event) => event.target.closest?.('.quick-acts button[form=""]')?.removeAttribute("form"), true);

// --- More -----------------------------------------------------------------------------

// From so many pages on, days that are out of sight are not drawn; how high each is, is
// known by then.
const MANY = 8;

function append(page, href) {
  // Browsers look through the whole form at each button that comes into it: these belong
  // to it once they are pressed.
  for (const button of all(".quick-acts button", page)) button.setAttribute("form", "");
  const fresh = all(".day", page);
  const tiles = all(".pick", page);
  const known = new Set(picks().map((pick) => pick.value));
  tiles.filter((tile) => known.has(idOf(tile))).forEach((tile) => tile.remove());
  note(tiles, href);
  if (everything()?.checked) tiles.forEach((tile) => (idBox(tile).checked = true));
  for (const day of fresh) {
    const before = all(".day").at(-1);
    if (before?.dataset.day == day.dataset.day) one(".grid", before).append(...all(".pick", day));
    else one(".days").append(day);
  }
  swap(".pager", page);
  return tiles.find((tile) => tile.isConnected);
}

addEventListener("click", async (event) => {
  const link = event.target.closest?.(".library .pager a[rel~=next]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
  event.preventDefault();
  if (link.ariaBusy) return;
  link.ariaBusy = "true";
  try {
    const href = addressOf(link.href);
    const fresh = await get(href);
    if (!fresh.known || fresh.status != 200) throw 0;
    const first = append(fresh.page, href);
    pages++;
    one(".days")?.classList.toggle("many", pages > MANY);
    history.scrollRestoration = "manual";
    history.replaceState({ ...history.state, tile: null }, "", href);
    if (first) one("a", first).focus({ preventScroll: true });
    count();
  } catch {
    link.ariaBusy = null;
    if (navigator.onLine) location.assign(link.href);
    else tellOffline();
  }
});

// The address is that of the page one looks at, so that a reload, or Back from elsewhere,
// finds the place.
let resting = 0;
addEventListener(
  "scroll",
  () => {
    clearTimeout(resting);
    if (pages == 1 || !form()) return;
    resting = setTimeout(() => {
      const tile = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest(".pick");
      if (!tile || one("dialog[open]")) return;
      history.replaceState({ ...history.state, tile: one("a", tile).getAttribute("href") }, "", pageOf.get(tile));
    }, 250);
  },
  { passive: true },
);
function arrive() {
  pages = 1;
  note(all(".pick"), addressOf(location.href));
  const place = one(".library") && history.state?.tile;
  if (place) {
    one(`.grid a[href="${place}"]`)?.scrollIntoView({ block: "center" });
    history.replaceState({ ...history.state, tile: null }, "");
  }
  count();
}
addEventListener("load", () => setTimeout(() => (history.scrollRestoration = "auto")));
// Coming back, the browser may have kept what was chosen.
addEventListener("pageshow", () => count());
arrive();

// The browser's router leads here without the page's document: what the server draws of it
// is asked for.
document.addEventListener("arrived", async () => {
  // The address follows a moment later.
  const empty = () => /\/library$/.test(location.pathname) && one(".served:empty");
  for (let tries = 0; tries < 50 && !empty(); tries++) await new Promise((next) => setTimeout(next, 20));
  const asked = location.href;
  if (!empty()) return;
  try {
    const fresh = await get(asked);
    if (location.href != asked || !empty()) return;
    if (!fresh.known) return location.assign(fresh.address);
    empty().append(...one(".served", fresh.page).childNodes);
    arrive();
  } catch {
    if (location.href == asked) location.reload();
  }
});
