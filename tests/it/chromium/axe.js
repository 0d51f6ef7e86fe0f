// What axe-core finds on the page, in words; its own script was run before.

const [done] = arguments;
const rules = { values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], type: "tag" };

axe
  .run(document, { runOnly: rules, resultTypes: ["violations"] })
  .then((results) =>
    done(
      results.violations.flatMap((violation) =>
        violation.nodes.map((node) => `${violation.id}: ${violation.help}: ${node.html} ${node.failureSummary}`),
      ),
    ),
  )
  .catch((error) => done([`axe-core failed: ${error}`]));
