/** What the client reads from a session token. */

/**
 * Returns the user of a token. The claims are not verified here, because the API does that.
 *
 * @returns `undefined` if there is no token, or if it names no user.
 */
export function userOf(token: string | null | undefined): string | undefined {
  try {
    // The claims are base64url, which `atob` does not read.
    const claims = token?.split('.')[1]?.replace(/-/g, '+').replace(/_/g, '/') ?? '';
    return JSON.parse(atob(claims)).sub;
  } catch {
    return undefined;
  }
}
