//! The description of one route.

use serde_json::{Map, Value, json};
use usher_contract::{PROBLEM_JSON, ProblemCode};

use crate::{
    parameters::{header, parameter},
    problems::{request_id_header, responses},
    route::{Answer, Body, Caller, Row},
    schemas::Schemas,
};

/// Makes the description of a route. `examples` are the recorded requests and answers of the function.
pub(crate) fn operation(
    row: &Row,
    function: &str,
    summary: &str,
    path_parameters: &[&str],
    examples: &Value,
    schemas: &mut Schemas,
) -> Value {
    let mut operation = json!({
        "operationId": function,
        "summary": summary,
        "tags": [row.tag],
        "security": security(row.caller),
        "responses": all_responses(row, examples, schemas),
    });
    if !row.description.is_empty() {
        operation["description"] = row.description.into();
    }
    let parameters: Vec<_> = path_parameters.iter().chain(row.parameters).map(|name| parameter(name)).collect();
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some(body) = &row.body {
        operation["requestBody"] = request_body(body, &examples["request"], schemas);
    }
    operation
}

fn security(caller: Caller) -> Value {
    match caller {
        Caller::User | Caller::TokenOnly => json!([{ "session": [] }]),
        Caller::UserOrNobody => json!([{}, { "session": [] }]),
        Caller::Clerk => json!([]),
    }
}

fn request_body(body: &Body, examples: &Value, schemas: &mut Schemas) -> Value {
    let schema = (body.schema)(schemas);
    let content = |media_type: &&str| ((*media_type).to_owned(), with_examples(&schema, examples));
    json!({ "required": true, "content": body.media_types.iter().map(content).collect::<Map<_, _>>() })
}

fn all_responses(row: &Row, examples: &Value, schemas: &mut Schemas) -> Value {
    let mut all = Map::new();
    for answer in row.answers {
        let status = answer.status.to_string();
        all.insert(status.clone(), success(row, answer, &examples[&status], schemas));
    }
    let problems: Vec<ProblemCode> = row.caller.problems().iter().chain(row.problems).copied().collect();
    for (status, mut response) in responses(&problems, row, schemas) {
        let status = status.to_string();
        let content = response["content"].get_mut(PROBLEM_JSON);
        if let Some(content) = content.filter(|_| examples[&status].is_object()) {
            content["examples"] = named(&examples[&status]);
        }
        all.insert(status, response);
    }
    all.into()
}

fn success(row: &Row, answer: &Answer, examples: &Value, schemas: &mut Schemas) -> Value {
    let mut headers = vec![request_id_header(row), "Cache-Control", "X-Content-Type-Options"];
    headers.extend(answer.has_etag.then_some("ETag"));
    let headers: Map<_, _> = headers.into_iter().map(|name| (name.to_owned(), header(name))).collect();
    let mut response = json!({ "description": answer.description, "headers": headers });
    if let Some(schema) = answer.schema {
        let schema = schema(schemas);
        let schema = if row.is_streamed() { part_of_text(answer.media_type, &schema) } else { schema };
        response["content"][answer.media_type] = with_examples(&schema, examples);
    }
    if !answer.links.is_empty() {
        let links = answer.links.iter().map(|link| {
            let parameters: Map<_, _> =
                link.parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
            (link.to.to_owned(), json!({ "operationId": link.to, "parameters": parameters }))
        });
        response["links"] = links.collect::<Map<_, _>>().into();
    }
    response
}

/// Returns the schema of a text that is made of parts. OpenAPI 3.1 cannot describe a stream, so the schema of a part is
/// only an annotation.
fn part_of_text(media_type: &str, part: &Value) -> Value {
    json!({ "type": "string", "contentMediaType": media_type, "contentSchema": part })
}

fn with_examples(schema: &Value, examples: &Value) -> Value {
    let mut content = json!({ "schema": schema });
    if examples.is_object() {
        content["examples"] = named(examples);
    }
    content
}

/// Makes example objects of recorded values, by name.
fn named(examples: &Value) -> Value {
    let examples = examples.as_object().into_iter().flatten();
    examples.map(|(name, value)| (name.clone(), json!({ "value": value }))).collect::<Map<_, _>>().into()
}
