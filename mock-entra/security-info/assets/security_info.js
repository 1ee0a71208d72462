"use strict";

// The page's own work: what the user has, adding a security key, deleting one.

const element = (id) => document.getElementById(id);
const statusText = element("status");
let token;
let sessionContext;

async function call(path, body) {
  const response = await fetch(path, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", SessionCtxV2: sessionContext ?? "", AjaxRequest: "true" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (response.status === 401) {
    sessionStorage.removeItem("accessToken");
    await signIn();
  }
  return response.json();
}

function say(text, isError = false) {
  statusText.textContent = text;
  statusText.className = isError ? "error" : "";
}

/** Opens a session; true where multi-factor authentication is too old to add a key. */
async function authorize() {
  const answer = await call(config.api.authorize, {});
  sessionContext = answer.sessionCtxV2;
  return answer.requireNgcMfaForSecurityInfo;
}

async function showMethods() {
  const { FidoDevices } = await call(config.api.registered);
  element("methods").replaceChildren(
    ...FidoDevices.map((device) => {
      const item = document.createElement("li");
      const remove = document.createElement("button");
      remove.type = "button";
      remove.textContent = "Delete";
      remove.setAttribute("aria-label", `Delete ${device.DisplayName}`);
      remove.addEventListener("click", () => deleteKey(device));
      item.append(`Security key: ${device.DisplayName} `, remove);
      return item;
    }),
  );
}

async function deleteKey(device) {
  const answer = await call(config.api.delete, { Type: 12, Data: JSON.stringify({ CredentialId: device.CredentialId }) });
  say(answer.Deleted ? `${device.DisplayName} was deleted.` : `The key was not deleted (${answer.ErrorCode}).`, !answer.Deleted);
  await showMethods();
}

async function chooseMethod() {
  const available = await call(config.api.available);
  element("chooseSecurityKey").hidden = !available.Fido;
  element("nothingToAdd").hidden = Boolean(available.Fido);
  element("chooseDialog").showModal();
}

/** Posts a form of the given fields, as the ceremony's page expects it. */
function postForm(action, fields) {
  const form = document.createElement("form");
  form.method = "post";
  form.action = action;
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement("input");
    input.type = "hidden";
    input.name = name;
    input.value = value ?? "";
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

async function startCeremony() {
  const answer = await call(config.api.new, { Type: config.methodType });
  element("readyDialog").close();
  if (answer.ErrorCode === 6) {
    await signIn(config.stepUpClaims);
    return;
  }
  if (answer.ErrorCode !== 0) {
    say(`The security key cannot be added (${answer.ErrorCode}).`, true);
    return;
  }
  const { provisionUrl, requestData } = JSON.parse(answer.Data);
  const correlationId = crypto.randomUUID();
  postForm(`${provisionUrl}?cid=${correlationId}`, { ...requestData, correlationId });
}

/** Back from the ceremony: the key wants a name, then the service verifies it. */
function nameKey(context) {
  element("nameForm").addEventListener("submit", async () => {
    const data = { Name: element("keyName").value, ...context };
    const answer = await call(config.api.verify, { Type: config.methodType, VerificationData: JSON.stringify(data) });
    if (answer.ErrorCode === 0) {
      element("doneDialog").showModal();
      await showMethods();
    } else {
      say(`The security key was not added (${answer.ErrorCode}).`, true);
    }
  });
  element("nameDialog").showModal();
}

function resumeCeremony() {
  const result = new URLSearchParams(location.hash.slice(1));
  const context = JSON.parse(sessionStorage.getItem("fidoContext") ?? "null");
  if (!result.has("fidoProvisionSuccess") && !result.has("fidoProvisionError")) return;
  sessionStorage.removeItem("fidoContext");
  history.replaceState(null, "", "/security-info");
  if (result.has("fidoProvisionError")) {
    say(`The security key was not set up: ${result.get("fidoProvisionError")}.`, true);
  } else if (context && context.Canary === result.get("fidoProvisionSuccess")) {
    nameKey(context);
  }
}

async function start() {
  token = await accessToken();
  if (!token) return;
  const needsStepUp = await authorize();
  await showMethods();
  element("addMethod").hidden = false;
  element("addMethod").addEventListener("click", () => (needsStepUp ? signIn(config.stepUpClaims) : chooseMethod()));
  resumeCeremony();
}

element("chooseSecurityKey").addEventListener("click", () => {
  element("chooseDialog").close();
  element("transportDialog").showModal();
});
for (const id of ["usbDevice", "nfcDevice"]) {
  element(id).addEventListener("click", () => {
    element("transportDialog").close();
    element("readyDialog").showModal();
  });
}
element("startCeremony").addEventListener("click", startCeremony);
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
start().catch((error) => say(error.message, true));
