// Quizzes: check the reader's choice and show the explanations beside it.
// The markup, and every word, comes from dlcourse/site/quiz.py; without this script
// the reader opens "Answers and why".
"use strict";

for (const quiz of document.querySelectorAll("form.quiz")) {
  const button = quiz.querySelector(".quiz-check");
  const result = quiz.querySelector(".quiz-result");
  const options = [...quiz.querySelectorAll(".quiz-option")];
  const reasons = [...quiz.querySelectorAll(".quiz-answers .quiz-why")];
  const words = quiz.dataset;

  button.disabled = button.hidden = false;

  const clear = () => {
    result.textContent = "";
    delete quiz.dataset.state;
    for (const option of options) {
      delete option.dataset.verdict;
      option.querySelector("input").removeAttribute("aria-describedby");
      const note = option.querySelector(".quiz-note");
      note.hidden = true;
      note.replaceChildren();
    }
  };

  const explain = (option, reason, verdict, word) => {
    const note = option.querySelector(".quiz-note");
    const label = document.createElement("strong");
    label.className = "quiz-verdict";
    label.textContent = word;
    note.replaceChildren(label, ...[...reason.childNodes].map((n) => n.cloneNode(true)));
    note.hidden = false;
    option.dataset.verdict = verdict;
    option.querySelector("input").setAttribute("aria-describedby", note.id);
  };

  quiz.addEventListener("change", clear);

  quiz.addEventListener("submit", (event) => {
    event.preventDefault();
    clear();
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
      if (chosen[i]) {
        const verdict = right ? "right" : "wrong";
        explain(option, reasons[i], verdict, right ? words.chosen : words.mistaken);
      }
    });
    const single = options[0].querySelector("input").type === "radio";
    const perfect = mistakes + missing === 0;
    quiz.dataset.state = perfect ? "right" : "wrong";
    if (perfect) result.textContent = words.right;
    else if (single) result.textContent = words.wrong;
    else result.textContent = mistakes ? words.partly : words.missing;
  });
}
