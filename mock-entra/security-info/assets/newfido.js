"use strict";

// Keeps what the ceremony made for the page that names the key, and goes there.

const contentOf = (id) => document.getElementById(id).dataset.content;

sessionStorage.setItem("fidoContext", contentOf("context"));
location.replace(contentOf("redirectUrl"));
