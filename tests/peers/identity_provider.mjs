// The OpenID Connect provider that the tests sign in at: whoever says a name on its page is signed
// in as that person, without a password.
//
//   node identity_provider.mjs PORT REDIRECT_URI ALGORITHM [KEY CERTIFICATE]
//
// ALGORITHM is what it signs ID tokens with for us. It listens on loopback until it is ended, with
// the two PEM files over https.

import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';

import Provider from 'oidc-provider';

const [port, redirectUri, algorithm, key, certificate] = process.argv.slice(2);

const issuer = `${key ? 'https' : 'http'}://127.0.0.1:${port}`;
// New ones at every start: whoever knew the old ones has to ask again.
const keys = [
  { key: generateKeyPairSync('rsa', { modulusLength: 2048 }), alg: 'RS256' },
  { key: generateKeyPairSync('ec', { namedCurve: 'P-256' }), alg: 'ES256' },
];

const provider = new Provider(issuer, {
  clients: [{
    client_id: 'esecured',
    client_secret: 'a password that only the two of us know',
    redirect_uris: [redirectUri],
    id_token_signed_response_alg: algorithm,
  }],
  cookies: { keys: ['only for tests'] },
  enabledJWA: { idTokenSigningAlgValues: ['RS256', 'ES256', 'HS256'] },
  features: { devInteractions: { enabled: false } },
  // Everybody has the same address here: nobody may be known by it.
  findAccount: async (_, accountId) => ({
    accountId,
    claims: async () => ({ sub: accountId, email: 'anna@tulips.example', email_verified: true }),
  }),
  interactions: { url: async (_, interaction) => `/who/${interaction.uid}` },
  jwks: { keys: keys.map(({ key, alg }) => ({ ...key.privateKey.export({ format: 'jwk' }), alg, use: 'sig' })) },
  // Nobody is asked whether we may know who they are.
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId,
      accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid');
    await grant.save();
    return grant;
  },
  pkce: { required: () => true },
  ttl: { Session: 3600, Grant: 3600, Interaction: 600, IdToken: 1200, AccessToken: 600, AuthorizationCode: 60 },
});
const others = provider.callback();

const answer = async (request, response) => {
  if (!request.url.startsWith('/who/')) {
    others(request, response);
  } else if (request.method === 'GET') {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(`<!doctype html><title>Who are you?</title>
<form method="post"><input name="person"><button>Sign in</button></form>`);
  } else {
    let body = '';
    for await (const part of request) body += part;
    const person = new URLSearchParams(body).get('person');
    const result = person
      ? { login: { accountId: person } }
      : { error: 'access_denied', error_description: 'nobody said a name' };
    await provider.interactionFinished(request, response, result);
  }
};
const server = key
  ? createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, answer)
  : createServer(answer);
server.listen(Number(port), '127.0.0.1');
