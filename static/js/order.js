// Things that are put in another order: carried with the mouse, or moved in the list of a dialog, by keyboard too.

// <… data-carry="its name"> is carried by its [data-carry-handle], itself or within, beside another of its siblings. Where it
// is let go it tells so by the event `carried`, with the names of all in their new order.
let carried = null; // { item, onto, before }; `onto` is the other one that the mouse is over

const itemAt = (event) => document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-carry]");

document.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest?.("[data-carry-handle]");
  if (event.defaultPrevented || event.button !== 0 || event.pointerType !== "mouse" || !handle) return;
  carried = { item: handle.closest("[data-carry]") };
});

// The browser would carry a link instead.
document.addEventListener("dragstart", (event) => {
  if (carried) event.preventDefault();
});

function unmark() {
  for (const item of document.querySelectorAll(".drop-before, .drop-after")) item.classList.remove("drop-before", "drop-after");
}

document.addEventListener("pointermove", (event) => {
  if (!carried) return;
  unmark();
  const item = itemAt(event);
  const isOther = item && item !== carried.item && item.parentElement === carried.item.parentElement;
  carried.onto = isOther ? item : null;
  if (!isOther) return;
  const box = item.getBoundingClientRect();
  carried.before = event.clientX < box.left + box.width / 2;
  item.classList.add(carried.before ? "drop-before" : "drop-after");
});

document.addEventListener("pointerup", () => {
  const { item, onto, before } = carried ?? {};
  carried = null;
  unmark();
  if (!onto) return;
  const others = [...onto.parentElement.querySelectorAll(":scope > [data-carry]")].filter((each) => each !== item);
  others.splice(others.indexOf(onto) + (before ? 0 : 1), 0, item);
  const order = others.map((each) => each.dataset.carry);
  onto.dispatchEvent(new CustomEvent("carried", { bubbles: true, detail: { name: item.dataset.carry, order } }));
});

document.addEventListener("pointercancel", () => {
  carried = null;
  unmark();
});

// <ol data-order-list>: buttons [data-move] move an entry, and so does Alt with an arrow key. The focus goes along. An entry
// without such a button stays where it is.
const isMovable = (entry) => entry?.querySelector("[data-move]");

function move(entry, step, focus) {
  const list = entry.parentElement;
  const other = step < 0 ? entry.previousElementSibling : entry.nextElementSibling;
  if (!isMovable(other)) return;
  step < 0 ? other.before(entry) : other.after(entry);
  focus.focus();
  const place = [...list.children].indexOf(entry) + 1;
  const text = `${entry.dataset.name}: ${place} of ${list.children.length}`;
  document.body.dispatchEvent(new CustomEvent("announce", { detail: { text } }));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-order-list] [data-move]");
  if (button) move(button.closest("li"), Number(button.dataset.move), button);
});

document.addEventListener("keydown", (event) => {
  const entry = event.target.closest?.("[data-order-list] > li");
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (!isMovable(entry) || !step || !event.altKey) return;
  event.preventDefault();
  move(entry, step, event.target);
});
