// Columns of the grid: the handle at the edge of a head changes the width, and the list in the dialog the order.

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
