// A double click launches once: the submit buttons of a form rest while its request is under way.

const submitters = (form) =>
  [...form.elements, ...document.querySelectorAll(`[form="${CSS.escape(form.id || "none")}"]`)].filter(
    (control) => control.type === "submit" && !control.disabled,
  );
const resting = new WeakMap();

document.body.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target.closest("form");
  if (!form || resting.has(form) || event.detail.requestConfig.verb === "get") return;
  const buttons = submitters(form);
  for (const button of buttons) button.disabled = true;
  resting.set(form, buttons);
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form") ?? event.detail.elt?.closest("form");
  for (const button of resting.get(form) ?? []) button.disabled = false;
  resting.delete(form);
});

// Plain forms: the second submission is dropped until the next page is there.
const sent = new WeakSet();
document.addEventListener("submit", (event) => {
  const form = event.target;
  const byHtmx = form.matches("[hx-get],[hx-post],[hx-put],[hx-patch],[hx-delete]") || event.submitter?.matches("[hx-get],[hx-post],[hx-put],[hx-patch],[hx-delete]");
  if (byHtmx || form.method === "get" || form.method === "dialog" || event.defaultPrevented) return;
  if (sent.has(form)) event.preventDefault();
  sent.add(form);
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // a page from the back/forward cache may be of another person or focus
});

// What the server says for those who do not see the change: `HX-Trigger: {"announce": {"text": "12,310 SIMs match"}}`,
// or an element with data-announce inside the new content.
const announcements = document.getElementById("announcements");
function announce(text) {
  if (announcements && text) announcements.textContent = text;
}
document.body.addEventListener("announce", (event) => announce(event.detail.text ?? event.detail.value));
// A part that renews itself, time and again or after something else, says nothing: nobody has asked it.
document.body.addEventListener("htmx:afterSwap", ({ target, detail }) => {
  if (!detail.requestConfig?.elt.matches('[hx-get][hx-trigger*="from:body"]')) return;
  for (const element of target.querySelectorAll("[data-announce]")) element.removeAttribute("data-announce");
});
document.body.addEventListener("htmx:load", (event) => {
  const element = event.target.matches?.("[data-announce]") ? event.target : event.target.querySelector?.("[data-announce]");
  if (element && event.target !== document.body) announce(element.dataset.announce || element.textContent.trim());
});
