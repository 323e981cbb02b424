// A widget of the Start page that was carried elsewhere: the server keeps the order, and draws them so.
document.addEventListener("carried", (event) => {
  const widget = event.target;
  if (!widget.closest("#start-widgets")) return;
  const { name, order } = event.detail;
  const before = order[order.indexOf(name) + 1] ?? "";
  htmx.ajax("POST", "/start/layout/changes", { source: widget, target: "#start-widgets", values: { widget: name, change: "before", before } });
});

// What was opened in a widget stays open when it is drawn again.
let opened = [];
document.body.addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  opened = [...target.querySelectorAll("details[open]")].map(({ id }) => id);
});
document.body.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  opened = [];
});
