//! The tour that `cargo dev` prints: `curl` lines to paste one after another into bash or zsh.
//!
//! An interactive zsh runs comments as commands, so the comments have no character that has a meaning there.

use std::collections::BTreeMap;

use crate::{
    clerk_variables::{DECISIVE, is_another_instance},
    description,
    paths::binaries_directory,
    stack::Stack,
};

/// Returns the line with all URLs. It is printed on standard output as soon as the stack serves, and not before. It has
/// no `api` if another program serves the API.
pub fn ready_line(stack: &Stack) -> String {
    let api = if stack.serves_api() { format!("api {} ", stack.api_url()) } else { String::new() };
    format!("ready: {api}clerk {} dynamodb {}", stack.clerk_url(), stack.dynamodb_url())
}

/// Returns the line that says where the description of the API is. `None` if another program serves the API. The line
/// is a comment, so it may be pasted together with the tour.
pub fn description_line(stack: &Stack) -> Option<String> {
    stack.serves_api().then(|| format!("# {}{} describes the API as OpenAPI 3.1", stack.api_url(), description::PATH))
}

/// Returns the line with the URL of the WebSocket API, a comment like the line before. `None` if there is none.
pub fn live_line(stack: &Stack) -> Option<String> {
    stack.live_url().map(|url| format!("# {url} is the WebSocket API for live updates"))
}

/// Returns the line with the URL of the console, a comment like the lines before.
pub fn console_line(stack: &Stack) -> String {
    format!("# {}/ is the console, a page that shows users, webhooks, rows and sockets", stack.clerk_url())
}

/// Returns the line with the URL of the model emulator, a comment like the lines before. `None` if the environment has
/// another model.
pub fn model_line(stack: &Stack, environment: &BTreeMap<String, Option<String>>) -> Option<String> {
    let is_used = !environment.contains_key("MODEL_URL");
    is_used.then(|| format!("# {} is the model emulator, which writes the replies", stack.model_url()))
}

/// Returns the tour. If variables of the environment decide which users may sign in, returns a note on these variables
/// instead.
pub fn tour(stack: &Stack, environment: &BTreeMap<String, Option<String>>) -> String {
    let given: Vec<&str> =
        DECISIVE.into_iter().filter(|name| environment.get(*name).is_some_and(Option::is_some)).collect();
    if given.is_empty() {
        // A key from the environment is never printed, because printed text gets into screenshots and issues.
        let is_given = environment.get("CLERK_SECRET_KEY").is_some_and(Option::is_some);
        let key = if is_given { "$CLERK_SECRET_KEY" } else { stack.clerk().secret_key() };
        let live = stack.live_url().map(|_| live_lines()).unwrap_or_default();
        let streams = if stack.serves_api() { STREAM_LINES } else { "" };
        return tour_lines(stack.api_url(), stack.clerk_url(), key, streams, &live);
    }
    let given = given.join(", ");
    if is_another_instance(environment) {
        return format!(
            "The functions take {given} from the environment and do not know the users of the Clerk emulator, so there is no tour.\n\
             Call {}/users/me with a session token of your Clerk instance.\n{}",
            stack.api_url(),
            ways_in(stack.api_url(), |name| environment.get(name).is_some_and(Option::is_some)),
        );
    }
    format!(
        "The functions take {given} from the environment and may refuse the users of the Clerk emulator, so there is no tour.\n\
         Call {}/users/me with a token that fits these values, or unset them for the tour.\n",
        stack.api_url(),
    )
}

/// Returns how users of another instance get into the table, as far as the variables allow it.
fn ways_in(api: &str, is_set: impl Fn(&str) -> bool) -> String {
    let first_request = if is_set("CLERK_SECRET_KEY") {
        "A user is stored with the first request. --reconcile also imports all users."
    } else {
        "A first request does not store a user, because CLERK_SECRET_KEY is not set."
    };
    let webhook = if is_set("CLERK_WEBHOOK_SECRET") {
        format!("Webhooks need a tunnel to {api}/webhooks/clerk; pass the tunnel's host as --allow-host.")
    } else {
        "Webhooks get 503, because CLERK_WEBHOOK_SECRET is not set.".to_owned()
    };
    format!("{first_request}\n{webhook}\n")
}

/// The part about what is streamed. `sam local` cannot stream, so it is left out if another program serves the API.
const STREAM_LINES: &str = r##"
# She asks a model, and sees its reply word by word.
ask() { usher -N $API/stream/threads/$THREAD/replies -d '{"content":"And paint?"}'; }
ask

