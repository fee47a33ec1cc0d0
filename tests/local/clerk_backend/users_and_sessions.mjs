// Users and sessions of the Clerk emulator, by Clerk's own client: `@clerk/backend`, as apps have it installed.
//
// A story on an instance without users. It ends at the first thing that does not hold, and says which.
//
// USHER_CLERK_BACKEND           directory whose node_modules holds @clerk/backend
// USHER_API_URL                 Usher's API
// CLERK_API_URL                 the emulator
// CLERK_SECRET_KEY              its secret key
// CLERK_JWT_KEY                 its public key, PEM
// CLERK_WEBHOOK_DELIVERY        a user.created as an emulator delivered it: {"headers": {name: value}, "body": text}
// CLERK_WEBHOOK_SIGNING_SECRET  the signing secret of that emulator

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const { USHER_API_URL, CLERK_API_URL, CLERK_SECRET_KEY, CLERK_JWT_KEY, CLERK_WEBHOOK_SIGNING_SECRET } = process.env;
const require = createRequire(resolve(process.env.USHER_CLERK_BACKEND, 'package.json'));
const { createClerkClient, verifyToken } = require('@clerk/backend');
const { isClerkAPIResponseError } = require('@clerk/backend/errors');
const { verifyWebhook } = require('@clerk/backend/webhooks');

const client = (secretKey) =>
  // Telemetry would go to Clerk.
  createClerkClient({ secretKey, apiUrl: CLERK_API_URL, telemetry: { disabled: true } });
const { users, sessions } = client(CLERK_SECRET_KEY);
const WRONG_KEY = 'sk_test_wrong';
const DAY_MS = 24 * 60 * 60 * 1000;

async function step(what, tell) {
  try {
    const result = await tell();
    console.log(`holds: ${what}`);
    return result;
  } catch (error) {
    console.error(`does not hold: ${what}\n${error.stack}`);
    if (isClerkAPIResponseError(error)) console.error(error.status, error.errors);
    process.exit(1);
  }
}

/** The call is refused with this status and this code, the parameter named where there is one. */
async function refused(call, status, code, param) {
  const error = await call.then(
    (value) => assert.fail(`not refused: ${JSON.stringify(value)}`),
    (error) => error,
  );
  assert.ok(isClerkAPIResponseError(error), `not a ClerkAPIResponseError: ${error.stack}`);
  assert.deepEqual(
    { status: error.status, code: error.errors[0].code, param: error.errors[0].meta?.paramName },
    { status, code, param },
  );
  assert.ok(error.errors[0].message && error.errors[0].longMessage, 'says nothing');
  assert.ok(error.clerkTraceId, 'no clerkTraceId');
}

/** What the client reads and the emulator does not send is undefined. */
function assertFilled(resource) {
  const missing = Object.keys(resource).filter((name) => resource[name] === undefined);
  assert.deepEqual(missing, [], `${resource.constructor.name} lacks fields`);
}

/** `GET /users/me` of Usher. */
async function me(jwt) {
  const response = await fetch(`${USHER_API_URL}/users/me`, { headers: { authorization: `Bearer ${jwt}` } });
  return { status: response.status, body: await response.json() };
}

const tokenOf = async (session, ...how) => (await sessions.getToken(session.id, ...how)).jwt;
const ids = ({ data }) => data.map((user) => user.id);

