// Dialogs: htmx loads one into #dialog-body, this opens it. A native modal keeps the focus inside and closes on Esc.
// Any answer that lands in #dialog-body opens the dialog: one asked for with hx-target="#dialog-body", an error, a 409.

const dialog = document.getElementById("dialog");
const body = document.getElementById("dialog-body");
let opener = null;

function open(source) {
  if (!dialog.open) {
    opener = source && !dialog.contains(source) ? source : document.activeElement;
    dialog.showModal();
  }
  const first =
    body.querySelector('[aria-invalid="true"]') ||
    body.querySelector("[autofocus]") ||
    body.querySelector(":is(input:not([type=hidden]):not([disabled]), select, textarea):not(details:not([open]) *)") ||
    body.querySelector(".modal-footer button, .modal-footer a");
  if (first) (first.tomselect || first).focus();
}

// The element that opened the dialog may have been replaced, or be inside a menu that is closed by now.
function giveBackFocus() {
  const menu = opener?.closest(".dropdown-menu");
  const target = menu ? menu.parentElement.querySelector('[data-bs-toggle="dropdown"]') : opener;
  // What polls is drawn again meanwhile: the new one has the same id.
  const back = target?.isConnected ? target : document.getElementById(target?.id || "main");
  opener = null;
  (back || document.getElementById("main"))?.focus();
  // It may be hidden by now, as the actions are once what was selected has been launched.
  if (document.activeElement === document.body) document.body.dispatchEvent(new CustomEvent("focus-lost"));
}

dialog?.addEventListener("close", () => {
  body.replaceChildren();
  dialog.classList.remove("dialog-wide");
  giveBackFocus();
});

document.addEventListener("click", (event) => {
  event.target.closest?.("[data-dialog-close]")?.closest("dialog")?.close();
});

// The server closes the dialog with the header `HX-Trigger: dialog-close`.
document.body.addEventListener("dialog-close", () => dialog?.open && dialog.close());

// An error that came as a whole page, or as nothing, is cut down to what fits a dialog.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr, serverResponse } = event.detail;
  if (target !== body || xhr.status < 400) return;
  if (/^\s*<!doctype/i.test(serverResponse)) {
    const page = new DOMParser().parseFromString(serverResponse, "text/html");
    const title = page.querySelector("h1")?.textContent ?? "That did not work";
    page.querySelector("h1")?.remove();
    event.detail.serverResponse = message(title, page.querySelector("main")?.innerHTML ?? "");
  } else if (!serverResponse.trim()) {
    event.detail.serverResponse = message("That did not work", `<p>Simyard answered with an error (${xhr.status}). Nothing was changed.</p>`);
  }
});

function message(title, html) {
  const heading = document.createElement("h2");
  heading.className = "modal-title";
  heading.id = "dialog-title";
  heading.textContent = title.trim();
  return `<div class="modal-header">${heading.outerHTML}<button type="button" class="btn-close" aria-label="Close" data-dialog-close></button></div><div class="modal-body">${html}</div>`;
}

async function show(source) {
  // Shown once its type-aheads are what they will be: the focus goes to one of them.
  if (body.querySelector("select[data-combobox]") && !window.TomSelect) {
    await new Promise((done) => document.addEventListener("type-aheads-ready", done, { once: true }));
  }
  dialog.classList.toggle("dialog-wide", Boolean(body.querySelector("[data-dialog-wide]")));
  open(source);
}

document.body.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target === body && body.hasChildNodes()) show(event.detail.requestConfig?.elt);
});

// One that came with the page is open, but not as a modal.
if (dialog?.open) {
  dialog.removeAttribute("open");
  show();
}
