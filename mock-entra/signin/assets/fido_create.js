"use strict";

// Makes a credential for the user that the page names and posts it, or what went wrong.

const hiddenForm = document.getElementById("hiddenform");

function post(values) {
  for (const [name, value] of Object.entries(values)) hiddenForm.elements[name].value = value;
  hiddenForm.submit();
}

/** The 16 bytes after flags, counter and RP ID hash in authenticator data, as a GUID. */
function aaguidOf(authenticatorData) {
  const hex = [...new Uint8Array(authenticatorData).slice(37, 53)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

async function create() {
  try {
    const credential = await navigator.credentials.create({
      publicKey: {
        rp: $Config.oFidoRp,
        user: { ...$Config.oFidoUser, id: bytesOf($Config.oFidoUser.id) },
        // The challenge is the text itself, not what it might decode to.
        challenge: new TextEncoder().encode($Config.serverChallenge),
        pubKeyCredParams: $Config.arrFidoAlgorithms.map((alg) => ({ type: "public-key", alg })),
        timeout: $Config.iFidoTimeout,
        excludeCredentials: $Config.arrFidoExcludeList.map((id) => ({ type: "public-key", id: bytesOf(id) })),
        authenticatorSelection: $Config.oFidoAuthenticatorSelection,
        attestation: $Config.sFidoAttestation,
        extensions: $Config.oFidoExtensions,
      },
    });
    const response = credential.response;
    const authenticatorData = response.getAuthenticatorData();
    const flags = new Uint8Array(authenticatorData)[32];
    const extensions = JSON.stringify(credential.getClientExtensionResults());
    post({
      transports: response.getTransports().join(","),
      aaguid: aaguidOf(authenticatorData),
      credentialDeviceType: flags & 0x08 ? "multiDevice" : "singleDevice",
      credentialBackedUp: String((flags & 0x10) !== 0),
      clientDataJson: base64UrlOf(response.clientDataJSON),
      attestationObject: base64UrlOf(response.attestationObject),
      credentialId: credential.id,
      clientExtensionResults: base64UrlOf(new TextEncoder().encode(extensions)),
    });
  } catch (error) {
    post({ error_code: error.name, suberror_code: error.message });
  }
}

create();
