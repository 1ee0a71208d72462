"use strict";

// Walks the user from user name to credential, as the service says they can sign in.

const form = document.getElementById("i0281");
const fidoForm = document.getElementById("fidoform");
const userName = document.getElementById("i0116");
const errorText = document.getElementById("idError");
const next = document.getElementById("idSIButton9");
const usePassword = document.getElementById("usePassword");
const useAccessPass = document.getElementById("useAccessPass");
const fields = {
  userName: document.getElementById("userNameField"),
  password: document.getElementById("passwordField"),
  accessPass: document.getElementById("accessPassField"),
};

/** Shows one field; the others must not be posted with a value. */
function ask(name) {
  for (const [other, field] of Object.entries(fields)) field.hidden = other !== name;
  next.value = name === "userName" ? "Next" : "Sign in";
  fields[name].querySelector("input").focus();
}

function offer(credentials) {
  usePassword.hidden = !credentials.HasPassword;
  useAccessPass.hidden = !credentials.HasAccessPass;
  if (fidoForm) {
    fidoForm.hidden = !credentials.HasFido;
    fidoForm.elements.username.value = userName.value;
    fidoForm.elements.credentialsJson.value = (credentials.FidoParams?.AllowList ?? []).join(",");
  }
}

function choose(result) {
  if (result.IfExistsResult !== 0) {
    errorText.textContent = "This username may be incorrect. Make sure that you typed it correctly.";
    return;
  }
  errorText.textContent = "";
  offer(result.Credentials);
  if (result.Credentials.PrefCredential === 7 && fidoForm) {
    fidoForm.submit();
  } else {
    ask(result.Credentials.PrefCredential === 13 ? "accessPass" : "password");
  }
}

async function findCredential() {
  const response = await fetch($Config.urlGetCredentialType, {
    method: "POST",
    headers: { "content-type": "application/json; charset=UTF-8", canary: $Config.apiCanary, hpgrequestid: $Config.sessionId },
    body: JSON.stringify({
      username: userName.value,
      isOtherIdpSupported: true,
      isFidoSupported: window.PublicKeyCredential !== undefined,
      isAccessPassSupported: true,
      originalRequest: $Config.sCtx,
      flowToken: $Config.sFT,
      country: $Config.country,
    }),
  });
  choose(await response.json());
}

form.addEventListener("submit", (event) => {
  form.elements.login.value = userName.value;
  if (fields.userName.hidden) return;
  event.preventDefault();
  findCredential().catch((error) => {
    errorText.textContent = `The service could not be reached: ${error.message}`;
  });
});
usePassword.addEventListener("click", () => ask("password"));
useAccessPass.addEventListener("click", () => ask("accessPass"));

usePassword.hidden = true;
useAccessPass.hidden = true;
ask("userName");
if (["50126", "50076", "50079"].includes($Config.sErrorCode)) ask("password");
if ($Config.sErrorCode.startsWith("13050")) ask("accessPass");
const known = $Config.oGetCredTypeResult;
if (known && known.IfExistsResult === 0) offer(known.Credentials);
if (known && known.IfExistsResult === 0 && $Config.sErrorCode === "50058") {
  // Known from the start, but not signed in against the user's will: the key only on request.
  ask(known.Credentials.PrefCredential === 13 ? "accessPass" : "password");
}
