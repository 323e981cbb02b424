// The filter bar of the grid. What was typed and not sent yet goes along with the chips and with the other form, and what was
// changed after a request left is still there when its answer has come. The grid stays where it was scrolled to.

const grid = document.getElementById("grid");
const sent = new WeakMap(); // of each request for the grid: the values that its answer knows of
let before = null;

const fields = () => [...grid.querySelectorAll(":is(#filters, #filter-days) [name]:not([type=hidden])")];
// A list adds to the filter, and is empty until it does. A text or a day stands in place of the one that the page was drawn with.
const adds = (field) => field.matches("select");
const drawn = (field) => (adds(field) ? "" : field.defaultValue);

// Puts what was changed into a query. Whatever takes a text or a day out of the filter means the changed one, too.
function put(query, asking) {
  for (const field of fields()) {
    const { name, value } = field;
    if (asking.contains(field) || value === drawn(field)) continue;
    if (adds(field)) query.append(name, value);
    else if (query.has(name) || !drawn(field)) value ? query.set(name, value) : query.delete(name);
  }
}

function withChanges(address, link) {
  const url = new URL(address, location.href);
  if (!link.matches("[data-clear]")) put(url.searchParams, link);
  return url.pathname + url.search;
}

document.body.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.target !== grid) return;
  const { elt } = detail;
  const isFilter = elt.matches("form, .chips *");
  if (elt.matches("form")) put(detail.parameters, elt);
  else if (isFilter) detail.path = withChanges(detail.path, elt);
  sent.set(detail, new Map(fields().map((field) => [field.name, isFilter ? field.value : drawn(field)])));
});

// The accounts are other pages.
grid.addEventListener("click", ({ target }) => {
  const link = target.closest(".chips a:not([hx-get])");
  if (link) link.href = withChanges(link.href, link);
});

// The x in the box empties it, and all is shown again. Enter has sent the form by itself.
grid.addEventListener("search", ({ target: box }) => {
  if (!box.value && box.defaultValue && !box.form.matches(".htmx-request")) box.form.requestSubmit();
});

// The arrows go through a list that is closed, and each step changes it. What they have come to is filtered by once it is
// meant: with Enter, or when the list is left.
let steps = false; // whether the last key only goes through a list
const isList = (node) => node.matches?.("#filters select");

function filterBy(list) {
  steps = false;
  if (list.value) list.dispatchEvent(new Event("change", { bubbles: true }));
}

grid.addEventListener("keydown", (event) => {
  if (!isList(event.target) || ["Tab", "Shift"].includes(event.key)) return;
  if (event.key === "Enter" && steps && event.target.value) {
    event.preventDefault();
    filterBy(event.target);
  }
  steps = !event.altKey && (event.key.length === 1 ? event.key !== " " : /^(Arrow|Page|Home|End)/.test(event.key));
});
grid.addEventListener("pointerdown", () => (steps = false));
grid.addEventListener("change", (event) => isList(event.target) && steps && event.stopPropagation(), true);
grid.addEventListener("focusout", ({ target }) => isList(target) && steps && filterBy(target));

const scroller = () => grid.querySelector(".grid-scroll");
const days = () => grid.querySelector(".filter-days");
const more = () => grid.querySelector("#grid-more");

document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target !== grid || !detail.shouldSwap) return;
  const known = sent.get(detail.requestConfig);
  const changed = fields().filter((field) => !adds(field) && field.value !== (known?.get(field.name) ?? drawn(field)));
  const { id, selectionStart, selectionEnd } = document.activeElement;
  // Where the days are open for those of the filter, the answer says whether there are any.
  before = {
    values: new Map(changed.map(({ name, value }) => [name, value])),
    caret: { id, selectionStart, selectionEnd },
    left: scroller()?.scrollLeft ?? 0,
    days: days().open && !days().querySelector("input:not([value=''])"),
    more: more().classList.contains("show"),
  };
});

document.body.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target !== grid || !before) return;
  const { values, caret, left, ...open } = before;
  before = null;
  for (const field of fields()) field.value = values.get(field.name) ?? field.value;
  // The focus is there again, by its id; the caret could not be: the text was missing.
  const at = document.activeElement;
  if (values.has(at.name) && at.id === caret.id && caret.selectionStart !== null) {
    at.setSelectionRange(caret.selectionStart, caret.selectionEnd);
  }
  if (scroller()) scroller().scrollLeft = left;
  days().open ||= open.days;
  if (!open.more) return;
  more().classList.add("show");
  grid.querySelector('[data-bs-target="#grid-more"]').setAttribute("aria-expanded", "true");
});
