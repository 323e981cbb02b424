// Columns of the grid: the handle at the edge of a head changes the width; the head itself is dragged to another place, and
// so is the entry of the list in the dialog moved, by keyboard too.

const least = 60;
const most = 900;
let drag = null; // { cols, col, from, width, moved }

const bounded = (width) => Math.round(Math.min(Math.max(width, least), most));

// As the columns are drawn now: a wide screen stretches them, and what is seen is what is kept.
function begin(handle, x) {
  const head = handle.closest("th");
  const cols = [...head.closest("table").querySelectorAll("col[data-column]")];
  const heads = [...head.parentElement.children].slice(1);
  const widths = heads.map((each) => bounded(each.getBoundingClientRect().width));
  const index = heads.indexOf(head);
  return { cols, widths, index, from: x, width: widths[index], moved: false };
}

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.("[data-column-handle]");
  if (!handle || event.button !== 0) return;
  event.preventDefault();
  handle.setPointerCapture(event.pointerId);
  drag = begin(handle, event.clientX);
});

document.addEventListener("pointermove", (event) => {
  if (!drag) return;
  drag.moved = true;
  drag.widths[drag.index] = bounded(drag.width + event.clientX - drag.from);
  drag.cols.forEach((col, index) => (col.width = drag.widths[index]));
});

async function keep(fields) {
  const headers = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}");
  const answer = await fetch("/grid-layout", { method: "POST", headers, body: new URLSearchParams(fields) }).catch(() => null);
  if (answer?.ok) return;
  const detail = { kind: "error", text: "The widths could not be kept. Reload the page and try again." };
  document.body.dispatchEvent(new CustomEvent("toast", { detail }));
}

function end() {
  const done = drag;
  drag = null;
  if (done?.moved) keep(done.cols.map((col) => [`width-${col.dataset.column}`, col.width]));
}
document.addEventListener("pointerup", end);
document.addEventListener("pointercancel", end);

// A head that the mouse carries beside another goes there. The server draws the columns in their new order, and keeps it.
let carried = null; // { head, onto, before }; `onto` is the other head that the mouse is over

const movable = (head) => head?.querySelector("[data-column-handle]") && !head.classList.contains("sticky-2");
const columnOf = (head) => head.closest("table").querySelectorAll("col")[head.cellIndex].dataset.column;
const headAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-grid] thead th");

document.addEventListener("pointerdown", (event) => {
  const head = event.target.closest?.("[data-grid] thead th");
  if (drag || event.button !== 0 || event.pointerType !== "mouse" || !movable(head)) return;
  carried = { head };
});

// The browser would carry the link in the head instead.
document.addEventListener("dragstart", (event) => {
  if (carried) event.preventDefault();
});

function unmark() {
  for (const head of document.querySelectorAll(".drop-before, .drop-after")) head.classList.remove("drop-before", "drop-after");
}

document.addEventListener("pointermove", (event) => {
  if (!carried) return;
  unmark();
  const head = headAt(event);
  carried.onto = movable(head) && head !== carried.head ? head : null;
  if (!carried.onto) return;
  const box = head.getBoundingClientRect();
  carried.before = event.clientX < box.left + box.width / 2;
  head.classList.add(carried.before ? "drop-before" : "drop-after");
});

document.addEventListener("pointerup", () => {
  const { head, onto, before } = carried ?? {};
  carried = null;
  unmark();
  if (!onto) return;
  const column = [...onto.parentElement.children].slice(1).map(columnOf).filter((each) => each !== columnOf(head));
  column.splice(column.indexOf(columnOf(onto)) + (before ? 0 : 1), 0, columnOf(head));
  const grid = document.getElementById("open-columns").getAttribute("hx-get").split("?")[1] ?? "";
  htmx.ajax("POST", "/grid-layout", { source: onto, target: "#dialog-body", values: { column, grid } });
});

document.addEventListener("pointercancel", () => {
  carried = null;
  unmark();
});

// The dialog: buttons move an entry, and so does Alt with an arrow key. The focus goes along.
function move(entry, step, focus) {
  const list = entry.parentElement;
  const other = step < 0 ? entry.previousElementSibling : entry.nextElementSibling;
  // The first entry is the ICCID, which stays.
  if (!other || other === list.firstElementChild) return;
  step < 0 ? other.before(entry) : other.after(entry);
  focus.focus();
  const place = [...list.children].indexOf(entry) + 1;
  const text = `${entry.dataset.name}: ${place} of ${list.children.length}`;
  document.body.dispatchEvent(new CustomEvent("announce", { detail: { text } }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-column-list] [data-move]");
  if (button) move(button.closest("li"), Number(button.dataset.move), button);
});

document.addEventListener("keydown", (event) => {
  const entry = event.target.closest?.("[data-column-list] > li:not(:first-child)");
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!entry || !step || !event.altKey) return;
  event.preventDefault();
  move(entry, step, event.target);
});
