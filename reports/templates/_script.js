"use strict";
(() => {
  const form = document.getElementById("filter");
  const text = document.getElementById("filter-text");
  const count = document.getElementById("filter-count");
  const choices = ["severity", "mode", "outcome"].map((key) => ({ key, input: document.getElementById("filter-" + key) }));
  const rows = Array.from(document.querySelectorAll("[data-row]"), (element) => ({ element, kind: element.dataset.row, words: null }));
  const groups = Array.from(document.querySelectorAll("[data-group]"));

  // A choice concerns the kinds of rows that have such a property; the other kinds stay as they are.
  const concerned = { severity: ["finding", "unknown"], outcome: ["finding", "unknown"], mode: ["finding", "unknown", "hop"] };

  function fits(row, wanted, chosen) {
    for (const { key, value } of chosen) {
      if (concerned[key].includes(row.kind) && row.element.dataset[key] !== value) return false;
    }
    if (!wanted.length) return true;
    if (row.words === null) {
      const group = row.element.closest("[data-group]");
      row.words = (row.element.textContent + " " + (group ? group.querySelector("header").textContent : "")).toLowerCase();
    }
    return wanted.every((word) => row.words.includes(word));
  }

  function show() {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = choices.map(({ key, input }) => ({ key, value: input.value })).filter(({ value }) => value);
    const tally = new Map();
    for (const row of rows) {
      const fit = fits(row, wanted, chosen);
      if (row.element.hidden === fit) row.element.hidden = !fit;
      const numbers = tally.get(row.kind) || [0, 0];
      numbers[0] += fit ? 1 : 0;
      numbers[1] += 1;
      tally.set(row.kind, numbers);
    }
    for (const group of groups) group.hidden = !group.querySelector("[data-row]:not([hidden])");
    const said = ["finding", "hop", "unknown", "certificate"].filter((kind) => tally.has(kind)).map((kind) => {
      const [shown, all] = tally.get(kind);
      return shown + " of " + all + " " + kind + (all === 1 ? "" : "s");
    });
    count.textContent = said.length ? said.join(", ") : "Nothing to filter";
  }

  let waiting = 0;
  function soon() {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(show);
  }

  // A link into a folded or filtered part has to lead to something that can be seen.
  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      form.reset();
      show();
    }
    const fold = target.querySelector("details");
    if (fold && target.dataset.row === "finding") fold.open = true;
    target.scrollIntoView();
  }

  form.addEventListener("input", soon);
  form.addEventListener("change", soon);
  form.addEventListener("reset", () => setTimeout(show, 0));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not([open])")) {
      fold.open = true;
      fold.dataset.printed = "";
    }
  });
  addEventListener("afterprint", () => {
    for (const fold of document.querySelectorAll("details[data-printed]")) {
      fold.open = false;
      delete fold.dataset.printed;
    }
  });
  form.hidden = false;
  show();
  if (location.hash) reveal();
})();
