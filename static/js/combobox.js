// Type-ahead over <select data-combobox>. With data-url the server searches: GET <url>?q=... answers
// [{"value": "...", "text": "...", "hint": "..."}]. The label of the select becomes the label of the text box. With
// data-combobox="later" it becomes one when it is first opened.

function element(tag, text, className) {
  const node = document.createElement(tag);
  node.textContent = text;
  if (className) node.className = className;
  return node;
}

function row(data) {
  const node = element("div", data.text);
  if (data.hint) node.append(" ", element("span", data.hint, "combobox-hint"));
  return node;
}

// How long an answer is waited for, in milliseconds.
const PATIENCE = 10_000;

async function search(url, query) {
  const address = new URL(url, location.href);
  address.searchParams.set("q", query);
  const headers = { Accept: "application/json", ...JSON.parse(document.body.getAttribute("hx-headers") || "{}") };
  const answer = await fetch(address, { headers, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE) });
  if (!answer.ok) throw new Error(`search answered ${answer.status}`);
  return answer.json();
}

function options(select) {
  const { url, empty = "Nothing found" } = select.dataset;
  let none = empty;
  const settings = {
    valueField: "value",
    labelField: "text",
    searchField: ["text", "hint"],
    maxOptions: 100,
    hidePlaceholder: !select.multiple, // where more can be chosen, the text box stays in sight
    highlight: false,
    closeAfterSelect: !select.multiple,
    openOnFocus: true,
    selectOnTab: true,
    plugins: select.multiple ? { remove_button: { title: "Remove" } } : {},
    render: {
      option: row,
      item: (data) => element("div", data.text),
      no_results: () => element("div", none, "no-results"),
      loading: () => element("div", "Searching…", "no-results"),
    },
    onItemAdd() {
      this.setTextboxValue("");
      this.refreshOptions(false);
    },
    onInitialize() {
      const box = this.control_input;
      select.setAttribute("aria-hidden", "true"); // the text box stands for it now
      for (const name of ["aria-describedby", "aria-invalid", "aria-label"]) {
        if (select.hasAttribute(name)) box.setAttribute(name, select.getAttribute(name));
      }
      // The label is the text box's alone: whoever looks for the field by it finds one thing.
      this.dropdown_content.removeAttribute("aria-labelledby");
      this.dropdown_content.setAttribute("aria-label", "Suggestions");
      if (select.required) box.setAttribute("aria-required", "true");
      if (url) takeWhatIsSeen(this);
    },
  };
  if (url) {
    settings.preload = "focus";
    settings.shouldLoad = () => true;
    settings.loadThrottle = 200;
    // The server has searched and ordered. What is chosen is kept among the options, whether it is found or not.
    let matching = new Set();
    settings.score = () => ({ value }) => Number(matching.has(value));
    settings.load = function load(query, done) {
      const answer = (found, isFailed) => {
        if (query !== this.inputValue()) return passOver(this, query);
        this.clearOptions();
        if (!isFailed) this.loadedSearches[query] = true; // it is in sight
        none = isFailed ? "The search failed. Type again." : empty;
        matching = new Set(found.map(({ value }) => value));
        done(found);
        this.answered(query);
      };
      search(url, query).then(answer, () => answer([], true));
    };
  }
  return settings;
}

// An answer to a text that is no longer there changes nothing; the text can be asked for again.
function passOver(box, query) {
  delete box.loadedSearches[query];
  box.loading = Math.max(box.loading - 1, 0);
  if (!box.loading) box.wrapper.classList.remove(box.settings.loadingClass);
  if (box.isOpen) box.refreshOptions(false);
}

// How long what has come is in sight before somebody can have meant it, in milliseconds.
const SEEN_AFTER = 300;

