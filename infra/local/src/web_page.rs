//! What `cargo dev` prints for a web page that signs users in at the Clerk emulator.

use crate::stack::Stack;

/// Returns what a Next.js app sets to use the Clerk emulator, as comments. `None` without Clerk's scripts for the browser.
/// The host is `localhost`, because Next.js serves its pages there and the cookies of both must be of one host.
pub fn variables(stack: &Stack) -> Option<String> {
    stack.clerk_scripts()?;
    let clerk = stack.clerk_url().replacen("127.0.0.1", "localhost", 1);
    Some(format!(
        "# Clerk's components work with these variables of a Next.js app, at http://localhost. Every code by e-mail is 424242.\n\
         # NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY={key}\n\
         # NEXT_PUBLIC_CLERK_PROXY_URL={clerk}\n\
         # NEXT_PUBLIC_CLERK_JS_URL={clerk}/npm/@clerk/clerk-js@6/dist/clerk.browser.js\n\
         # NEXT_PUBLIC_CLERK_UI_URL={clerk}/npm/@clerk/ui@1/dist/ui.browser.js\n\
         # NEXT_PUBLIC_CLERK_TELEMETRY_DISABLED=1\n\
         # CLERK_API_URL={clerk}\n\
         # CLERK_SECRET_KEY is the KEY below\n",
        key = stack.clerk().publishable_key(),
    ))
}
