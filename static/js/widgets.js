// A widget of the Start page that was carried elsewhere: the server keeps the order, and draws them so.
document.addEventListener("carried", (event) => {
  const widget = event.target;
  if (!widget.closest("#start-widgets")) return;
  const { name, order } = event.detail;
  const before = order[order.indexOf(name) + 1] ?? "";
  htmx.ajax("POST", "/start/layout/changes", { source: widget, target: "#start-widgets", values: { widget: name, change: "before", before } });
});