const ada = await step('createUser answers the user it made', async () => {
  const user = await users.createUser({
    emailAddress: ['Ada@Example.com'],
    phoneNumber: ['+15555550100'],
    username: 'ada',
    firstName: 'Ada',
    lastName: 'Lovelace',
    externalId: 'customer-1',
    password: 'correct horse battery staple',
    // Keys of metadata are the app's: nobody may rewrite them.
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
  assert.ok(Math.abs(Date.now() - user.createdAt) < DAY_MS, 'createdAt counts milliseconds');
  return user;
});

await step('getUser answers the same user', async () => {
  assert.deepEqual(await users.getUser(ada.id), ada);
});

const grace = await users.createUser({ emailAddress: ['grace@example.com'], firstName: 'Grace' });
const alan = await users.createUser({ emailAddress: ['alan@example.com'], firstName: 'Alan' });

await step('getUserList answers the newest first, and how many there are', async () => {
  const list = await users.getUserList();
  assert.deepEqual(ids(list), [alan.id, grace.id, ada.id]);
  assert.equal(list.totalCount, 3);
  assert.deepEqual(list.data[2], ada);
});

await step('limit and offset of getUserList page through it, and totalCount stays', async () => {
  const first = await users.getUserList({ limit: 2 });
  assert.deepEqual([ids(first), first.totalCount], [[alan.id, grace.id], 3]);
  const second = await users.getUserList({ limit: 2, offset: 2 });
  assert.deepEqual([ids(second), second.totalCount], [[ada.id], 3]);
  const third = await users.getUserList({ limit: 2, offset: 4 });
  assert.deepEqual([ids(third), third.totalCount], [[], 3]);
});

await step('orderBy of getUserList turns it around', async () => {
  assert.deepEqual(ids(await users.getUserList({ orderBy: '+created_at' })), [ada.id, grace.id, alan.id]);
  assert.deepEqual(ids(await users.getUserList({ orderBy: '-created_at' })), [alan.id, grace.id, ada.id]);
});

await step('userId of getUserList and getCount asks for these users alone', async () => {
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

const session = await step('createSession signs a user in, and getSession answers the same session', async () => {
  const session = await sessions.createSession({ userId: ada.id });
  assertFilled(session);
  assert.match(session.id, /^sess_/);
  assert.deepEqual([session.userId, session.status], [ada.id, 'active']);
  assert.ok(session.expireAt > Date.now(), 'is over already');
  assert.deepEqual(await sessions.getSession(session.id), session);
  return session;
});

const jwt = await step('verifyToken believes what getToken answers: by the PEM, and by the key set', async () => {
  const jwt = await tokenOf(session);
  const claims = await verifyToken(jwt, { jwtKey: CLERK_JWT_KEY });
  assert.deepEqual([claims.sub, claims.sid, claims.sts, claims.v], [ada.id, session.id, 'active', 2]);
  assert.equal(claims.exp - claims.iat, 60);
  assert.deepEqual(await verifyToken(jwt, { secretKey: CLERK_SECRET_KEY, apiUrl: CLERK_API_URL }), claims);
  return jwt;
});

await step('verifyToken believes no token that was changed', async () => {
  const [header, , signature] = jwt.split('.');
  const claims = { ...(await verifyToken(jwt, { jwtKey: CLERK_JWT_KEY })), sub: grace.id };
  const changed = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.');
  for (const key of [{ jwtKey: CLERK_JWT_KEY }, { secretKey: CLERK_SECRET_KEY, apiUrl: CLERK_API_URL }]) {
    await assert.rejects(verifyToken(changed, key), { reason: 'token-invalid-signature' });
  }
});

await step('getToken takes how long the token shall live', async () => {
  const { exp, iat } = await verifyToken(await tokenOf(session, undefined, 600), { jwtKey: CLERK_JWT_KEY });
  assert.equal(exp - iat, 600);
});

await step("getToken with a template answers that template's token", async () => {
  const jwt = await tokenOf(session, 'supabase');
  const claims = await verifyToken(jwt, { jwtKey: CLERK_JWT_KEY, audience: 'supabase' });
  assert.deepEqual([claims.sub, claims.aud, claims.sid], [ada.id, 'supabase', undefined]);
  // It is not a session token, and Usher takes no other.
  assert.equal((await me(jwt)).status, 401);
});

await step("Usher's API takes the session token for the user it is of", async () => {
  const { status, body } = await me(jwt);
  assert.deepEqual([status, body.id, body.first_name], [200, ada.id, 'Ada']);
  assert.equal('private_metadata' in body, false);
});

await step('updateUser changes what is given and nothing else, in Usher too', async () => {
  const user = await users.updateUser(ada.id, { firstName: 'Augusta Ada', username: null });
  assert.deepEqual([user.firstName, user.lastName, user.username], ['Augusta Ada', 'Lovelace', null]);
  assert.deepEqual(user.publicMetadata, ada.publicMetadata);
  assert.ok(user.updatedAt > ada.updatedAt, 'updatedAt stays');
  assert.equal((await me(await tokenOf(session))).body.first_name, 'Augusta Ada');
  assert.deepEqual(ids(await users.getUserList({ orderBy: '-updated_at', limit: 1 })), [ada.id]);
});

await step('updateUserMetadata merges at every depth, null takes a key away', async () => {
  const user = await users.updateUserMetadata(ada.id, {
    publicMetadata: { planName: null, limits: { messages: 100 }, betaTester: true },
    privateMetadata: { crmId: 7 },
  });
  assert.deepEqual(user.publicMetadata, { limits: { threadsPerDay: 3, messages: 100 }, betaTester: true });
  assert.deepEqual(user.privateMetadata, { stripeId: 'cus_1', crmId: 7 });
  assert.deepEqual(user.unsafeMetadata, { theme: 'dark' });
  assert.deepEqual(await users.getUser(ada.id), user);
});

await step('replaceUserMetadata replaces what is given and leaves the rest', async () => {
  const user = await users.replaceUserMetadata(ada.id, { publicMetadata: { plan: 'pro' } });
  assert.deepEqual(user.publicMetadata, { plan: 'pro' });
  assert.deepEqual(user.privateMetadata, { stripeId: 'cus_1', crmId: 7 });
  assert.deepEqual(await users.getUser(ada.id), user);
});

await step('what is unknown is 404', async () => {
  await refused(users.getUser('user_unknown'), 404, 'resource_not_found');
  await refused(users.updateUser('user_unknown', { firstName: 'Nobody' }), 404, 'resource_not_found');
  await refused(users.updateUserMetadata('user_unknown', { publicMetadata: {} }), 404, 'resource_not_found');
  await refused(users.deleteUser('user_unknown'), 404, 'resource_not_found');
  await refused(sessions.getSession('sess_unknown'), 404, 'resource_not_found');
  await refused(sessions.getToken('sess_unknown'), 404, 'resource_not_found');
  await refused(sessions.revokeSession('sess_unknown'), 404, 'resource_not_found');
});

await step('with a wrong secret key everything is 401', async () => {
  const stranger = client(WRONG_KEY);
  await refused(stranger.users.getUser(ada.id), 401, 'clerk_key_invalid');
  await refused(stranger.users.createUser({ firstName: 'Eve' }), 401, 'clerk_key_invalid');
  await refused(stranger.sessions.getToken(session.id), 401, 'clerk_key_invalid');
});

await step('a parameter that cannot be is 422, and named', async () => {
  const malformed = users.createUser({ emailAddress: ['not an address'] });
  await refused(malformed, 422, 'form_param_format_invalid', 'email_address');
  const taken = users.createUser({ emailAddress: ['ADA@example.com'] });
  await refused(taken, 422, 'form_identifier_exists', 'email_address');
  await refused(users.updateUser(ada.id, { firstName: 7 }), 422, 'form_param_type_invalid', 'first_name');
  await refused(users.updateUser(ada.id, { shoeSize: 37 }), 422, 'form_param_unknown', 'shoe_size');
  await refused(users.getUserList({ limit: 501 }), 422, 'form_param_value_too_large', 'limit');
  await refused(sessions.createSession({}), 422, 'form_param_missing', 'user_id');
  const endless = sessions.getToken(session.id, undefined, 315_360_001);
  await refused(endless, 422, 'form_param_value_too_large', 'expires_in_seconds');
  assert.equal(await users.getCount(), 3);
});

await step('revokeSession ends the session: it mints no more', async () => {
  const revoked = await sessions.revokeSession(session.id);
  assert.deepEqual([revoked.id, revoked.status], [session.id, 'revoked']);
  assert.equal((await sessions.getSession(session.id)).status, 'revoked');
  await refused(sessions.getToken(session.id), 404, 'resource_not_found');
});

await step('deleteUser takes the user away, in Usher too', async () => {
  const another = await sessions.createSession({ userId: ada.id });
  const jwt = await tokenOf(another);
  assert.equal((await me(jwt)).status, 200);
  const deleted = await users.deleteUser(ada.id);
  assert.deepEqual([deleted.object, deleted.id, deleted.deleted], ['user', ada.id, true]);
  await refused(users.getUser(ada.id), 404, 'resource_not_found');
  await refused(sessions.getToken(another.id), 404, 'resource_not_found');
  assert.deepEqual(ids(await users.getUserList()), [alan.id, grace.id]);
  assert.equal(await users.getCount(), 2);
  const { status, body } = await me(jwt);
  assert.deepEqual([status, body.type], [401, 'urn:usher:problem:user-deleted']);
});

await step('verifyWebhook believes a delivery, and none that was changed or signed with another secret', async () => {
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
