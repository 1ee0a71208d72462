"use strict";

// Asks the key for an assertion over the page's challenge and posts it.

const hiddenForm = document.getElementById("hiddenform");
const statusText = document.getElementById("status");
const retry = document.getElementById("retry");

async function signIn() {
  retry.hidden = true;
  try {
    const credential = await navigator.credentials.get({
      publicKey: {
        // The challenge is the text itself, not what it might decode to.
        challenge: new TextEncoder().encode($Config.sFidoChallenge),
        rpId: $Config.sFidoRpId,
        timeout: $Config.iFidoTimeout,
        userVerification: "required",
        allowCredentials: $Config.arrFidoAllowList.map((id) => ({ type: "public-key", id: bytesOf(id) })),
      },
    });
    const response = credential.response;
    hiddenForm.elements.assertion.value = JSON.stringify({
      id: credential.id,
      clientDataJSON: base64UrlOf(response.clientDataJSON),
      authenticatorData: base64UrlOf(response.authenticatorData),
      signature: base64UrlOf(response.signature),
      userHandle: response.userHandle ? base64UrlOf(response.userHandle) : "",
    });
    hiddenForm.submit();
  } catch (error) {
    statusText.textContent = `We couldn't sign you in. ${error.name}: ${error.message}`;
    statusText.className = "error";
    retry.hidden = false;
  }
}

retry.addEventListener("click", signIn);
signIn();
