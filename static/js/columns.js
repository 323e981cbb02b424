// Columns of the grid: the handle at the edge of a head changes the width; the head itself is carried to another place.

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

// A head that was carried elsewhere. The server draws the columns in their new order, and keeps it.
document.addEventListener("carried", (event) => {
  const head = event.target;
  if (!head.closest("[data-grid]")) return;
  const grid = document.getElementById("open-columns").getAttribute("hx-get").split("?")[1] ?? "";
  const values = { column: event.detail.order, carried: "on", grid };
  htmx.ajax("POST", "/grid-layout", { source: head, target: "#dialog-body", values });
});
