// Change Company by keys: from the search box through the list and back. Enter in the box chooses the first company
// that was found for what stands in it, after the answer has come.

let waiting = false;

const entries = (root) => [...root.querySelectorAll(".company-choice")];
const searched = (root) => root.querySelector("[data-query]")?.dataset.query.trim() ?? "";

function choose(root, box) {
  const [first] = entries(root);
  // Without a search the first one is the company in focus: show where the keys go instead.
  if (box.value.trim()) first?.click();
  else first?.focus();
}

function enter(event, root, box) {
  if (searched(root) !== box.value.trim()) {
    waiting = true; // the form is sent now, and the answer chooses
    return;
  }
  event.preventDefault();
  choose(root, box);
}

function target(key, all, index, box) {
  if (key === "ArrowDown") return all[Math.min(index + 1, all.length - 1)];
  if (key === "ArrowUp") return index > 0 ? all[index - 1] : box;
  if (index < 0) return null;
  if (key === "Home") return all[0];
  if (key === "End") return all.at(-1);
  return key.length === 1 && key !== " " ? box : null; // typing goes on in the box
}

document.addEventListener("keydown", (event) => {
  const root = event.target.closest?.("[data-choices]");
  if (!root || event.ctrlKey || event.metaKey || event.altKey) return;
  const box = root.querySelector("input[type=search]");
  if (event.key === "Enter" && event.target === box) return enter(event, root, box);
  const all = entries(root);
  const next = target(event.key, all, all.indexOf(event.target), box);
  if (!next) return;
  if (next !== box || event.key === "ArrowUp") event.preventDefault();
  next.focus();
});

document.body.addEventListener("htmx:afterSettle", (event) => {
  const root = event.detail.target.closest?.("[data-choices]");
  if (!root || !waiting) return;
  waiting = false;
  choose(root, root.querySelector("input[type=search]"));
});
