// Selection in a list: ticks, Shift ranges, the whole page, everything that matches. Each filter has its own. It survives
// paging, sorting, reloading and going back, until the tab is closed or somebody else signs in in it. The chosen ids, or
// only the exceptions, go into hidden fields of the bulk form.

const selections = new Map(); // company and filter -> { matching, ids, whole }; the latest is the last
const number = new Intl.NumberFormat("en-GB");
const STORE = "selections";
const KEPT = 20; // the latest selections that are kept
const person = document.querySelector("[data-person]")?.dataset.person;
let last = null; // the box that was clicked last, for ranges

const headers = () => JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
const company = headers()["X-Account-Focus"];
const key = (grid) => `${company} ${grid.dataset.grid}`;

// `ids` are the exceptions where all that match are meant. `whole` is how many match, as far as they were counted: { count,
// more }; null until they are.
const chosen = (matching = false, ids = [], whole = undefined) => ({ matching, ids: new Set(ids), whole });

function selection(grid) {
  const found = selections.get(key(grid)) ?? chosen();
  selections.delete(key(grid));
  selections.set(key(grid), found);
  return found;
}

function keep() {
  const some = [...selections].filter(([, { matching, ids }]) => matching || ids.size).slice(-KEPT);
  // What all that match are stays what it was when they were chosen; out of how many others are is looked at again.
  const kept = some.map(([name, { matching, ids, whole }]) => [name, matching, [...ids], matching ? whole : null]);
  try {
    sessionStorage.setItem(STORE, JSON.stringify({ person, kept }));
  } catch {
    forget(); // too many to be kept: rather none than some
  }
}

function forget() {
  try {
    sessionStorage.removeItem(STORE);
  } catch {} // there is no store
}

function remember() {
  let stored = null;
  try {
    stored = JSON.parse(sessionStorage.getItem(STORE));
  } catch {} // there is no store
  if (person && stored?.person === person) {
    for (const [name, ...parts] of stored.kept) selections.set(name, chosen(...parts.map((part) => part ?? undefined)));
  } else if (person || document.querySelector('form[action="/sign-in"]')) {
    forget();
  }
}

const boxes = (grid) => [...grid.querySelectorAll("[data-row-check]")];
const holds = ({ matching, ids }, id) => ids.has(id) !== matching;

// How many match, if that is known to the last one.
function total(grid) {
  const { whole } = selection(grid);
  if (grid.dataset.total !== "") return Number(grid.dataset.total);
  return whole && !whole.more ? whole.count : NaN;
}

// How many are selected; NaN for all of more than were counted.
const size = (grid, { matching, ids }) => (matching ? Math.max(total(grid) - ids.size, 0) : ids.size);

// "12,310", or "All but 3": how many that is, the launch says.
function selected(grid, picked) {
  const count = size(grid, picked);
  if (!Number.isNaN(count)) return number.format(count);
  return picked.ids.size > 0 ? `All but ${number.format(picked.ids.size)}` : "All";
}

// " of 12,310": out of how many; nothing where SIMs that were ticked have left the list since.
function outOf(grid, picked) {
  const all = total(grid);
  if (!Number.isNaN(all)) return size(grid, picked) <= all ? ` of ${number.format(all)}` : "";
  return picked.whole ? ` of more than ${number.format(picked.whole.count)}` : " of the SIMs that match";
}

function put({ matching, ids }, id, on) {
  on !== matching ? ids.add(id) : ids.delete(id);
}

function field(name, value) {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  input.value = value;
  return input;
}

function draw(grid) {
  const picked = selection(grid);
  const all = boxes(grid);
  for (const box of all) {
    box.checked = holds(picked, box.value);
    box.closest("tr")?.classList.toggle("row-selected", box.checked);
  }
  const ticked = all.filter((box) => box.checked).length;
  const page = grid.querySelector("[data-page-check]");
  if (page) {
    page.checked = ticked > 0 && ticked === all.length;
    page.indeterminate = ticked > 0 && ticked < all.length;
  }
  const count = size(grid, picked);
  for (const bar of grid.querySelectorAll("[data-bulk-bar]")) bar.hidden = count === 0;
  for (const place of grid.querySelectorAll("[data-bulk-count]")) place.textContent = selected(grid, picked);
  for (const place of grid.querySelectorAll("[data-bulk-of]")) place.textContent = outOf(grid, picked);
  for (const button of grid.querySelectorAll("[data-select-all]")) {
    button.hidden = total(grid) <= all.length || count === total(grid) || (picked.matching && picked.ids.size === 0);
    if (!Number.isNaN(total(grid))) button.textContent = `Select all ${number.format(total(grid))} that match`;
  }
  for (const place of grid.querySelectorAll("[data-bulk-fields]")) {
    const name = picked.matching ? "except" : "sim";
    place.replaceChildren(
      field("selection", picked.matching ? "matching" : "list"),
      ...[...picked.ids].map((id) => field(name, id)),
    );
  }
}

function announce(grid) {
  const picked = selection(grid);
  const text = `${selected(grid, picked)}${outOf(grid, picked)} selected`;
  document.body.dispatchEvent(new CustomEvent("announce", { detail: { text } }));
}

