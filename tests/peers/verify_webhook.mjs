// Verifies a webhook with the library of Standard Webhooks. Reads {secret, body, headers} as JSON from stdin and
// prints "verified", or "refused: " and why.
import { readFileSync } from "node:fs";
import { Webhook } from "standardwebhooks";

const { secret, body, headers } = JSON.parse(readFileSync(0, "utf8"));
try {
  const event = new Webhook(secret).verify(body, headers);
  if (JSON.stringify(event) !== JSON.stringify(JSON.parse(body))) throw new Error("another body");
  console.log("verified");
} catch (error) {
  console.log(`refused: ${error.message}`);
}
