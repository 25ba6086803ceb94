/* Make the pages of a site ready for paper; pdf.py says what it is for.

   Runs in an empty document at the site's own address, so that the browser itself knows
   where links lead. `course.open` reads the table of contents; `course.show` puts some
   of its pages, a chapter, in the place of those that were there. */

window.course = (() => {
  let root, words, entries, names;
  const styles = new Set();
  const base = new URL(".", document.baseURI).href;

  const make = (name, attributes = {}, ...content) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      element.setAttribute(key, value);
    }
    element.append(...content);
    return element;
  };
  const textOf = (element) => element.textContent.trim().replace(/\s+/g, " ");

  const fetchPage = async (name) => {
    const text = await (await fetch(`${base}${name}.html`)).text();
    const page = new DOMParser().parseFromString(text, "text/html");
    for (const link of page.querySelectorAll('link[rel="stylesheet"]')) {
      styles.add(new URL(link.getAttribute("href"), `${base}${name}.html`).href);
    }
    return page;
  };
  // The page of the book and the place on it that a link of the page `from` leads to.
  const resolve = (reference, from) => {
    const url = new URL(reference, `${base}${from}.html`);
    const path = url.href.slice(base.length).split(/[?#]/)[0];
    const inside = url.href.startsWith(base) && path.endsWith(".html");
    const name = inside ? decodeURI(path.slice(0, -".html".length)) : null;
    return { url, name, place: decodeURIComponent(url.hash.slice(1)) };
  };

  /* The table of contents is the sidebar of the first page: its order, its levels, its
     titles. A part has a title and no page; what stands in it is a level deeper. */
  const readContents = (sidebar) => {
    const found = [];
    const read = (list, level) => {
      for (const item of list.children) {
        const link = item.querySelector("a");
        const { name } = resolve(link.getAttribute("href"), root);
        found.push({ name, level, title: textOf(link), part: false });
        const inner = item.querySelector("ul");
        if (inner) read(inner, level + 1);
      }
    };
    let level = 1;
    for (const item of sidebar.querySelectorAll("p.caption, ul.bd-sidenav")) {
      if (item.matches("p")) {
        const name = `part-${found.length + 1}`;
        found.push({ name, level: 1, title: textOf(item), part: true });
        level = 2;
      } else {
        read(item, level);
      }
    }
    return found;
  };

  /* ── what paper cannot do ── */

  const USELESS =
    "a.headerlink, button, script, .toctree-wrapper, .quiz-result, .quiz-note";

  // A formula is a picture with its LaTeX as alternative text, not read a second time
  // from the hidden MathML. The dollars tell pdf.py that it is one.
  const markFormulas = (article) => {
    for (const formula of article.querySelectorAll(".katex")) {
      const source = formula.querySelector("annotation").textContent.trim();
      formula.setAttribute("role", "img");
      formula.setAttribute("aria-label", `$${source}$`);
      formula.querySelector(".katex-mathml").remove();
      formula.querySelector(".katex-html").removeAttribute("aria-hidden");
    }
  };

  // A picture is a figure; the frame around it and its caption is none.
  const markFigures = (article) => {
    for (const figure of article.querySelectorAll("figure")) {
      figure.setAttribute("role", "group");
    }
    for (const link of article.querySelectorAll("a.image-reference")) {
      link.replaceWith(...link.childNodes);
    }
    for (const image of article.querySelectorAll("img")) {
      image.removeAttribute("loading");
      image.removeAttribute("decoding");
    }
  };

  // Choices get the numbers that their answers have.
  const numberChoices = (article) => {
    for (const choice of article.querySelectorAll(".quiz-option > input")) {
      choice.parentElement.removeAttribute("data-right");
      choice.replaceWith(make("span", { class: "quiz-number" }, `${choice.value}.`));
    }
  };

  // Folded code only draws the figure below it: a word in its caption says where it is.
  const leaveOutFoldedCode = (article, name) => {
    for (const folded of article.querySelectorAll("details.hide")) {
      const cell = folded.closest(".cell");
      const place = cell.querySelector("figure[id]")?.id ?? "";
      const link = make("a", { href: `${base}${name}.html#${place}` }, words.code);
      const note = make("span", { class: "code-elsewhere" }, link);
      const caption = cell.querySelector("figcaption p");
      if (caption) caption.append(" ", note);
      else cell.append(note);
      folded.remove();
    }
  };

  // Hints and answers go to the end of the page, so that you can try first; where they
  // were, links lead to them.
  const moveFolded = (article) => {
    const sections = new Map();
    const place = (title) => {
      if (!sections.has(title)) {
        const id = `folded-${sections.size + 1}`;
        const section = make("section", { class: "folded-texts", id });
        section.append(make("h2", {}, title));
        article.querySelector("section").append(section);
        sections.set(title, section);
      }
      return sections.get(title);
    };
    let owner, links, group;
    for (const [index, folded] of article.querySelectorAll("details").entries()) {
      const quiz = folded.closest("form");
      const summary = folded.querySelector("summary");
      const title = textOf(summary);
      summary.remove();
      const id = `folded-text-${index + 1}`;
      if (owner !== (quiz ?? folded.closest("section"))) {
        owner = quiz ?? folded.closest("section");
        const heading = textOf(owner.querySelector(".quiz-kind, h1, h2, h3, h4"));
        const label = quiz ? heading.split(" · ")[0] : heading;
        links = make("p", { class: "folded-links" });
        folded.before(links);
        group = make("div", { class: "folded-group" });
        group.append(make("p", {}, make("a", { href: `#${owner.id}` }, label)));
        place(quiz ? title : words.hints).append(group);
      }
      links.append(" ", make("a", { href: `#${id}` }, title));
      if (!quiz) group.append(make("p", { class: "folded-title" }, title));
      const text = make("div", { class: "folded-text", id });
      text.append(...folded.childNodes);
      group.append(text);
      folded.remove();
    }
  };

  // Headings go below the page's place in the book; their class keeps their look.
  const lowerHeadings = (article, level) => {
    for (const heading of article.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
      const own = Number(heading.localName[1]);
      const lower = make(`h${Math.min(own + level - 1, 6)}`);
      for (const { name, value } of heading.attributes) lower.setAttribute(name, value);
      lower.classList.add(heading.localName);
      lower.append(...heading.childNodes);
      heading.replaceWith(lower);
    }
  };

  // Ids are unique in the document, and links between pages stay in it. Where a link
  // leads to what the document does not hold, it leads to the site.
  const bind = (article, name) => {
    for (const element of article.querySelectorAll("[id]")) {
      element.id = `${name}/${element.id}`;
    }
    article.id = name;
    for (const link of article.querySelectorAll("a[href]")) {
      if (link.closest(".code-elsewhere")) continue;
      const { url, name: to, place } = resolve(link.getAttribute("href"), name);
      const here = names.has(to) ? `#${to}${place ? `/${place}` : ""}` : url.href;
      link.setAttribute("href", here);
    }
    for (const image of article.querySelectorAll("img")) {
      image.src = new URL(image.getAttribute("src"), `${base}${name}.html`).href;
    }
  };

  const makeArticle = (page, name, level) => {
    const article = document.adoptNode(page.querySelector("article.bd-article"));
    for (const element of article.querySelectorAll(USELESS)) element.remove();
    markFormulas(article);
    markFigures(article);
    numberChoices(article);
    leaveOutFoldedCode(article, name);
    moveFolded(article);
    lowerHeadings(article, level);
    bind(article, name);
    return article;
  };

  /* ── the book ── */

  // The title page: what the first page says before its first heading, and who made it.
  const makeFront = async () => {
    const first = await fetchPage(root);
    const front = makeArticle(first, root, 1);
    front.classList.add("front");
    const title = make("header", { class: "title-page" });
    const opening = front.querySelector("section");
    while (opening.firstChild && opening.firstChild.localName !== "section") {
      title.append(opening.firstChild);
    }
    const imprint = make("div", { class: "imprint" }, make("p", {}, words.author));
    for (const item of first.querySelectorAll(".bd-footer-content .footer-item")) {
      imprint.append(make("p", {}, textOf(item)));
    }
    const site = make("a", { href: base }, base);
    imprint.append(make("p", {}, `${words.edition} `, site));
    title.append(imprint);
    opening.prepend(title);
    return front;
  };

  const makeContents = (numbers) => {
    const list = make("ol");
    for (const { name, level, title } of entries) {
      const link = make("a", { href: `#${name}` }, make("span", {}, title));
      link.append(make("span", { class: "page-number" }, numbers[name] ?? ""));
      list.append(make("li", { class: `level-${level}` }, link));
    }
    const heading = make("h1", { class: "h1" }, words.contents);
    const attributes = { class: "bd-article contents", id: "contents" };
    return make("article", attributes, heading, list);
  };

  const makeEntry = async ({ name, level, title, part }) => {
    if (!part) return makeArticle(await fetchPage(name), name, level);
    const heading = make("h1", { class: "h1" }, title);
    return make("article", { class: "bd-article part", id: name }, heading);
  };

  // A place is known in a PDF if something on the same sheets leads to it. These links
  // do, and are taken out again; they are too small to be seen.
  const nameAllPlaces = (article) => {
    const anchors = make("div", { class: "anchors", "aria-hidden": "true" });
    for (const { id } of [article, ...article.querySelectorAll("[id]")]) {
      if (id) anchors.append(make("a", { href: `#${id}` }));
    }
    article.prepend(anchors);
  };

  const loadStyles = async () => {
    styles.add(`${base}_static/css/pdf.css`);
    for (const href of styles) {
      if (document.querySelector(`link[href="${href}"]`)) continue;
      const link = make("link", { rel: "stylesheet", href });
      const loaded = new Promise((done, fail) => {
        link.onload = done;
        link.onerror = () => fail(new Error(`${href} cannot be read.`));
      });
      const later = [...document.querySelectorAll("link")].at(-1);
      // The last one stays the last.
      if (later) later.before(link);
      else document.head.append(link);
      await loaded;
    }
  };

  /* Read the table of contents; it is a list of pages and parts with their level. */
  const open = async (settings) => {
    words = settings;
    ({ root } = words);
    document.title = words.title;
    const first = await fetchPage(root);
    document.documentElement.lang = first.documentElement.lang;
    entries = readContents(first.querySelector("nav.bd-links"));
    names = new Set([root, ...entries.filter((e) => !e.part).map((e) => e.name)]);
    await loadStyles();
    return entries;
  };

  /* Show the title page and the table of contents, with these page numbers, or the
     entries of these indices; the first sheet has the number `start`. Returns the
     headings with their level and the id of their place. */
  const show = async ({ numbers, indices = [], start }) => {
    const articles = [];
    const chapter = indices.map((index) => entries[index]).find((e) => !e.part)?.title;
    const kinds = [`html { counter-reset: page ${start - 1}; }`];
    if (numbers) articles.push(await makeFront(), makeContents(numbers));
    for (const index of indices) {
      const entry = entries[index];
      const article = await makeEntry(entry);
      articles.push(article);
      if (entry.part) continue;
      // A kind of sheets for each page of the site, with its title at their head.
      const text = (title) => (title ? JSON.stringify(title) : "none");
      article.style.page = `sheet-${index}`;
      kinds.push(`@page sheet-${index} {
        @top-left { content: ${text(chapter === entry.title ? "" : chapter)}; }
        @top-right { content: ${text(entry.title)}; }
      }`);
    }
    articles.forEach(nameAllPlaces);
    const book = make("div", { class: "bd-article-container" }, ...articles);
    const content = make("div", { class: "bd-content" }, book);
    const style = make("style", {}, kinds.join("\n"));
    document.body.replaceChildren(style, make("div", { class: "bd-main" }, content));
    await loadStyles();
    await Promise.all([...document.images].map((image) => image.decode()));
    document.body.getBoundingClientRect(); // asks for the fonts
    await document.fonts.ready;
    fitFormulas();
    return [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => ({
      level: Number(heading.localName[1]),
      title: textOf(heading),
      place: heading.closest("[id]").id,
    }));
  };

  // Formulas that are wider than the page are drawn smaller until they fit.
  const fitFormulas = () => {
    for (const box of document.querySelectorAll(".math-scroll")) {
      const formula = box.firstElementChild;
      for (let n = 0; n < 3 && box.scrollWidth > box.clientWidth; n++) {
        const size = parseFloat(getComputedStyle(formula).fontSize);
        const fitting = (size * box.clientWidth) / box.scrollWidth;
        formula.style.fontSize = `${fitting - 0.01}px`;
      }
    }
  };

  return { open, show };
})();