function changed(grid) {
  keep();
  draw(grid);
  announce(grid);
}

function tick(grid, box, range) {
  const picked = selection(grid);
  const all = boxes(grid);
  const from = range && last && last !== box ? all.indexOf(last) : -1;
  const to = all.indexOf(box);
  const touched = from < 0 ? [box] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const each of touched) put(picked, each.value, box.checked);
  last = box;
}

async function counted(address) {
  const answer = await fetch(address, { headers: { Accept: "application/json", ...headers() } }).catch(() => null);
  return answer?.ok ? answer.json().catch(() => null) : null;
}

// Draws what has come to be known of a filter, if it is still the one that is shown.
function tell(name) {
  const grid = document.querySelector("[data-grid]");
  if (grid && key(grid) === name) changed(grid);
}

// Out of how many, where counters don't know: asked once for each filter, when the first SIM is ticked.
async function countOnce(grid) {
  const picked = selection(grid);
  if (grid.dataset.total !== "" || picked.whole !== undefined) return;
  const name = key(grid);
  picked.whole = null;
  const all = await counted(grid.dataset.countAddress);
  // All of them may have been selected, and counted, or the selection may have ended meanwhile.
  if (picked.whole !== null || selections.get(name) !== picked) return;
  picked.whole = all ?? undefined; // what failed is asked again with the next tick
  if (all) tell(name);
}

// All that match are counted to the last one in the background, one filter after the other; until then, and where that fails,
// the bar says what is known.
let counting = Promise.resolve();

function countAll(grid) {
  const picked = selection(grid);
  if (!picked.matching || !picked.whole?.more || picked.isCounted) return;
  picked.isCounted = true;
  const [name, address] = [key(grid), `${grid.dataset.countAddress}&all=on`];
  counting = counting.then(async () => {
    const is = () => selections.get(name) === picked;
    const all = is() ? await counted(address) : null;
    picked.isCounted = Boolean(all); // what failed is asked again with the next page
    if (!all || !is()) return;
    picked.whole = all;
    tell(name);
  });
}

// Where the number of matching SIMs is not known from counters, they are counted as far as for one that is ticked.
async function selectAll(grid) {
  const name = key(grid);
  let { whole } = selection(grid);
  if (grid.dataset.total === "") {
    whole ??= await counted(grid.dataset.countAddress);
    if (!whole) {
      const detail = { kind: "error", text: "The SIMs could not be counted, so nothing more was selected. Try again." };
      document.body.dispatchEvent(new CustomEvent("toast", { detail }));
      return;
    }
  }
  selections.set(name, chosen(true, [], whole));
  tell(name);
  countAll(grid);
}

function tickPage(grid, on) {
  const picked = selection(grid);
  for (const box of boxes(grid)) put(picked, box.value, on);
}

document.addEventListener("click", (event) => {
  const grid = event.target.closest?.("[data-grid]");
  if (!grid) return;
  const control = event.target.closest("[data-row-check], [data-page-check], [data-select-all], [data-select-none]");
  if (!control) return;
  if (control.matches("[data-row-check]")) tick(grid, control, event.shiftKey);
  else if (control.matches("[data-page-check]")) tickPage(grid, control.checked);
  else if (control.matches("[data-select-all]")) return void selectAll(grid);
  else selections.set(key(grid), chosen(false, [], selection(grid).whole));
  changed(grid);
  countOnce(grid);
});

// Shift-click would also select the text between the rows.
document.addEventListener("mousedown", (event) => {
  if (event.shiftKey && event.target.closest?.("[data-row-check]")) event.preventDefault();
});

function start(root) {
  const grids = [...root.querySelectorAll("[data-grid]")];
  const around = root.closest?.("[data-grid]");
  if (around) grids.push(around);
  for (const grid of grids) {
    draw(grid);
    const { matching, ids } = selection(grid);
    if (matching || ids.size) countOnce(grid); // it may have been found again
    countAll(grid);
  }
}

// What was ticked before this script was there. A browser puts back no ticks by itself: the boxes have autocomplete="off".
function takeOver(grid) {
  const isAll = grid.querySelector("[data-page-check]")?.checked;
  const early = boxes(grid).filter((box) => isAll || box.checked);
  for (const box of early) put(selection(grid), box.value, true);
  if (early.length) keep();
}

remember();
for (const grid of document.querySelectorAll("[data-grid]")) takeOver(grid);
start(document);
document.body.addEventListener("htmx:load", (event) => start(event.target));
// The server ends the selection that was launched with `HX-Trigger: selection-clear`. What a SIM's own page launches ends none.
document.body.addEventListener("selection-clear", () => {
  const grids = document.querySelectorAll("[data-grid]");
  if (!grids.length) return;
  const wasInBar = document.activeElement?.closest("[data-bulk-bar]");
  for (const grid of grids) selections.delete(key(grid));
  keep();
  start(document);
  if (wasInBar) document.body.dispatchEvent(new CustomEvent("focus-lost"));
});
