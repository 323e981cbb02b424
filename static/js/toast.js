// Messages at the edge. The server sends one with `HX-Trigger: {"toast": {"kind": "success", "text": "...", "link": ["/operations/7", "Operation #7"]}}`.

const region = document.getElementById("toasts");
const stay = 12000;

function watch(toast) {
  if (toast.classList.contains("toast-error")) return; // what went wrong stays until it is closed
  let timer = setTimeout(() => toast.remove(), stay);
  const hold = () => clearTimeout(timer);
  const release = () => {
    hold();
    timer = setTimeout(() => toast.remove(), stay);
  };
  for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, hold);
  for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, release);
}

function show({ kind = "info", text = "", link = null }) {
  const toast = document.createElement("div");
  toast.className = `toast show toast-${kind}`;
  toast.dataset.toast = "";
  const body = document.createElement("div");
  body.className = "toast-body d-flex align-items-center gap-2";
  const words = document.createElement("div");
  words.className = "me-auto";
  words.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    [anchor.href, anchor.textContent] = link;
    words.append(" ", anchor);
  }
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn-close";
  close.dataset.toastClose = "";
  close.setAttribute("aria-label", "Close message");
  body.append(words, close);
  toast.append(body);
  region.append(toast);
  watch(toast);
  return toast;
}

for (const toast of region.children) watch(toast);
region.addEventListener("click", (event) => {
  if (event.target.closest("[data-toast-close]")) event.target.closest("[data-toast]").remove();
});
document.body.addEventListener("toast", (event) => show(event.detail));

// Why a button can't be used is its tooltip; a click says it to whoever has no mouse.
let why = null;
document.addEventListener("click", ({ target }) => {
  const text = target.closest?.("[aria-disabled=true]")?.title;
  if (!text) return;
  why?.remove();
  why = show({ text });
});

// Without an answer nobody knows whether the request arrived.
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.body.addEventListener(name, () => {
    show({ kind: "error", text: "Simyard could not be reached. Reload the page to see whether it was done." });
  });
}
