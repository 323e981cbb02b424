// The provider that the tests sign in with: `oidc-provider` on a port of its own, with a page to sign in on and a way to misbehave.
//
// Reads one line of JSON from standard input ({ redirect_uri, accounts }), writes one ({ issuer }), and ends with its input.
// POST /test/accounts replaces the accounts; POST /test/manner says how it misbehaves from then on.

import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { SignJWT, UnsecuredJWT, decodeJwt } from 'jose';
import { Provider } from 'oidc-provider';

const CLIENT = 'simyard';
const CLASS = 'urn:example:two-factors';
const SECRET = 'a secret between the portal and its provider';

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const own = pair();
const stranger = pair();

let accounts = {};
let manner = '';

const body = async (request) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
};

function configuration(redirectUri) {
  return {
    clients: [{ client_id: CLIENT, client_secret: SECRET, redirect_uris: [redirectUri] }],
    jwks: { keys: [{ ...own.export({ format: 'jwk' }), kid: 'own', alg: 'RS256', use: 'sig' }] },
    cookies: { keys: ['for tests alone'] },
    claims: { openid: ['sub', 'acr', 'amr'], email: ['email', 'email_verified'], profile: ['name'] },
    acrValues: [CLASS],
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => accounts[id] && { accountId: id, claims: () => ({ sub: id, ...accounts[id] }) },
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  };
}

// What a dishonest provider, or somebody in between, would make of an ID token.
async function altered(token) {
  const claims = decodeJwt(token);
  const sign = (changes, key = own) =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'RS256', kid: 'own' }).sign(key);
  switch (manner) {
    case 'forged': return sign({}, stranger);
    case 'unsigned': return new UnsecuredJWT(claims).encode();
    case 'signed with the client secret':
      return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(SECRET));
    case 'another nonce': return sign({ nonce: 'another' });
    case 'no nonce': return sign({ nonce: undefined });
    case 'expired': return sign({ iat: claims.iat - 7200, exp: claims.iat - 3600 });
    case 'not yet valid': return sign({ nbf: claims.iat + 600 });
    case 'another issuer': return sign({ iss: 'https://another.example' });
    case 'another audience': return sign({ aud: 'another' });
    case 'address in the token': return sign(accounts[claims.sub]);
    default: return token;
  }
}

// How somebody has signed in there.
async function methods(request, response) {
  switch (manner) {
    case 'password': return { amr: ['pwd'] };
    case 'password and code': return { amr: ['pwd', 'otp'] };
    case 'what is asked for': {
      const { params } = await provider.interactionDetails(request, response);
      return { acr: params.acr_values };
    }
    default: return {};
  }
}

const page = (uid) => `<!doctype html><html lang="en"><title>Provider</title><main><h1>Provider</h1>
<form method="post" action="/interaction/${uid}"><label>Account <input name="account"></label> <button>Sign in there</button></form></main>`;

const input = createInterface({ input: process.stdin });
const { value: line } = await input[Symbol.asyncIterator]().next();
const asked = JSON.parse(line);
accounts = asked.accounts;

const server = createServer();
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, configuration(asked.redirect_uri));
provider.use(async (context, next) => {
  await next();
  if (context.body?.id_token) context.body.id_token = await altered(context.body.id_token);
});
const answer = provider.callback();

server.on('request', async (request, response) => {
  const { pathname } = new URL(request.url, issuer);
  if (pathname === '/test/accounts') {
    accounts = JSON.parse(await body(request));
    return response.end();
  }
  if (pathname === '/test/manner') {
    manner = await body(request);
    return response.end();
  }
  if (pathname === '/.well-known/openid-configuration') {
    switch (manner) {
      case 'silent': return undefined;
      case 'huge': return response.end(' '.repeat(2 * 1024 * 1024));
      case 'not JSON': return response.end('<p>');
      case 'elsewhere': return response.writeHead(302, { location: `${issuer}/jwks` }).end();
      case 'failing': return response.writeHead(500).end();
      default:
    }
  }
  if (pathname.startsWith('/interaction/')) {
    const uid = pathname.split('/')[2];
    if (request.method !== 'POST') return response.setHeader('content-type', 'text/html').end(page(uid));
    const account = new URLSearchParams(await body(request)).get('account');
    const outcome = account
      ? { login: { accountId: account, ...await methods(request, response) } }
      : { error: 'access_denied', error_description: 'Nobody signed in.' };
    return provider.interactionFinished(request, response, outcome);
  }
  return answer(request, response);
});

console.log(JSON.stringify({ issuer }));
input.on('close', () => process.exit());
