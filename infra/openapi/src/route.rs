//! The types of the table of routes.

use serde_json::Value;
use usher_contract::ProblemCode;

use crate::schemas::Schemas;

/// What one route takes, answers and refuses.
pub(crate) struct Row {
    /// Method and path, as in the template.
    pub(crate) route: &'static str,
    pub(crate) tag: &'static str,
    pub(crate) caller: Caller,
    /// The rules that the summary and the schemas do not say. Markdown.
    pub(crate) description: &'static str,
    /// Names of components: parameters of the query and headers.
    pub(crate) parameters: &'static [&'static str],
    pub(crate) body: Option<Body>,
    pub(crate) answers: &'static [Answer],
    /// The problems that [`Caller::problems`] does not have.
    pub(crate) problems: &'static [ProblemCode],
}

impl Row {
    /// Returns whether the route belongs to the streaming API, which is another API of API Gateway.
    pub(crate) fn is_streamed(&self) -> bool {
        self.route.contains(" /stream/")
    }
}

/// Makes a schema. The types that it names become components.
pub(crate) type MakeSchema = fn(&mut Schemas) -> Value;

/// The body of a request.
pub(crate) struct Body {
    pub(crate) media_types: &'static [&'static str],
    pub(crate) schema: MakeSchema,
}

/// A successful response.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) description: &'static str,
    pub(crate) media_type: &'static str,
    /// `None` if the response has no body.
    pub(crate) schema: Option<MakeSchema>,
    pub(crate) has_etag: bool,
    pub(crate) links: &'static [Link],
}

/// A request that a response makes possible (OpenAPI 3.1, "Link Object").
pub(crate) struct Link {
    /// The function of the next request.
    pub(crate) to: &'static str,
    /// Names of parameters, and the expressions that find their values.
    pub(crate) parameters: &'static [(&'static str, &'static str)],
}

/// Who may call a route, and how the caller is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A user whose row is stored, or is fetched from Clerk at the first request.
    User,
    /// As [`Caller::User`], or nobody.
    UserOrNobody,
    /// A user with a valid token, even one without a row.
    TokenOnly,
    /// Clerk, whose deliveries Svix signs.
    Clerk,
}
