// A widget of the Start page that was carried elsewhere: the server keeps the order, and draws them so.
document.addEventListener("carried", (event) => {
  const widget = event.target;
  if (!widget.closest("#start-widgets")) return;
  const { name: about, order } = event.detail;
  htmx.ajax("POST", "/start/layout", { source: widget, target: "#start-widgets", values: { widget: order, about } });
});