# She leaves the next reply as soon as it has an id. It goes on, and she reads it from the 5th character on.
reply_id() { ask | grep -m 1 -o '"messageId":"[^"]*' | cut -d '"' -f 4; }
usher -N "$API/stream/threads/$THREAD/replies/$(reply_id)?offset=4"

# She stops another reply, as she could from any device.
usher -X DELETE $API/threads/$THREAD/replies/$(reply_id)

# She exports everything that is stored for her. The last line has the number of lines and their hash.
usher $API/stream/users/me/export | tail -2
"##;

/// Returns the part about live updates. `curl` speaks no WebSocket, so `cargo dev` brings a listener.
fn live_lines() -> String {
    // With its whole path, because the tour may be pasted in any directory.
    let binary = binaries_directory().join("local");
    let binary = binary.display();
    format!(
        r##"
# Another tab of hers is told over a WebSocket what has changed. As soon as it is connected, the settings change.
TOKEN=$(token $ADA)
'{binary}' listen $TOKEN --url $API --until settings | while read -r LINE; do echo "$LINE"; if [ "$LINE" = ready ]; then usher -X PATCH $API/settings -d '{{"theme":"dark"}}'; fi; done
"##
    )
}

fn tour_lines(api: &str, clerk: &str, key: &str, streams: &str, live: &str) -> String {
    format!(
        r##"
# A user signs up at the Clerk emulator. Its webhook is verified and stored.
CLERK={clerk} API={api} KEY={key}
clerk() {{ curl -s -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' "$@"; echo; }}
ADA=$(clerk $CLERK/v1/users -d '{{"email_address":["ada@example.com"],"first_name":"Ada","last_name":"Lovelace"}}' | grep -o 'user_[A-Za-z0-9]*' | head -1); echo $ADA

# She signs in with a session and a token of it. A token is valid for a minute.
token() {{ clerk $CLERK/v1/sessions/$(clerk $CLERK/v1/sessions -d "{{\"user_id\":\"$1\"}}" | grep -o 'sess_[A-Za-z0-9]*' | head -1)/tokens -X POST | grep -o 'eyJ[^"]*'; }}
TOKEN=$(token $ADA)
curl -si -H "Authorization: Bearer $TOKEN" $API/users/me; echo

# Her profile changes at Clerk, and here.
clerk -X PATCH $CLERK/v1/users/$ADA -d '{{"first_name":"Augusta Ada"}}' > /dev/null
TOKEN=$(token $ADA)
curl -s -H "Authorization: Bearer $TOKEN" $API/users/me; echo

# Another user sees only her card.
BOB=$(clerk $CLERK/v1/users -d '{{"email_address":["bob@example.com"],"first_name":"Bob"}}' | grep -o 'user_[A-Za-z0-9]*' | head -1)
curl -s -H "Authorization: Bearer $(token $BOB)" $API/users/$ADA; echo

# She creates a thread and stores an exchange with an assistant in it. The key makes a repeated request harmless.
TOKEN=$(token $ADA)
usher() {{ curl -s -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' "$@"; echo; }}
THREAD=$(usher $API/threads -H 'Idempotency-Key: tour-1' -d '{{"title":"Engines"}}' | grep -o '[0-9a-f-]\{{36\}}' | head -1)
usher $API/threads/$THREAD/exchanges -d '{{"user":{{"content":"Can it compose music?"}},"assistant":{{"content":"It might.","model":"analytical-1"}}}}'
usher $API/threads/$THREAD/messages

# A search needs all words, and of the last one the beginning is enough.
usher "$API/search?q=COMPOSE+mus"
{streams}{live}
# Her account is deleted at Clerk. Her token is refused from now on, and all her data is erased.
TOKEN=$(token $ADA)
clerk -X DELETE $CLERK/v1/users/$ADA
curl -si -H "Authorization: Bearer $TOKEN" $API/users/me; echo

# The other user is deleted too, so that the tour can be taken again.
clerk -X DELETE $CLERK/v1/users/$BOB > /dev/null
"##
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_note_on_another_instance_fits_the_variables() {
        let note = |set: &[&str]| ways_in("http://127.0.0.1:3000", |name| set.contains(&name));
        let none = note(&[]);
        assert!(
            none.contains("CLERK_SECRET_KEY is not set") && none.contains("CLERK_WEBHOOK_SECRET is not set"),
            "{none}"
        );
        let key = note(&["CLERK_SECRET_KEY"]);
        assert!(key.contains("stored with the first request") && !key.contains("tunnel"), "{key}");
        let all = note(&["CLERK_SECRET_KEY", "CLERK_WEBHOOK_SECRET"]);
        assert!(all.contains("tunnel to http://127.0.0.1:3000/webhooks/clerk") && !all.contains("not set"), "{all}");
    }
}
