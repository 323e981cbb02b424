// The search box as a combobox (ARIA APG): suggestions while somebody types, arrow keys and Enter, Esc. Loaded when the box is
// first entered. Without it, the form leads to the page of results.

const box = document.querySelector("[data-search]");
const list = document.getElementById("search-results");
const pause = 150; // after the last key, in milliseconds
let timer;
let asking; // the request under way
let shown = null; // the text that the list answers

const options = () => [...list.querySelectorAll("[role=option][href]")];
const active = () => list.querySelector("[aria-selected=true]");

function activate(option) {
  active()?.setAttribute("aria-selected", "false");
  for (const item of list.querySelectorAll(".active")) item.classList.remove("active");
  if (!option) return box.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  option.classList.add("active");
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function open(on) {
  list.classList.toggle("show", on);
  box.setAttribute("aria-expanded", on);
  if (!on) activate(null);
}

function stop() {
  clearTimeout(timer);
  asking?.abort();
  asking = null;
}

function close() {
  stop();
  open(false);
}

async function ask(text) {
  const request = (asking = new AbortController());
  const headers = { "HX-Request": "true", ...JSON.parse(document.body.getAttribute("hx-headers") || "{}") };
  try {
    const answer = await fetch(`/search?${new URLSearchParams({ q: text })}`, { headers, signal: request.signal });
    const html = answer.ok ? await answer.text() : null;
    if (asking !== request) return; // something else has been typed since
    if (html === null || answer.redirected) return close(); // Enter leads to the page, which says why
    activate(null);
    list.innerHTML = html;
    shown = text;
    open(true);
    const count = list.querySelector("[data-count]").dataset.count;
    document.body.dispatchEvent(new CustomEvent("announce", { detail: { text: count } }));
  } catch {
    if (asking === request) close();
  }
}

function typed() {
  stop();
  const text = box.value.trim();
  if (!text) return close();
  if (text === shown) return open(true);
  shown = null;
  activate(null); // what is listed answers another text
  timer = setTimeout(ask, pause, text);
}

function move(step) {
  const all = options();
  if (!all.length) return;
  const at = all.indexOf(active());
  activate(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
}

const isOpen = () => list.classList.contains("show");

function arrow(step) {
  if (!isOpen()) typed(); // shows at once what it has shown before
  if (isOpen()) move(step);
}

const keys = {
  ArrowDown: () => arrow(1),
  ArrowUp: () => arrow(-1),
  Escape: () => (isOpen() ? close() : (box.value = "")),
  Enter: () => active()?.click(),
};

box.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !keys[event.key]) return;
  if (event.key === "Enter" && !active()) return close(); // the form is sent
  event.preventDefault();
  keys[event.key]();
});
box.addEventListener("input", typed);
box.addEventListener("blur", close);
list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus

const attributes = { role: "combobox", "aria-controls": list.id, "aria-autocomplete": "list", "aria-expanded": "false" };
for (const [name, value] of Object.entries(attributes)) box.setAttribute(name, value);
if (box.value.trim() && document.activeElement === box) typed(); // typed while this was being loaded
