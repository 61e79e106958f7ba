"use strict";
// Keys and selections; every page works without this.
(() => {
  const typing = (e) => e.target.closest("input:not([type=checkbox]), textarea, select, button, a") ||
    e.ctrlKey || e.metaKey || e.altKey;
  const rows = [...document.querySelectorAll(".list tbody tr")];
  let at = -1;
  const move = (to) => {
    if (!rows.length) return;
    rows[at]?.classList.remove("at");
    at = Math.min(Math.max(to, 0), rows.length - 1);
    rows[at].classList.add("at");
    rows[at].scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("keydown", (e) => {
    if (typing(e)) return;
    if (e.key === "j") return move(at + 1);
    if (e.key === "k") return move(at - 1);
    const row = rows[at];
    if (row && e.key === "x") return row.querySelector("input").click();
    if (row && e.key === "o") return row.querySelector(".open").click();
    const found = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === e.key);
    if (found) {
      e.preventDefault();
      found.click();
    }
  });
  document.getElementById("every")?.addEventListener("change", (e) => {
    for (const box of document.querySelectorAll(".list tbody input")) box.checked = e.target.checked;
  });
  const text = document.getElementById("text");
  const spans = document.getElementById("spans");
  const take = () => {
    const chosen = getSelection();
    const words = chosen.toString().replace(/\s+/g, " ").trim();
    if (words && text.contains(chosen.anchorNode) && !spans.value.split("\n").includes(words)) {
      spans.value += (spans.value ? "\n" : "") + words;
      const range = chosen.getRangeAt(0);
      if (range.startContainer === range.endContainer) range.surroundContents(document.createElement("mark"));
      chosen.removeAllRanges();
    }
  };
  if (text && spans) {
    text.addEventListener("mouseup", take);
    text.addEventListener("keyup", (e) => e.key === "Enter" && take());
  }
  for (const time of document.querySelectorAll("time[data-at]")) {
    time.textContent = new Date(1000 * Number(time.dataset.at)).toLocaleString();
  }
})();
