// What mail programs do not know, or know in part, of the HTML files named on the command line; by the tables of
// caniemail.com. Prints one JSON object: a feature, and the programs.

import { readFileSync } from "node:fs";

import { caniemail, rawData } from "caniemail";

const programs = new Set();
for (const { stats } of Object.values(rawData.data)) {
  for (const [family, platforms] of Object.entries(stats)) {
    for (const platform of Object.keys(platforms)) programs.add(`${family}.${platform}`);
  }
}

const found = {};
const unknown = new Set();
for (const file of process.argv.slice(2)) {
  const html = readFileSync(file, "utf8");
  for (const program of programs) {
    let issues;
    try {
      ({ issues } = caniemail({ clients: [program], html }));
    } catch (error) {
      // The tables do not say for every program what it does with every feature.
      if (!/^Feature ".*" not found on/.test(error.message)) throw error;
      unknown.add(program);
      continue;
    }
    for (const kind of [issues.errors, issues.warnings]) {
      for (const [name, all] of kind) {
        for (const { title } of all) (found[title] ??= new Set()).add(name);
      }
    }
  }
}

const listed = Object.entries(found).map(([title, names]) => [title, [...names].sort()]);
console.log(JSON.stringify({ found: Object.fromEntries(listed), looked: programs.size - unknown.size }));
