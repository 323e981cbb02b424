// Signing out in one tab empties the others: they are of the same session.

const channel = new BroadcastChannel("signed-out");
let isLeaving = false;

document.addEventListener("submit", (event) => {
  isLeaving ||= event.target.getAttribute("action") === "/sign-out";
});
// Not before the portal has answered, or does not answer: until then, the sign-in page would lead back.
window.addEventListener("pagehide", () => {
  if (isLeaving) channel.postMessage("signed out");
});
channel.addEventListener("message", () => {
  document.title = "Simyard";
  document.body.replaceChildren();
  location.replace("/sign-in");
});
