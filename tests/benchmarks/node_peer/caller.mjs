// Who is calling: the subject of a session token.

import { verifyToken } from '@clerk/backend';

export async function callerOf(event) {
  // A REST API passes the names of headers on as they were sent.
  const { authorization, Authorization = authorization } = event.headers;
  const token = Authorization.replace(/^Bearer /, '');
  const claims = await verifyToken(token, { jwtKey: process.env.CLERK_JWT_KEY });
  return claims.sub;
}
