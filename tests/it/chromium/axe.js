// What axe-core finds on the page, in words, without the rules arguments[0]; its own script was run before.

const [without, done] = arguments;
const rules = { values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], type: "tag" };

axe
  .run(document, {
    runOnly: rules,
    rules: Object.fromEntries(without.map((rule) => [rule, { enabled: false }])),
    resultTypes: ["violations"],
  })
  .then((results) =>
    done(
      results.violations.flatMap((violation) =>
        violation.nodes.map((node) => `${violation.id}: ${violation.help}: ${node.html} ${node.failureSummary}`),
      ),
    ),
  )
  .catch((error) => done([`axe-core failed: ${error}`]));
