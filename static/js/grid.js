// Selection in a list: ticks, Shift ranges, the whole page, everything that matches. It survives paging and sorting and
// ends with another filter. The chosen ids, or only the exceptions, go into hidden fields of the bulk form.

const selections = new Map(); // filter -> { matching, ids, except }
const number = new Intl.NumberFormat("en-GB");
let last = null; // the box that was clicked last, for ranges

function selection(grid) {
  const key = grid.dataset.grid;
  if (!selections.has(key)) selections.set(key, { matching: false, ids: new Set(), except: new Set() });
  return selections.get(key);
}

const boxes = (grid) => [...grid.querySelectorAll("[data-row-check]")];
const holds = (chosen, id) => (chosen.matching ? !chosen.except.has(id) : chosen.ids.has(id));
const total = (grid) => (grid.dataset.total === "" ? NaN : Number(grid.dataset.total)); // NaN: not counted yet
const size = (grid, chosen) => (chosen.matching ? Math.max((total(grid) || chosen.total || 0) - chosen.except.size, 0) : chosen.ids.size);

// " of 12,310", where it is known out of how many; nothing where SIMs that were ticked have left the list since.
function whole(grid, chosen) {
  const all = total(grid) || chosen.total || 0;
  return all && size(grid, chosen) <= all ? ` of ${number.format(all)}` : "";
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
  for (const place of grid.querySelectorAll("[data-bulk-count]")) place.textContent = number.format(count);
  for (const place of grid.querySelectorAll("[data-bulk-of]")) place.textContent = whole(grid, chosen);
  for (const button of grid.querySelectorAll("[data-select-all]")) {
    button.hidden = total(grid) <= all.length || count === total(grid) || (chosen.matching && chosen.except.size === 0);
  }
  for (const place of grid.querySelectorAll("[data-bulk-fields]")) {
    const ids = chosen.matching ? chosen.except : chosen.ids;
    const name = chosen.matching ? "except" : "sim";
    place.replaceChildren(
      field("selection", chosen.matching ? "matching" : "list"),
      field("expected", count),
      ...[...ids].map((id) => field(name, id)),
    );
  }
}

function announce(grid) {
  const chosen = selection(grid);
  const text = `${number.format(size(grid, chosen))}${whole(grid, chosen)} selected`;
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

// Where the number of matching SIMs is not known from counters, it is counted now, when it is asked for.
async function selectAll(grid) {
  let all = total(grid);
  if (Number.isNaN(all)) {
    const headers = { Accept: "application/json", ...JSON.parse(document.body.getAttribute("hx-headers") ?? "{}") };
    const answer = await fetch(grid.dataset.countAddress, { headers }).catch(() => null);
    if (!answer?.ok) {
      document.body.dispatchEvent(new CustomEvent("announce", { detail: { text: "The SIMs could not be counted. Try again." } }));
      return;
    }
    all = (await answer.json()).count;
  }
  selections.set(grid.dataset.grid, { matching: true, ids: new Set(), except: new Set(), total: all });
  const current = document.querySelector("[data-grid]");
  if (!current) return;
  draw(current);
  announce(current);
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
  start(document);
});
