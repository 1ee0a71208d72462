"use strict";

// Gets the page's access token by the authorization code grant with PKCE.

const config = JSON.parse(document.getElementById("config").textContent);

function base64Url(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

const randomText = () => base64Url(crypto.getRandomValues(new Uint8Array(32)));

/** Leaves for the sign-in service; with `claims`, to prove multi-factor authentication again. */
async function signIn(claims) {
  const verifier = randomText();
  const state = randomText();
  sessionStorage.setItem("pkce", JSON.stringify({ verifier, state }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const query = new URLSearchParams({
    client_id: config.clientId,
    response_type: "code",
    redirect_uri: config.redirectUri,
    response_mode: config.responseMode,
    scope: config.scope,
    state,
    code_challenge: base64Url(digest),
    code_challenge_method: "S256",
  });
  if (claims) query.set("claims", claims);
  location.assign(`${config.authorizeUrl}?${query}`);
}

async function redeem(answer) {
  const { verifier, state } = JSON.parse(sessionStorage.getItem("pkce") ?? "{}");
  if (answer.get("state") !== state) throw new Error("The answer belongs to another sign-in.");
  const response = await fetch(config.tokenUrl, {
    method: "POST",
    body: new URLSearchParams({
      client_id: config.clientId,
      grant_type: "authorization_code",
      code: answer.get("code"),
      redirect_uri: config.redirectUri,
      scope: config.scope,
      code_verifier: verifier,
    }),
  });
  const tokens = await response.json();
  if (!response.ok) throw new Error(tokens.error_description);
  sessionStorage.setItem("accessToken", tokens.access_token);
  history.replaceState(null, "", "/security-info");
}

/** The access token, or nothing while the browser is on its way to sign in. */
async function accessToken() {
  const answer = new URLSearchParams(location.hash.slice(1));
  if (answer.has("error")) throw new Error(answer.get("error_description"));
  if (answer.has("code")) await redeem(answer);
  const token = sessionStorage.getItem("accessToken");
  if (!token) await signIn();
  return token;
}
