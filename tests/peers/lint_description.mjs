// What `redocly lint` says of an OpenAPI document: each fault on a line of its own. This is the library
// behind that command; the command itself would bring three hundred packages more.
// node lint_description.mjs FILE
import { createConfig, lint } from '@redocly/openapi-core';

const config = await createConfig({
  extends: ['recommended'],
  // What may be done with the API is said by whoever runs it.
  rules: { 'info-license': 'off' },
});
for (const fault of await lint({ ref: process.argv[2], config })) {
  console.log(`${fault.severity} ${fault.ruleId} ${fault.location[0]?.pointer}: ${fault.message}`);
}
