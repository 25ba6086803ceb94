// Runs Lighthouse for budgets.py, on a phone as Lighthouse models it.
// Arguments: the path of the browser, the categories with commas, the pages' addresses.
// Prints JSON, for each page: the scores, and what costs points.

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const [chromePath, categories, ...addresses] = process.argv.slice(2);
const chrome = await launch({
  chromePath,
  chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});

async function look(address) {
  const { lhr } = await lighthouse(address, {
    port: chrome.port,
    logLevel: "error",
    onlyCategories: categories.split(","),
    disableFullPageScreenshot: true,
  });
  if (lhr.runtimeError) throw new Error(`${address}: ${lhr.runtimeError.message}`);
  const kinds = Object.values(lhr.categories);
  const faults = kinds
    .filter(({ id }) => id !== "performance")
    .flatMap(({ auditRefs }) => auditRefs)
    .filter(({ id, weight }) => weight && (lhr.audits[id].score ?? 1) < 1)
    .map(({ id }) => `${id}: ${lhr.audits[id].title}`);
  const scores = Object.fromEntries(
    kinds.map(({ id, score }) => [id, Math.round(100 * score)]),
  );
  return { scores, faults };
}

try {
  const looks = [];
  for (const address of addresses) looks.push(await look(address));
  console.log(JSON.stringify(looks));
} finally {
  chrome.kill();
}
