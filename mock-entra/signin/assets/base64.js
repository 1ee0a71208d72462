"use strict";

/** The bytes of a base64 or base64url text, padded or not. */
function bytesOf(text) {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/").replace(/=+$/, ""));
  return Uint8Array.from(plain, (c) => c.charCodeAt(0));
}

/** Unpadded base64url. */
function base64UrlOf(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
