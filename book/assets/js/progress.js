// A reader's progress, kept in this browser and sent nowhere: the names of the lessons
// that were marked as read, as JSON under one key of the local storage. The markup and
// its words come from dlcourse/site/templates; without this script it stays hidden.
"use strict";

(() => {
  const KEY = "deep-learning-course-read";
  const root = new URL(document.documentElement.dataset.content_root || "./", location.href);

  // "book/concepts/neuron" for the address of that page, wherever the site lies.
  const nameOf = (address) => {
    const url = new URL(address, location.href);
    if (!url.pathname.startsWith(root.pathname)) return "";
    return url.pathname.slice(root.pathname.length).replace(/\.html$/, "");
  };
  const isLesson = (name) => /^book\/[^/]+\/(?!index$)[^/]+$/.test(name);

  // A browser may forbid storage (private windows, some folders): then nothing is kept.
  const load = () => {
    try {
      const stored = JSON.parse(localStorage.getItem(KEY));
      return new Set(Array.isArray(stored) ? stored : []);
    } catch {
      return new Set();
    }
  };
  const save = (read) => {
    try {
      localStorage.setItem(KEY, JSON.stringify([...read].sort()));
      return true;
    } catch {
      return false;
    }
  };

  const links = [...document.querySelectorAll("nav.bd-links a.reference.internal")];
  const lessons = links.filter((link) => isLesson(nameOf(link.getAttribute("href"))));

  const show = () => {
    const read = load();
    const button = document.querySelector(".read-mark");
    if (button) button.setAttribute("aria-pressed", String(read.has(nameOf(location.href))));
    for (const link of lessons) {
      link.classList.toggle("read", read.has(nameOf(link.getAttribute("href"))));
    }
    const box = document.querySelector(".read-progress");
    if (!box) return;
    const done = lessons.filter((link) => link.classList.contains("read")).length;
    box.hidden = done === 0;
    const text = box.querySelector(".read-count");
    text.textContent = text.dataset.words
      .replace("{read}", done)
      .replace("{all}", lessons.length);
    const bar = box.querySelector("progress");
    bar.max = lessons.length;
    bar.value = done;
    // Go on after the last lesson that was read; when that is the end, where one is left.
    const last = lessons.findLastIndex((link) => link.classList.contains("read"));
    const open = (link) => !link.classList.contains("read");
    const next = lessons.slice(last + 1).find(open) || lessons.find(open);
    const go = box.querySelector("a");
    go.parentElement.hidden = !next;
    if (next) {
      go.href = next.href;
      go.textContent = next.textContent.trim();
    }
  };

  const button = document.querySelector(".read-mark");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const read = load();
      const name = nameOf(location.href);
      if (!read.delete(name)) read.add(name);
      if (save(read)) show();
    });
  }
  // Another tab of the same reader, and a page that comes back from the cache.
  addEventListener("storage", show);
  addEventListener("pageshow", show);
  show();
})();