// What is taken from the list is what was seen there: nothing that an earlier text has found, and nothing that has only just come.
// Somebody else would get the SIMs.
function takeWhatIsSeen(box) {
  const { control_input: input, dropdown_content: list } = box;
  let text = "";
  let answered = null; // the text that the list is the answer to
  let came = -Infinity;
  const wait = (is) => list.setAttribute("aria-busy", String(is));
  const waits = () => list.getAttribute("aria-busy") === "true";
  const turnsTo = (now) => {
    text = now;
    box.settings.selectOnTab = text !== ""; // else it only leads on
  };
  turnsTo(text);
  box.answered = (query) => {
    answered = query;
    wait(false);
  };
  box.on("type load item_add", () => (came = performance.now()));
  box.on("focus", () => answered === null && box.load(text)); // what was asked for may have been passed over
  input.addEventListener("input", () => {
    if (box.inputValue() === text) return;
    turnsTo(box.inputValue());
    wait(text !== answered);
  });
  // It is emptied: what still comes is for another text, and the list stays as it is.
  input.addEventListener("update", () => {
    turnsTo(box.inputValue());
    clearTimeout(box.refreshTimeout);
    wait(false);
  });
  // Enter would send the form, with what was chosen before.
  input.addEventListener("keydown", (event) => event.key === "Enter" && waits() && event.preventDefault());
  const take = box.onOptionSelect;
  box.onOptionSelect = function onOptionSelect(event, option) {
    if (!waits() && performance.now() - came >= SEEN_AFTER) take.call(this, event, option);
  };
}

// The library is fetched when the first type-ahead comes: most pages have none. Its style goes before ours, which corrects it.
let library;
function load() {
  const { content, dataset } = document.querySelector("meta[name=type-ahead]");
  const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: dataset.style });
  const script = Object.assign(document.createElement("script"), { src: content });
  const arrived = (node) => new Promise((done) => (node.onload = node.onerror = done));
  const both = Promise.all([arrived(style), arrived(script)]);
  document.querySelector("link[rel=stylesheet]").after(style);
  document.head.append(script);
  return both;
}

const AT_ONCE = "select[data-combobox]:not([data-combobox=later])";

async function start(root) {
  const selects = [...root.querySelectorAll(AT_ONCE)];
  if (root.matches?.(AT_ONCE)) selects.push(root);
  if (selects.length) await become(selects);
}

async function become(selects) {
  if (!window.TomSelect) await (library ??= load());
  for (const select of selects) {
    if ("browserZone" in select.dataset && !select.value) {
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      select.append(new Option(zone, zone, true, true));
    }
    if (!window.TomSelect || !select.isConnected || select.tomselect) continue; // without it, a list to choose from remains
    const focused = document.activeElement === select;
    new window.TomSelect(select, options(select));
    if (focused) select.tomselect.focus();
  }
  document.dispatchEvent(new CustomEvent("type-aheads-ready"));
}

// Tab and the keys that only change others leave a list as it is.
const opens = ({ key, ctrlKey, metaKey }) => !ctrlKey && !metaKey && (key.length === 1 || ["Enter", "ArrowDown", "ArrowUp"].includes(key));

async function open(event) {
  const select = event.target.closest?.("select[data-combobox=later]");
  if (!select || select.tomselect || !(event.type === "keydown" ? opens(event) : event.button === 0)) return;
  event.preventDefault(); // the browser's own list is empty
  select.focus();
  await become([select]);
  const box = select.tomselect;
  if (!box) return;
  box.focus();
  if (event.key?.length !== 1 || event.key === " ") return;
  box.control_input.value = event.key;
  box.control_input.dispatchEvent(new Event("input"));
}
for (const name of ["mousedown", "keydown"]) document.addEventListener(name, open);
document.addEventListener("focusin", ({ target }) => {
  if (target.dataset?.combobox === "later" && !window.TomSelect) library ??= load();
});

// In a dialog, closing the list moves what is below it. Not between press and release: the click would miss.
document.addEventListener(
  "pointerdown",
  (event) => {
    for (const wrapper of document.querySelectorAll(".dialog .ts-wrapper.dropdown-active")) {
      if (wrapper.contains(event.target)) continue;
      wrapper.style.minHeight = `${wrapper.offsetHeight}px`;
      const release = () => setTimeout(() => wrapper.style.removeProperty("min-height"));
      for (const name of ["pointerup", "pointercancel"]) addEventListener(name, release, { once: true });
    }
  },
  true,
);

start(document);
document.body.addEventListener("htmx:load", (event) => start(event.target));
document.body.addEventListener("htmx:beforeCleanupElement", (event) => event.target.tomselect?.destroy());
// A dialog is about to come, and may bring one: both are fetched at the same time.
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.target?.id === "dialog-body" && !window.TomSelect) library ??= load();
});
