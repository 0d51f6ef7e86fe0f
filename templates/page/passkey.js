// Asks the browser for a passkey, and sends the answer with the form of the page.
//
// What is asked stands in data-options of the form, as JSON with octets in base64url; data-asks says
// whether a passkey is made ("create") or used ("get"). What is said stands there as well.
(() => {
  "use strict";

  const form = document.querySelector("form[data-asks]");
  const button = form.querySelector("button");
  const status = form.querySelector("[role=status]");

  const octets = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));

  const base64url = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  const withOctets = (list) => (list || []).map((key) => ({ ...key, id: octets(key.id) }));

  const say = (what) => {
    status.textContent = form.dataset[what];
  };

  const ask = async () => {
    const options = JSON.parse(form.dataset.options);
    options.challenge = octets(options.challenge);
    if (form.dataset.asks === "create") {
      options.user.id = octets(options.user.id);
      options.excludeCredentials = withOctets(options.excludeCredentials);
      return navigator.credentials.create({ publicKey: options });
    }
    options.allowCredentials = withOctets(options.allowCredentials);
    return navigator.credentials.get({ publicKey: options });
  };

  const answer = (key) => {
    const parts = form.dataset.asks === "create"
      ? ["attestationObject", "clientDataJSON"]
      : ["authenticatorData", "clientDataJSON", "signature", "userHandle"];
    const response = {};
    for (const part of parts) {
      response[part] = key.response[part] ? base64url(key.response[part]) : null;
    }
    return { id: key.id, rawId: base64url(key.rawId), type: key.type, response, extensions: {} };
  };

  const run = async () => {
    button.disabled = true;
    say("waiting");
    try {
      const key = await ask();
      form.elements.answer.value = JSON.stringify(answer(key));
      form.submit();
    } catch (error) {
      button.disabled = false;
      say(error.name === "InvalidStateError" ? "known" : "failed");
    }
  };

  if (!window.PublicKeyCredential) {
    say("unsupported");
    return;
  }
  button.hidden = false;
  button.addEventListener("click", run);
  run();
})();
