// One click copies: <button data-copy="8949...">.

async function write(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  // Without TLS there is no clipboard interface; the old way still works.
  const box = document.createElement("textarea");
  box.value = text;
  box.className = "visually-hidden";
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  try {
    await write(button.dataset.copy);
  } catch {
    return;
  }
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
  document.body.dispatchEvent(new CustomEvent("announce", { detail: { text: `Copied ${button.dataset.copy}` } }));
});
