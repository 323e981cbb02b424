// Selection in a list: ticks, Shift ranges, the whole page, everything that matches. It survives paging and sorting and
// ends with another filter. The chosen ids, or only the exceptions, go into hidden fields of the bulk form.

const selections = new Map(); // filter -> { matching, ids, except }
const wholes = new Map(); // filter -> { count, more }: how many match, as far as they were counted; null until they are
const number = new Intl.NumberFormat("en-GB");
let last = null; // the box that was clicked last, for ranges

function selection(grid) {
  const key = grid.dataset.grid;
  if (!selections.has(key)) selections.set(key, { matching: false, ids: new Set(), except: new Set() });
  return selections.get(key);
}

const boxes = (grid) => [...grid.querySelectorAll("[data-row-check]")];
const holds = (chosen, id) => (chosen.matching ? !chosen.except.has(id) : chosen.ids.has(id));

// How many match, if that is known to the last one.
function total(grid) {
  const whole = wholes.get(grid.dataset.grid);
  if (grid.dataset.total !== "") return Number(grid.dataset.total);
  return whole && !whole.more ? whole.count : NaN;
}

// How many are selected; NaN for all of more than were counted.
const size = (grid, chosen) => (chosen.matching ? Math.max(total(grid) - chosen.except.size, 0) : chosen.ids.size);

// "12,310", or "All but 3": how many that is, the launch says.
function selected(grid, chosen) {
  const count = size(grid, chosen);
  if (!Number.isNaN(count)) return number.format(count);
  return chosen.except.size > 0 ? `All but ${number.format(chosen.except.size)}` : "All";
}

// " of 12,310": out of how many; nothing where SIMs that were ticked have left the list since.
function whole(grid, chosen) {
  const all = total(grid);
  if (!Number.isNaN(all)) return size(grid, chosen) <= all ? ` of ${number.format(all)}` : "";
  const counted = wholes.get(grid.dataset.grid);
  return counted ? ` of more than ${number.format(counted.count)}` : " of the SIMs that match";
}

function put(chosen, id, on) {
  if (chosen.matching) on ? chosen.except.delete(id) : chosen.except.add(id);
  else on ? chosen.ids.add(id) : chosen.ids.delete(id);
}

function field(name, value) {
  const input = document.createElement("input");
  input.type = "hidden";
  input.name = name;
  input.value = value;
  return input;
}

function draw(grid) {
  const chosen = selection(grid);
  const all = boxes(grid);
  for (const box of all) {
    box.checked = holds(chosen, box.value);
    box.closest("tr")?.classList.toggle("row-selected", box.checked);
  }
  const ticked = all.filter((box) => box.checked).length;
  const page = grid.querySelector("[data-page-check]");
  if (page) {
    page.checked = ticked > 0 && ticked === all.length;
    page.indeterminate = ticked > 0 && ticked < all.length;
  }
  const count = size(grid, chosen);
  for (const bar of grid.querySelectorAll("[data-bulk-bar]")) bar.hidden = count === 0;
  for (const place of grid.querySelectorAll("[data-bulk-count]")) place.textContent = selected(grid, chosen);
  for (const place of grid.querySelectorAll("[data-bulk-of]")) place.textContent = whole(grid, chosen);
  for (const button of grid.querySelectorAll("[data-select-all]")) {
    button.hidden = total(grid) <= all.length || count === total(grid) || (chosen.matching && chosen.except.size === 0);
  }
  for (const place of grid.querySelectorAll("[data-bulk-fields]")) {
    const ids = chosen.matching ? chosen.except : chosen.ids;
    const name = chosen.matching ? "except" : "sim";
    place.replaceChildren(
      field("selection", chosen.matching ? "matching" : "list"),
      ...[...ids].map((id) => field(name, id)),
    );
  }
}

function announce(grid) {
  const chosen = selection(grid);
  const text = `${selected(grid, chosen)}${whole(grid, chosen)} selected`;
  document.body.dispatchEvent(new CustomEvent("announce", { detail: { text } }));
}

function tick(grid, box, range) {
  const chosen = selection(grid);
  const all = boxes(grid);
  const from = range && last && last !== box ? all.indexOf(last) : -1;
  const to = all.indexOf(box);
  const touched = from < 0 ? [box] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
  for (const each of touched) put(chosen, each.value, box.checked);
  last = box;
}

async function counted(grid) {
  const headers = { Accept: "application/json", ...JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") };
  const answer = await fetch(grid.dataset.countAddress, { headers }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

// Draws what has come to be known of a filter, if it is still the one that is shown.
function tell(key) {
  const grid = document.querySelector("[data-grid]");
  if (grid?.dataset.grid !== key) return;
  draw(grid);
  announce(grid);
}

// Out of how many, where counters don't know: asked once for each filter, when the first SIM is ticked.
async function countOnce(grid) {
  const key = grid.dataset.grid;
  if (grid.dataset.total !== "" || wholes.has(key)) return;
  wholes.set(key, null);
  const all = await counted(grid);
  // All of them may have been selected, and counted, or the selection may have ended meanwhile.
  if (!all || wholes.get(key) !== null) return;
  wholes.set(key, all);
  tell(key);
}

// Where the number of matching SIMs is not known from counters, they are counted as far as for one that is ticked.
async function selectAll(grid) {
  const key = grid.dataset.grid;
  if (grid.dataset.total === "") {
    const all = wholes.get(key) ?? (await counted(grid));
    if (!all) {
      document.body.dispatchEvent(new CustomEvent("announce", { detail: { text: "The SIMs could not be counted. Try again." } }));
      return;
    }
    wholes.set(key, all);
  }
  selections.set(key, { matching: true, ids: new Set(), except: new Set() });
  tell(key);
}

function tickPage(grid, on) {
  const chosen = selection(grid);
  for (const box of boxes(grid)) put(chosen, box.value, on);
}

document.addEventListener("click", (event) => {
  const grid = event.target.closest?.("[data-grid]");
  if (!grid) return;
  const control = event.target.closest("[data-row-check], [data-page-check], [data-select-all], [data-select-none]");
  if (!control) return;
  if (control.matches("[data-row-check]")) tick(grid, control, event.shiftKey);
  else if (control.matches("[data-page-check]")) tickPage(grid, control.checked);
  else if (control.matches("[data-select-all]")) return void selectAll(grid);
  else selections.delete(grid.dataset.grid);
  draw(grid);
  announce(grid);
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
  for (const grid of grids) draw(grid);
}

start(document);
document.body.addEventListener("htmx:load", (event) => start(event.target));
// The server ends a selection, after a launch, with `HX-Trigger: selection-clear`.
document.body.addEventListener("selection-clear", () => {
  selections.clear();
  wholes.clear();
  start(document);
});
