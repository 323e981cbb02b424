// Light or dark, before anything is drawn: the person's choice in this browser, else the system's. Loaded blocking, so it stays tiny.
(() => {
  const key = "simyard-theme";
  const names = { system: "System", light: "Light", dark: "Dark" };
  const dark = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const stored = localStorage.getItem(key);
      return stored in names ? stored : "system";
    } catch {
      return "system"; // storage may be forbidden
    }
  }

  function apply(choice = chosen()) {
    const shown = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    document.documentElement.dataset.bsTheme = shown;
    document.dispatchEvent(new CustomEvent("theme-changed"));
    for (const place of document.querySelectorAll("[data-theme-name]")) place.textContent = names[choice];
  }

  apply();
  dark.addEventListener("change", () => apply());
  window.addEventListener("storage", (event) => event.key === key && apply());
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    for (const button of document.querySelectorAll("[data-theme-switch]")) {
      button.addEventListener("click", (event) => {
        event.stopPropagation(); // the menu stays open, so that the new choice is seen
        const order = Object.keys(names);
        const next = order[(order.indexOf(chosen()) + 1) % order.length];
        try {
          localStorage.setItem(key, next);
        } catch {
          // applied to this page only
        }
        apply(next);
      });
    }
  });
})();
