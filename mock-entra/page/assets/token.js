"use strict";

// Gets the page's tokens by the authorization code grant with PKCE.

const config = JSON.parse(document.getElementById("config").textContent);

function base64Url(buffer) {
  return btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

const randomText = () => base64Url(crypto.getRandomValues(new Uint8Array(32)));

/** What a JWT says, unverified: this page had it from the token endpoint itself. */
function claimsOf(token) {
  const bytes = atob(token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))));
}

/** Leaves for the sign-in service; with other `claims` than usual to prove, say, more than before. */
async function signIn(claims = config.claims) {
  const verifier = randomText();
  const state = randomText();
  const nonce = randomText();
  sessionStorage.setItem("pkce", JSON.stringify({ verifier, state, nonce }));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const query = new URLSearchParams({
    client_id: config.clientId,
    response_type: "code",
    redirect_uri: config.redirectUri,
    response_mode: config.responseMode,
    scope: config.scope,
    state,
    nonce,
    code_challenge: base64Url(digest),
    code_challenge_method: "S256",
  });
  if (claims) query.set("claims", claims);
  location.assign(`${config.authorizeUrl}?${query}`);
}

async function redeem(answer) {
  const { verifier, state, nonce } = JSON.parse(sessionStorage.getItem("pkce") ?? "{}");
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
  const claims = claimsOf(tokens.id_token);
  if (claims.nonce !== nonce) throw new Error("The ID token belongs to another sign-in.");
  sessionStorage.setItem("accessToken", tokens.access_token);
  sessionStorage.setItem("idTokenClaims", JSON.stringify(claims));
  history.replaceState(null, "", location.pathname);
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
