// A chart beside its numbers: <canvas data-chart="doughnut|bar|line" data-chart-table="id of the table">. The first column of the
// table holds the labels, the others the series; data-value is the bare number, data-colour on the row or head cell names a CSS variable.

const charts = new Map();

// The value of a CSS variable as Chart.js understands it: the browser resolves it, the canvas reduces it to numbers.
function colour(name = "--tblr-primary") {
  const probe = document.createElement("span");
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const context = document.createElement("canvas").getContext("2d");
  context.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
  return `rgb(${red}, ${green}, ${blue})`;
}

function numbers(table) {
  const rows = [...table.tBodies[0].rows];
  const heads = [...table.tHead.rows[0].cells].slice(1);
  const value = (cell) => Number(cell.dataset.value ?? cell.textContent.replaceAll(",", ""));
  return {
    labels: rows.map((row) => row.cells[0].textContent.trim()),
    colours: rows.map((row) => row.dataset.colour),
    series: heads.map((head, index) => ({
      label: head.textContent.trim(),
      colour: head.dataset.colour,
      data: rows.map((row) => value(row.cells[index + 1])),
    })),
  };
}

function draw(canvas) {
  const table = document.getElementById(canvas.dataset.chartTable);
  if (!table || !window.Chart) return;
  const kind = canvas.dataset.chart;
  const { labels, colours, series } = numbers(table);
  const round = kind === "doughnut";
  const text = colour("--simyard-chart-text");
  const axis = { ticks: { color: text, precision: 0 }, grid: { color: colour("--simyard-chart-line") }, stacked: kind === "bar" };
  charts.get(canvas)?.destroy();
  charts.set(
    canvas,
    new window.Chart(canvas, {
      type: kind,
      data: {
        labels,
        datasets: series.map((each) => ({
          label: each.label,
          data: each.data,
          backgroundColor: round ? colours.map((name) => colour(name)) : colour(each.colour),
          borderColor: round ? colour("--simyard-surface") : colour(each.colour),
          borderWidth: kind === "bar" ? 0 : 2,
          tension: 0.25,
          pointRadius: 2,
        })),
      },
      options: {
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        plugins: { legend: { display: round || series.length > 1, position: round ? "right" : "top", labels: { color: text } } },
        scales: round ? {} : { x: axis, y: { ...axis, beginAtZero: true } },
      },
    }),
  );
}

if (window.Chart) window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;

function start(root) {
  for (const canvas of root.querySelectorAll("canvas[data-chart]")) draw(canvas);
}

start(document);
document.body.addEventListener("htmx:load", (event) => start(event.target));
document.addEventListener("theme-changed", () => start(document));
document.body.addEventListener("htmx:beforeCleanupElement", (event) => {
  charts.get(event.target)?.destroy();
  charts.delete(event.target);
});
