// Keys: `/` search, `?` the list of keys, j/k through the rows of table[data-rows], x selects, Enter opens.

const typing = (target) => target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

function rows() {
  return [...document.querySelectorAll("table[data-rows] tr[data-row]")].filter((row) => row.offsetParent !== null);
}

const current = () => document.activeElement?.closest("tr[data-row]");

function move(step) {
  const all = rows();
  if (!all.length) return;
  const index = all.indexOf(current());
  const next = all[index < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(index + step, 0), all.length - 1)];
  (next.querySelector("[data-row-check], [data-row-link], a, button") ?? next).focus();
  next.scrollIntoView({ block: "nearest" });
}

function search() {
  const box = document.querySelector("[data-search]");
  const menu = box?.closest(".navbar-collapse");
  if (menu && box.offsetParent === null) window.bootstrap?.Collapse?.getOrCreateInstance(menu).show();
  box?.focus();
  box?.select();
}

const actions = {
  "/": search,
  "?": () => document.getElementById("keys")?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  x: () => current()?.querySelector("[data-row-check]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && event.target.matches("[data-row-check]")) {
    current()?.querySelector("[data-row-link]")?.click();
    return;
  }
  const action = actions[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});
