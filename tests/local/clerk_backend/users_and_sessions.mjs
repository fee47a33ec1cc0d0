// Tests users and sessions of the Clerk emulator with Clerk's own client, `@clerk/backend`, as apps install it.
//
// The steps build on each other and start with an instance without users. The first failed step ends the process.
//
// USHER_CLERK_BACKEND           the directory whose node_modules contains @clerk/backend
// USHER_API_URL                 the address of Usher's API
// CLERK_API_URL                 the address of the emulator
// CLERK_SECRET_KEY              the secret key of the emulator
// CLERK_JWT_KEY                 the public key of the emulator, as PEM
// CLERK_WEBHOOK_DELIVERY        a user.created event as an emulator delivered it: {"headers": {name: value}, "body": text}
// CLERK_WEBHOOK_SIGNING_SECRET  the signing secret of that event

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const { USHER_API_URL, CLERK_API_URL, CLERK_SECRET_KEY, CLERK_JWT_KEY, CLERK_WEBHOOK_SIGNING_SECRET } = process.env;
const require = createRequire(resolve(process.env.USHER_CLERK_BACKEND, 'package.json'));
const { createClerkClient, verifyToken } = require('@clerk/backend');
const { isClerkAPIResponseError } = require('@clerk/backend/errors');
const { verifyWebhook } = require('@clerk/backend/webhooks');

const client = (secretKey) =>
  // Telemetry would be sent to Clerk.
  createClerkClient({ secretKey, apiUrl: CLERK_API_URL, telemetry: { disabled: true } });
const { users, sessions, signInTokens } = client(CLERK_SECRET_KEY);
const WRONG_KEY = 'sk_test_wrong';
const DAY_MS = 24 * 60 * 60 * 1000;

async function step(name, run) {
  try {
    const result = await run();
    console.log(`passed: ${name}`);
    return result;
  } catch (error) {
    console.error(`failed: ${name}\n${error.stack}`);
    if (isClerkAPIResponseError(error)) console.error(error.status, error.errors);
    process.exit(1);
  }
}

