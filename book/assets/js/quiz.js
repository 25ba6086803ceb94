// Quizzes: check the reader's answer and show the explanations beside it.
// The markup, and every word, comes from dlcourse/site/quiz.py; without this script
// the reader opens "Answers and why".
"use strict";

// The numbers that a text may mean, none if it is not understood. A comma divides
// thousands or stands before decimals, so "1,250" means two.
const readings = (text, percent) => {
  const plain = text
    .replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/\s/g, "")
    .replace(/[\u2212\u2013]/g, "-")
    .replace(/[\u2044\u2215\u00f7]/g, "/");
  const number = String.raw`[\d.,]*\d[.,]?(?:[eE][-+]?\d+)?`;
  const parts = plain.match(RegExp(`^([-+]?)(${number})(?:/(${number}))?(%?)$`));
  if (!parts) return [];
  const [, sign, above, below = "1", unit] = parts;
  const scale = (sign === "-" ? -1 : 1) / (unit && !percent ? 100 : 1);
  const plainly = (digits) => [
    ...(/^[1-9]\d{0,2}(,\d{3})+(?![\d,])/.test(digits) ? [digits.replaceAll(",", "")] : []),
    digits.replace(",", "."),
  ].map(Number);
  return plainly(above)
    .flatMap((a) => plainly(below).map((b) => (scale * a) / b))
    .filter(Number.isFinite);
};

for (const quiz of document.querySelectorAll("form.quiz")) {
  const button = quiz.querySelector(".quiz-check");
  const result = quiz.querySelector(".quiz-result");
  const field = quiz.querySelector(".quiz-field");
  const options = [...quiz.querySelectorAll(".quiz-option")];
  const answers = [...quiz.querySelectorAll(".quiz-answers li")];
  const words = quiz.dataset;

  button.disabled = button.hidden = false;
  if (field) field.hidden = false;

  const clear = () => {
    result.textContent = "";
    delete quiz.dataset.state;
    for (const place of field ? [field] : options) {
      delete place.dataset.verdict;
      place.querySelector("input").removeAttribute("aria-describedby");
      const note = place.querySelector(".quiz-note");
      note.hidden = true;
      note.replaceChildren();
    }
  };

  const explain = (place, answer) => {
    const right = answer.className === "right";
    const note = place.querySelector(".quiz-note");
    const label = document.createElement("strong");
    label.className = "quiz-verdict";
    label.textContent = right ? words.chosen : words.mistaken;
    const reason = answer.querySelector(".quiz-why");
    note.replaceChildren(label, ...[...reason.childNodes].map((n) => n.cloneNode(true)));
    note.hidden = false;
    place.dataset.verdict = right ? "right" : "wrong";
    place.querySelector("input").setAttribute("aria-describedby", note.id);
  };

  const conclude = (state, word) => {
    quiz.dataset.state = state;
    result.textContent = word;
  };

  const checkNumber = () => {
    const text = field.querySelector("input").value;
    const numbers = readings(text, Boolean(words.percent));
    if (!numbers.length) {
      result.textContent = text.trim() ? words.unreadable : words.none;
      return;
    }
    // Decimal numbers are stored rounded: the end of the tolerance belongs to it.
    const near = (a, b) =>
      Math.abs(a - b) <= Number(words.tolerance) + 1e-12 * Math.max(Math.abs(a), Math.abs(b));
    const fitting = answers.filter((answer) =>
      numbers.some((number) => near(number, Number(answer.dataset.value))));
    const answer = fitting.find((a) => a.className === "right") ?? fitting[0];
    if (answer) explain(field, answer);
    if (answer?.className === "right") conclude("right", words.right);
    else conclude("wrong", answer ? words.known : words.wrong);
  };

  const checkChoices = () => {
    const chosen = options.map((option) => option.querySelector("input").checked);
    if (!chosen.includes(true)) {
      result.textContent = words.none;
      return;
    }
    let mistakes = 0;
    let missing = 0;
    options.forEach((option, i) => {
      const right = option.dataset.right === "true";
      if (chosen[i] && !right) mistakes += 1;
      if (!chosen[i] && right) missing += 1;
      if (chosen[i]) explain(option, answers[i]);
    });
    const single = options[0].querySelector("input").type === "radio";
    if (mistakes + missing === 0) conclude("right", words.right);
    else if (single) conclude("wrong", words.wrong);
    else conclude("wrong", mistakes ? words.partly : words.missing);
  };

  quiz.addEventListener("input", clear);

  quiz.addEventListener("submit", (event) => {
    event.preventDefault();
    clear();
    if (field) checkNumber();
    else checkChoices();
  });
}
