// Arrow keys move between the tiles of a grid, by row and by column. In the library, where
// pictures are what the page is for, they begin at the first one.
addEventListener("keydown", (event) => {
  const forward = { ArrowRight: true, ArrowDown: true, ArrowLeft: false, ArrowUp: false }[event.key];
  const here = document.activeElement;
  if (forward === undefined || event.defaultPrevented || event.isComposing) return;
  if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (here?.closest("input:not([type=checkbox]), textarea, select, [contenteditable], .menu")) return;
  try {
    if (localStorage.getItem("imgc-keys-off") != null) return;
  } catch {}
  const tiles = [...document.querySelectorAll(".grid .tile > a")];
  const at = tiles.indexOf(here?.closest(".grid > li")?.querySelector(".tile > a"));
  if (!tiles.length || (at < 0 && !document.querySelector(".library"))) return;
  const step = forward ? 1 : -1;
  let next = tiles[at < 0 ? 0 : at + step];
  if (at >= 0 && /Up|Down/.test(event.key)) {
    // Rows differ in length: of the next one, the tile that is nearest.
    const place = (tile) => {
      const box = tile.getBoundingClientRect();
      return [box.top, box.left + box.right];
    };
    const [top, middle] = place(tiles[at]);
    let row = null;
    let least = Infinity;
    next = null;
    for (let i = at + step; tiles[i]; i += step) {
      const [y, x] = place(tiles[i]);
      if (Math.abs(y - top) < 3) continue;
      row ??= y;
      if (Math.abs(y - row) > 3) break;
      if (Math.abs(x - middle) < least) {
        least = Math.abs(x - middle);
        next = tiles[i];
      }
    }
  }
  if (next) {
    event.preventDefault();
    next.focus();
  }
});
