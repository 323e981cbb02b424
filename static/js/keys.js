// Keys: `/` search, `?` the list of keys, j/k through the rows of table[data-rows], x selects, Shift+x up to here, Enter opens,
// a leads to what can be done, Esc back to the row. And the focus stays where it is when a part of the page is drawn again, and
// on the way back to a list.

const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

function rows() {
  return [...document.querySelectorAll("table[data-rows] tr[data-row]")].filter((row) => row.offsetParent !== null);
}

const current = () => document.activeElement?.closest("tr[data-row]");

const control = (row) => row?.querySelector("[data-row-check], [data-row-link], a, button") ?? row;

// A row that only tells takes the focus itself.
function focusOn(node, options) {
  if (node?.matches("tr[data-row]")) node.tabIndex = -1;
  node?.focus(options);
}

function move(step) {
  const all = rows();
  if (!all.length) return;
  const index = all.indexOf(current());
  const next = all[index < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(index + step, 0), all.length - 1)];
  show(next);
}

const select = (shiftKey) => current()?.querySelector("[data-row-check]")?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true, shiftKey }));

const addressOf = (row) => row?.querySelector("[data-row-link]")?.getAttribute("href");
const rowOf = (address) => address && rows().find((row) => addressOf(row) === address);

function show(row) {
  if (!row) return;
  focusOn(control(row));
  row.scrollIntoView({ block: "nearest" });
}

let left = null; // the address of the row that `a` has left

function act() {
  const first = [...document.querySelectorAll(".bulk-actions button")].find((button) => button.offsetParent !== null);
  if (!first) return;
  left = addressOf(current()) ?? left;
  first.focus();
}

// Back to the row that `a` has left, or into the list at least.
function back() {
  const row = rowOf(left) ?? rows()[0];
  row ? show(row) : document.getElementById("main")?.focus();
}

document.body.addEventListener("focus-lost", back);

function search() {
  const box = document.querySelector("[data-search]");
  const menu = box?.closest(".navbar-collapse");
  if (menu && box.offsetParent === null) window.bootstrap?.Collapse?.getOrCreateInstance(menu).show();
  box?.focus();
  box?.select();
}

document.addEventListener("focusin", ({ target }) => target.dataset?.search && import(target.dataset.search));

const actions = {
  "/": search,
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  x: () => select(false),
  X: () => select(true),
  a: act,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && event.target.matches("[data-row-check]")) {
    current()?.querySelector("[data-row-link]")?.click();
    return;
  }
  if (event.key === "Escape" && event.target.closest?.("[data-bulk-bar]")) return back();
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

// A control that is drawn again under the same words gets the focus back; if it is gone, the row that stands in its place does.
let lost = null;
const words = (node) => node.getAttribute("aria-label") ?? node.textContent.trim();

for (const swap of ["htmx:beforeSwap", "htmx:oobBeforeSwap"]) {
  document.body.addEventListener(swap, ({ detail: { target } }) => {
    const at = document.activeElement;
    if (at === document.body || !target.contains(at) || target.closest("dialog")) return;
    lost = { tag: at.tagName, name: words(at), row: rows().indexOf(current()) };
  });
}

document.body.addEventListener("htmx:afterSettle", () => {
  const was = lost;
  lost = null;
  if (!was || document.activeElement !== document.body) return;
  const alike = document.querySelectorAll(`main :is(${was.tag}, select[data-combobox])`);
  // Rows may be alike: their place tells them apart.
  const same = was.tag !== "TR" && was.name && [...alike].find((node) => words(node) === was.name);
  const all = rows();
  const to = same || control(all[Math.min(Math.max(was.row, 0), all.length - 1)]) || document.getElementById("main");
  focusOn(to, { preventScroll: true });
});

// The row that was opened is kept with the page in the browser's history: the way back leads to it.
document.addEventListener("click", ({ target }) => {
  const link = target.closest?.("[data-row-link]");
  if (link) history.replaceState({ ...history.state, row: link.getAttribute("href") }, "");
});
show(rowOf(history.state?.row));
