// Finds what a person would point at, by its kind and by the name that is seen or read out.
// Arguments: the kind, the name (with a * at its end: what it begins with), and the element to look inside.
const [kind, name, within] = arguments;
const open = [...document.querySelectorAll("dialog[open]")].pop();
const root = within || open || document;

const fold = (text) => (text || "").replace(/\s+/g, " ").trim();
const wanted = fold(name).toLowerCase();
const fits = (text) => {
  const found = fold(text).toLowerCase();
  return wanted.endsWith("*") ? found.startsWith(wanted.slice(0, -1)) : found === wanted;
};
const isVisible = (element) =>
  element.getClientRects().length > 0 &&
  element.checkVisibility({ visibilityProperty: true }) &&
  !element.closest("[aria-hidden=true]");

// What is read out: the text without what is there for the eye alone.
function words(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, (node) =>
    node.nodeType === Node.ELEMENT_NODE && node.getAttribute("aria-hidden") === "true"
      ? NodeFilter.FILTER_REJECT
      : NodeFilter.FILTER_ACCEPT,
  );
  const found = [];
  while (walker.nextNode()) if (walker.currentNode.nodeType === Node.TEXT_NODE) found.push(walker.currentNode.data);
  return fold(found.join(" "));
}

function nameOf(element) {
  const by = element.getAttribute("aria-labelledby");
  if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent).join(" ");
  if (element.hasAttribute("aria-label")) return element.getAttribute("aria-label");
  if (element.labels?.length) return element.labels[0].textContent;
  return words(element) || element.value || element.title;
}

const selectors = {
  // A type-ahead is its text box: until that is there, the list under it is not what people see, unless it waits to be opened.
  field: "input:not([type=hidden]), select:not([data-combobox]), select[data-combobox=later], textarea",
  button: "button, a[href], summary, input[type=submit], [role=button], [role=menuitem], [role=tab]",
  option: "[role=option], option",
  dialog: "dialog[open], [role=dialog]",
  heading: "h1, h2, h3",
  row: "tr, [role=row]",
};
const place = kind === "dialog" ? document : root;
const all = [...place.querySelectorAll(selectors[kind])].filter(isVisible);
if (kind === "row") return all.find((row) => fold(row.innerText).toLowerCase().includes(wanted)) ?? null;
return all.find((element) => fits(nameOf(element))) ?? null;
