"use strict";
(() => {
  const foldable = () => document.querySelectorAll(".scenario, .step");
  const tools = document.querySelector(".tools");
  tools.hidden = false;

  tools.querySelector("[data-unfold]").addEventListener("click", () => {
    for (const each of foldable()) each.open = true;
  });
  tools.querySelector("[data-fold]").addEventListener("click", () => {
    for (const each of document.querySelectorAll("main details")) each.open = false;
  });

  // A scenario stays in sight if its text holds every word; secrets are not searched.
  const text = new Map();
  for (const scenario of document.querySelectorAll(".scenario")) {
    const copy = scenario.cloneNode(true);
    for (const secret of copy.querySelectorAll(".secret")) secret.remove();
    text.set(scenario, copy.textContent.toLowerCase());
  }
  tools.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const [scenario, content] of text) {
      scenario.classList.toggle("absent", !words.every((word) => content.includes(word)));
    }
    for (const theme of document.querySelectorAll(".theme")) {
      theme.classList.toggle("absent", !theme.querySelector(".scenario:not(.absent)"));
    }
  });

  for (const button of document.querySelectorAll("[data-copy]")) {
    button.addEventListener("click", async () => {
      const command = button.previousElementSibling;
      try {
        await navigator.clipboard.writeText(command.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(command);
        button.textContent = "Selected";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
  }

  const openTarget = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", openTarget);
  openTarget();
})();
