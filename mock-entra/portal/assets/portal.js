"use strict";

// The page's own work: who is signed in, and how that was proved.

const element = (id) => document.getElementById(id);

function show(id, text) {
  if (element(id)) element(id).textContent = text;
}

async function start() {
  if (!(await accessToken())) return;
  const claims = JSON.parse(sessionStorage.getItem("idTokenClaims"));
  show("displayName", claims.name);
  show("userPrincipalName", claims.preferred_username);
  show("signedInBy", (claims.amr ?? []).join(", "));
  show("tenantId", claims.tid);
}

element("signOut").addEventListener("click", () => sessionStorage.clear());
start().catch((error) => show("error", error.message));
