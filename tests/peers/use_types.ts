// Asks for access with the types that openapi-typescript made, and waits for the decision.
// use_types.js BASE_URL API_KEY ACCOUNT_NUMBER EMAIL
// Says `asked` when somebody can decide, then what became of it.
import createClient from 'openapi-fetch';
import { once } from 'node:events';
import type { components, paths } from './api.js';

type AccessRequest = components['schemas']['AccessRequest'];

const [baseUrl, key, accountNumber, email] = process.argv.slice(2) as [string, string, string, string];
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

function check(holds: unknown, what: unknown): asserts holds {
  if (!holds) throw new Error(JSON.stringify(what));
}

// @ts-expect-error: the types do not let a member be misspelt.
const misspelt: components['schemas']['NewAccessRequest'] = { accountNumber, emial: email };
const refused = await client.POST('/v1/access-requests', { body: misspelt });
check(refused.error?.errors?.some((fault) => fault.pointer === '/emial'), refused.error);

const asked = await client.POST('/v1/access-requests', {
  params: { header: { 'Idempotency-Key': 'order-8841' } },
  body: { accountNumber, email, name: 'Joris Jansen' },
});
check(asked.data && 'id' in asked.data, asked.error);
const request: AccessRequest = asked.data;
check(request.status === 'pending', request);
console.log('asked');

const decided = await client.GET('/v1/access-requests/{id}', {
  params: { path: { id: request.id }, header: { Prefer: 'wait=30' } },
});
check(decided.data?.decision, decided.error);
console.log(decided.data.status, decided.data.decision.door);

await once(process.stdin, 'data');
const told = await client.GET('/v1/events');
console.log(...(told.data?.data ?? []).map((event) => event.type));
process.exit();
