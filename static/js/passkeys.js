// Passkeys: <form data-passkey="create" data-options='{"publicKey": ...}'> or "get" is sent once the browser's answer is in
// its field `answer`.

const sentences = {
  InvalidStateError: "This device has a passkey for you already.",
  NotSupportedError: "This device can't make a passkey that this portal takes.",
};
// The person has cancelled, it took too long, or there is no such passkey: browsers don't tell which.
const cancelled = {
  create: "No passkey was made: it was cancelled, or took too long. Try again.",
  get: "No passkey was used: it was cancelled, took too long, or this device has none for you here. Try again.",
};
const none = "This browser has no passkeys here. Use a newer browser, and open the portal by HTTPS.";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
const text = (buffer) =>
  btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

function question(json) {
  const { publicKey } = JSON.parse(json);
  publicKey.challenge = bytes(publicKey.challenge);
  if (publicKey.user) publicKey.user.id = bytes(publicKey.user.id);
  for (const known of [...(publicKey.excludeCredentials ?? []), ...(publicKey.allowCredentials ?? [])]) known.id = bytes(known.id);
  return { publicKey };
}

function answer({ id, rawId, type, response }) {
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const sent = parts.filter((part) => response[part]).map((part) => [part, text(response[part])]);
  return JSON.stringify({ id, rawId: text(rawId), type, response: Object.fromEntries(sent) });
}

for (const note of document.querySelectorAll("[data-passkey-address]")) note.hidden = location.origin === note.dataset.passkeyAddress;

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const field = form.elements.namedItem("answer");
  const problem = form.querySelector("[data-passkey-problem]");
  let asking = false;
  const say = (sentence) => {
    problem.textContent = sentence;
    problem.hidden = sentence === "";
  };
  form.addEventListener("submit", async (event) => {
    if (field.value !== "") return;
    event.preventDefault();
    if (asking) return;
    const { address } = form.dataset;
    if (location.origin !== address) return say(`Passkeys of this portal work at ${address} alone. Open it there.`);
    if (!window.PublicKeyCredential) return say(none);
    asking = true;
    say("");
    try {
      field.value = answer(await navigator.credentials[form.dataset.passkey](question(form.dataset.options)));
      form.requestSubmit();
    } catch (error) {
      const isCancelled = ["NotAllowedError", "AbortError"].includes(error.name);
      say(isCancelled ? cancelled[form.dataset.passkey] : sentences[error.name] ?? `The passkey did not work: ${error.message}`);
    } finally {
      asking = false;
    }
  });
}
