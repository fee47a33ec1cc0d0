// Who is calling: the subject of a session token.

import { verifyToken } from '@clerk/backend';

export async function callerOf(event) {
  const token = event.headers.authorization.replace(/^Bearer /, '');
  const claims = await verifyToken(token, { jwtKey: process.env.CLERK_JWT_KEY });
  return claims.sub;
}