/** Asserts that Clerk's client throws an error with this status and code, and with the name of the parameter if given. */
async function assertRefused(call, status, code, param) {
  const error = await call.then(
    (value) => assert.fail(`not refused: ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(isClerkAPIResponseError(error), `not a ClerkAPIResponseError: ${error.stack}`);
  assert.deepEqual(
    { status: error.status, code: error.errors[0].code, param: error.errors[0].meta?.paramName },
    { status, code, param },
  );
  assert.ok(error.errors[0].message && error.errors[0].longMessage, 'the error has no message');
  assert.ok(error.clerkTraceId, 'the error has no clerkTraceId');
}

/** Asserts that the emulator sent every field that the client reads; a missing one is undefined. */
function assertFilled(resource) {
  const missing = Object.keys(resource).filter((name) => resource[name] === undefined);
  assert.deepEqual(missing, [], `${resource.constructor.name} lacks fields`);
}

/** Calls `GET /users/me` of Usher. */
async function getMe(jwt) {
  const response = await fetch(`${USHER_API_URL}/users/me`, { headers: { authorization: `Bearer ${jwt}` } });
  return { status: response.status, body: await response.json() };
}

const mintToken = async (session, ...options) => (await sessions.getToken(session.id, ...options)).jwt;
const ids = ({ data }) => data.map((user) => user.id);

const ada = await step('createUser returns the created user', async () => {
  const user = await users.createUser({
    emailAddress: ['Ada@Example.com'],
    phoneNumber: ['+15555550100'],
    username: 'ada',
    firstName: 'Ada',
    lastName: 'Lovelace',
    externalId: 'customer-1',
    password: 'correct horse battery staple',
    // The keys of metadata belong to the app and must not be converted to snake case.
    publicMetadata: { planName: 'free', limits: { threadsPerDay: 3, messages: 50 } },
    privateMetadata: { stripeId: 'cus_1' },
    unsafeMetadata: { theme: 'dark' },
  });
  assertFilled(user);
  assert.match(user.id, /^user_/);
  assert.equal(user.fullName, 'Ada Lovelace');
  assert.equal(user.primaryEmailAddress.emailAddress, 'ada@example.com');
  assert.equal(user.primaryEmailAddress.verification.status, 'verified');
  assert.equal(user.primaryPhoneNumber.phoneNumber, '+15555550100');
  assert.deepEqual([user.username, user.externalId, user.passwordEnabled], ['ada', 'customer-1', true]);
  assert.deepEqual(user.publicMetadata, { planName: 'free', limits: { threadsPerDay: 3, messages: 50 } });
  assert.deepEqual(user.privateMetadata, { stripeId: 'cus_1' });
  assert.deepEqual(user.unsafeMetadata, { theme: 'dark' });
  assert.ok(Math.abs(Date.now() - user.createdAt) < DAY_MS, 'createdAt is not in milliseconds');
  return user;
});

await step('getUser returns the same user', async () => {
  assert.deepEqual(await users.getUser(ada.id), ada);
});

const grace = await users.createUser({ emailAddress: ['grace@example.com'], firstName: 'Grace' });
const alan = await users.createUser({ emailAddress: ['alan@example.com'], firstName: 'Alan' });

await step('getUserList returns the newest user first, and the total count', async () => {
  const list = await users.getUserList();
  assert.deepEqual(ids(list), [alan.id, grace.id, ada.id]);
  assert.equal(list.totalCount, 3);
  assert.deepEqual(list.data[2], ada);
});

await step('limit and offset of getUserList select a page, and totalCount stays the same', async () => {
  const first = await users.getUserList({ limit: 2 });
  assert.deepEqual([ids(first), first.totalCount], [[alan.id, grace.id], 3]);
  const second = await users.getUserList({ limit: 2, offset: 2 });
  assert.deepEqual([ids(second), second.totalCount], [[ada.id], 3]);
  const third = await users.getUserList({ limit: 2, offset: 4 });
  assert.deepEqual([ids(third), third.totalCount], [[], 3]);
});

await step('orderBy of getUserList changes the order', async () => {
  assert.deepEqual(ids(await users.getUserList({ orderBy: '+created_at' })), [ada.id, grace.id, alan.id]);
  assert.deepEqual(ids(await users.getUserList({ orderBy: '-created_at' })), [alan.id, grace.id, ada.id]);
});

await step('userId of getUserList and getCount selects these users', async () => {
  const one = await users.getUserList({ userId: [grace.id] });
  assert.deepEqual([ids(one), one.totalCount], [[grace.id], 1]);
  const two = await users.getUserList({ userId: [ada.id, alan.id, 'user_unknown'] });
  assert.deepEqual([ids(two), two.totalCount], [[alan.id, ada.id], 2]);
  const page = await users.getUserList({ userId: [ada.id, alan.id], orderBy: '+created_at', limit: 1, offset: 1 });
  assert.deepEqual([ids(page), page.totalCount], [[alan.id], 2]);
  const none = await users.getUserList({ userId: ['user_unknown'] });
  assert.deepEqual([ids(none), none.totalCount], [[], 0]);
  assert.equal(await users.getCount(), 3);
  assert.equal(await users.getCount({ userId: [ada.id, grace.id] }), 2);
});

await step('emailAddress and query of getUserList select users', async () => {
  const one = await users.getUserList({ emailAddress: ['Grace@example.com'] });
  assert.deepEqual([ids(one), one.totalCount], [[grace.id], 1]);
  const two = await users.getUserList({ emailAddress: ['ada@example.com', 'alan@example.com'] });
  assert.deepEqual([ids(two), two.totalCount], [[alan.id, ada.id], 2]);
  const named = await users.getUserList({ query: 'lovel' });
  assert.deepEqual([ids(named), named.totalCount], [[ada.id], 1]);
  const all = await users.getUserList({ query: 'example.com', limit: 1 });
  assert.deepEqual([ids(all), all.totalCount], [[alan.id], 3]);
});

const session = await step('createSession creates a session, and getSession returns it', async () => {
  const session = await sessions.createSession({ userId: ada.id });
  assertFilled(session);
  assert.match(session.id, /^sess_/);
  assert.deepEqual([session.userId, session.status], [ada.id, 'active']);
  assert.ok(session.expireAt > Date.now(), 'the session has expired');
  assert.deepEqual(await sessions.getSession(session.id), session);
  return session;
});

const jwt = await step('verifyToken accepts the token of getToken, with the PEM and with the key set', async () => {
  const jwt = await mintToken(session);
  const claims = await verifyToken(jwt, { jwtKey: CLERK_JWT_KEY });
  assert.deepEqual([claims.sub, claims.sid, claims.sts, claims.v], [ada.id, session.id, 'active', 2]);
  assert.equal(claims.exp - claims.iat, 60);
  assert.deepEqual(await verifyToken(jwt, { secretKey: CLERK_SECRET_KEY, apiUrl: CLERK_API_URL }), claims);
  return jwt;
});

await step('verifyToken rejects a changed token', async () => {
  const [header, , signature] = jwt.split('.');
  const claims = { ...(await verifyToken(jwt, { jwtKey: CLERK_JWT_KEY })), sub: grace.id };
  const changed = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
  for (const key of [{ jwtKey: CLERK_JWT_KEY }, { secretKey: CLERK_SECRET_KEY, apiUrl: CLERK_API_URL }]) {
    await assert.rejects(verifyToken(changed, key), { reason: 'token-invalid-signature' });
  }
});

await step('getToken takes the lifetime of the token', async () => {
  const { exp, iat } = await verifyToken(await mintToken(session, undefined, 600), { jwtKey: CLERK_JWT_KEY });
  assert.equal(exp - iat, 600);
});

await step('getToken with a template returns a token of that template', async () => {
  const jwt = await mintToken(session, 'supabase');
  const claims = await verifyToken(jwt, { jwtKey: CLERK_JWT_KEY, audience: 'supabase' });
  assert.deepEqual([claims.sub, claims.aud, claims.sid], [ada.id, 'supabase', undefined]);
  // Usher accepts session tokens only.
  assert.equal((await getMe(jwt)).status, 401);
});

await step("Usher's API accepts the session token of the user", async () => {
  const { status, body } = await getMe(jwt);
  assert.deepEqual([status, body.id, body.first_name], [200, ada.id, 'Ada']);
  assert.equal('private_metadata' in body, false);
});

await step('updateUser changes only the given fields, in Usher too', async () => {
  const user = await users.updateUser(ada.id, { firstName: 'Augusta Ada', username: null });
  assert.deepEqual([user.firstName, user.lastName, user.username], ['Augusta Ada', 'Lovelace', null]);
  assert.deepEqual(user.publicMetadata, ada.publicMetadata);
  assert.ok(user.updatedAt > ada.updatedAt, 'updatedAt did not increase');
  assert.equal((await getMe(await mintToken(session))).body.first_name, 'Augusta Ada');
  assert.deepEqual(ids(await users.getUserList({ orderBy: '-updated_at', limit: 1 })), [ada.id]);
});

await step('updateUserMetadata merges at every depth, and null removes a key', async () => {
  const user = await users.updateUserMetadata(ada.id, {
    publicMetadata: { planName: null, limits: { messages: 100 }, betaTester: true },
    privateMetadata: { crmId: 7 },
  });
  assert.deepEqual(user.publicMetadata, { limits: { threadsPerDay: 3, messages: 100 }, betaTester: true });
  assert.deepEqual(user.privateMetadata, { stripeId: 'cus_1', crmId: 7 });
  assert.deepEqual(user.unsafeMetadata, { theme: 'dark' });
  assert.deepEqual(await users.getUser(ada.id), user);
});

await step('replaceUserMetadata replaces only the given metadata', async () => {
  const user = await users.replaceUserMetadata(ada.id, { publicMetadata: { plan: 'pro' } });
  assert.deepEqual(user.publicMetadata, { plan: 'pro' });
  assert.deepEqual(user.privateMetadata, { stripeId: 'cus_1', crmId: 7 });
  assert.deepEqual(await users.getUser(ada.id), user);
});

await step('an unknown user or session is 404', async () => {
  await assertRefused(users.getUser('user_unknown'), 404, 'resource_not_found');
  await assertRefused(users.updateUser('user_unknown', { firstName: 'Nobody' }), 404, 'resource_not_found');
  await assertRefused(users.updateUserMetadata('user_unknown', { publicMetadata: {} }), 404, 'resource_not_found');
  await assertRefused(users.deleteUser('user_unknown'), 404, 'resource_not_found');
  await assertRefused(sessions.getSession('sess_unknown'), 404, 'resource_not_found');
  await assertRefused(sessions.getToken('sess_unknown'), 404, 'resource_not_found');
  await assertRefused(sessions.revokeSession('sess_unknown'), 404, 'resource_not_found');
});

await step('a wrong secret key is 401', async () => {
  const stranger = client(WRONG_KEY);
  await assertRefused(stranger.users.getUser(ada.id), 401, 'clerk_key_invalid');
  await assertRefused(stranger.users.createUser({ firstName: 'Eve' }), 401, 'clerk_key_invalid');
  await assertRefused(stranger.sessions.getToken(session.id), 401, 'clerk_key_invalid');
});

await step('an invalid parameter is 422 and named', async () => {
  const malformed = users.createUser({ emailAddress: ['not an address'] });
  await assertRefused(malformed, 422, 'form_param_format_invalid', 'email_address');
  const taken = users.createUser({ emailAddress: ['ADA@example.com'] });
  await assertRefused(taken, 422, 'form_identifier_exists', 'email_address');
  await assertRefused(users.updateUser(ada.id, { firstName: 7 }), 422, 'form_param_type_invalid', 'first_name');
  await assertRefused(users.updateUser(ada.id, { shoeSize: 37 }), 422, 'form_param_unknown', 'shoe_size');
  await assertRefused(users.getUserList({ limit: 501 }), 422, 'form_param_value_too_large', 'limit');
  await assertRefused(sessions.createSession({}), 422, 'form_param_missing', 'user_id');
  const endless = sessions.getToken(session.id, undefined, 315_360_001);
  await assertRefused(endless, 422, 'form_param_value_too_large', 'expires_in_seconds');
  assert.equal(await users.getCount(), 3);
});

await step('getSessionList lists the sessions of a user, newest first', async () => {
  const newer = await sessions.createSession({ userId: ada.id });
  const list = await sessions.getSessionList({ userId: ada.id });
  assert.deepEqual([list.data.map(({ id }) => id), list.totalCount], [[newer.id, session.id], 2]);
  await sessions.revokeSession(newer.id);
  const active = await sessions.getSessionList({ userId: ada.id, status: 'active' });
  assert.deepEqual([active.data.map(({ id }) => id), active.totalCount], [[session.id], 1]);
});

await step('banUser revokes the sessions, and Usher refuses the user until unbanUser', async () => {
  const ban = await sessions.createSession({ userId: grace.id });
  const jwt = await mintToken(ban);
  assert.equal((await getMe(jwt)).status, 200);
  assert.equal((await users.banUser(grace.id)).banned, true);
  assert.equal((await sessions.getSession(ban.id)).status, 'revoked');
  const { status, body } = await getMe(jwt);
  assert.deepEqual([status, body.type], [403, 'urn:usher:problem:user-banned']);
  assert.equal((await users.unbanUser(grace.id)).banned, false);
  assert.equal((await getMe(jwt)).status, 200);
});

await step('lockUser and unlockUser change the user', async () => {
  assert.equal((await users.lockUser(grace.id)).locked, true);
  assert.equal((await users.getUser(grace.id)).locked, true);
  assert.equal((await users.unlockUser(grace.id)).locked, false);
});

await step('createSignInToken and revokeSignInToken return the token', async () => {
  const token = await signInTokens.createSignInToken({ userId: grace.id, expiresInSeconds: 600 });
  assertFilled(token);
  assert.deepEqual([token.userId, token.status], [grace.id, 'pending']);
  assert.equal((await signInTokens.revokeSignInToken(token.id)).status, 'revoked');
  // It is not a session token.
  assert.equal((await getMe(token.token)).status, 401);
});

await step('revokeSession ends the session, which then mints no tokens', async () => {
  const revoked = await sessions.revokeSession(session.id);
  assert.deepEqual([revoked.id, revoked.status], [session.id, 'revoked']);
  assert.equal((await sessions.getSession(session.id)).status, 'revoked');
  await assertRefused(sessions.getToken(session.id), 404, 'resource_not_found');
});

await step('deleteUser deletes the user, in Usher too', async () => {
  const another = await sessions.createSession({ userId: ada.id });
  const jwt = await mintToken(another);
  assert.equal((await getMe(jwt)).status, 200);
  const deleted = await users.deleteUser(ada.id);
  assert.deepEqual([deleted.object, deleted.id, deleted.deleted], ['user', ada.id, true]);
  await assertRefused(users.getUser(ada.id), 404, 'resource_not_found');
  await assertRefused(sessions.getToken(another.id), 404, 'resource_not_found');
  assert.deepEqual(ids(await users.getUserList()), [alan.id, grace.id]);
  assert.equal(await users.getCount(), 2);
  const { status, body } = await getMe(jwt);
  assert.deepEqual([status, body.type], [401, 'urn:usher:problem:user-deleted']);
});

await step('verifyWebhook accepts a delivery, and rejects a changed body and another secret', async () => {
  const { headers, body } = JSON.parse(process.env.CLERK_WEBHOOK_DELIVERY);
  const delivery = (body) => new Request('http://localhost/webhooks', { method: 'POST', headers, body });
  const signingSecret = CLERK_WEBHOOK_SIGNING_SECRET;
  const event = await verifyWebhook(delivery(body), { signingSecret });
  assert.deepEqual(event, JSON.parse(body));
  assert.equal(event.type, 'user.created');
  assert.match(event.data.id, /^user_/);
  assert.match(event.instance_id, /^ins_/);
  await assert.rejects(verifyWebhook(delivery(`${body} `), { signingSecret }), /Unable to verify incoming webhook/);
  const other = `whsec_${Buffer.alloc(24, 7).toString('base64')}`;
  const foreign = verifyWebhook(delivery(body), { signingSecret: other });
  await assert.rejects(foreign, /Unable to verify incoming webhook/);
});
