// How much of a file has been sent, in the [data-upload] part of the form that sends it. Closing the dialog, or leaving the
// page after a question, breaks it off.

let sending = null;

const megabytes = (bytes) => (bytes / 1e6).toLocaleString("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

function leaving(event) {
  event.preventDefault();
}

function end() {
  if (!sending) return;
  sending.part.hidden = true;
  sending = null;
  window.removeEventListener("beforeunload", leaving);
}

document.body.addEventListener("htmx:beforeSend", (event) => {
  const part = event.target.querySelector("[data-upload]");
  if (!part) return;
  sending = { part, form: event.target, xhr: event.detail.xhr, sent: false };
  window.addEventListener("beforeunload", leaving);
});

document.body.addEventListener("htmx:xhr:progress", (event) => {
  if (event.target !== sending?.form || sending.sent || !event.detail.lengthComputable) return;
  const { loaded, total } = event.detail;
  const { part } = sending;
  part.hidden = false;
  const bar = part.querySelector("progress");
  bar.max = total;
  bar.value = loaded;
  // The answer is still to come, and its own bytes are told by the same event.
  sending.sent = loaded === total;
  if (sending.sent) {
    bar.removeAttribute("value");
    window.removeEventListener("beforeunload", leaving);
  }
  part.querySelector("[data-upload-words]").textContent = sending.sent
    ? `${megabytes(total)} MB sent. The portal looks at the file …`
    : `${megabytes(loaded)} of ${megabytes(total)} MB sent`;
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  if (event.target === sending?.form || event.detail.xhr === sending?.xhr) end();
});

document.getElementById("dialog")?.addEventListener("close", () => {
  sending?.xhr.abort();
  end();
});
