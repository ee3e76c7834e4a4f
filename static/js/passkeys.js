// Passkeys: asks the browser for a credential and sends it with the form that holds the button.
// A button says what it does by data-passkey: "create" or "get"; its options stand in #passkey-options, or at data-options-from.
const canParse = "parseRequestOptionsFromJSON" in (window.PublicKeyCredential ?? {});

function say(form, message) {
  form.querySelector("[data-passkey-fault]").textContent = message;
}

async function optionsOf(button) {
  const from = button.dataset.optionsFrom;
  if (!from) return JSON.parse(document.getElementById("passkey-options").textContent);
  const answer = await fetch(from, { headers: { "X-Requested-With": "XMLHttpRequest" } });
  return (await answer.json()).request_options;
}

async function credentialFor(button) {
  const options = (await optionsOf(button)).publicKey;
  if (button.dataset.passkey === "create") {
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  }
  return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  button.closest("[data-needs-passkeys]")?.toggleAttribute("hidden", !canParse);
  button.addEventListener("click", async () => {
    const form = button.form;
    button.disabled = true;
    try {
      const credential = await credentialFor(button);
      form.elements.credential.value = JSON.stringify(credential.toJSON());
      if (button.hasAttribute("formaction")) form.action = button.getAttribute("formaction");
      form.submit();
    } catch (error) {
      const gone = ["NotAllowedError", "AbortError"].includes(error.name);
      say(form, gone ? "Nothing was chosen, or it took too long. Try again." : "This browser could not use a passkey here.");
      button.disabled = false;
    }
  });
}
