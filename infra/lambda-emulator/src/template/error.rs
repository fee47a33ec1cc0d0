//! The errors of a template.

/// An error of a template. It names the line, the resource and the property.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// The cause.
        source: std::io::Error,
    },
    /// An error at a line of the file.
    #[error("{place}: {error}")]
    At {
        /// `<file>:<line>`.
        place: String,
        /// The error.
        error: Box<TemplateError>,
    },
    /// The file is not YAML.
    #[error("the template is not valid YAML: {0}")]
    Yaml(String),
    /// A property that does not exist, for example because its name is misspelt.
    #[error("{resource}: {property} is not a property of {kind}{hint}")]
    Unknown {
        /// Logical id, or section of the template.
        resource: String,
        /// Path of the property inside the resource or section.
        property: String,
        /// The type without this property, for example `AWS::Serverless::Function`.
        kind: &'static str,
        /// The names that it may have meant, as the end of a sentence. Blank if there are too many.
        hint: String,
    },
    /// A reference to a name that the template does not have.
    #[error("{resource}: {property} is {reference}, but there is no {missing}")]
    Dangling {
        /// Logical id, or section of the template.
        resource: String,
        /// Path of the property inside the resource or section.
        property: String,
        /// The reference as written, for example `!Ref A`.
        reference: String,
        /// What the name should be, such as a parameter or condition, with the name and a hint.
        missing: String,
    },
    /// A text that is not one of the few that the property can have.
    #[error("{resource}: {property} cannot be {value}{hint}")]
    NotAllowed {
        /// Logical id, or section of the template.
        resource: String,
        /// Path of the property inside the resource or section.
        property: String,
        /// The text.
        value: String,
        /// See [`TemplateError::Unknown::hint`].
        hint: String,
    },
    /// A resource type that does not exist.
    #[error("{resource}: {property}: {kind} is not a resource type of SAM or CloudFormation{hint}")]
    UnknownType {
        /// Logical id.
        resource: String,
        /// `Type`.
        property: String,
        /// The type.
        kind: String,
        /// See [`TemplateError::Unknown::hint`].
        hint: String,
    },
    /// An intrinsic function that does not exist.
    #[error("{resource}: {property}: !{name} is not an intrinsic function{hint}")]
    UnknownFunction {
        /// Logical id, or section of the template.
        resource: String,
        /// Path of the property inside the resource or section.
        property: String,
        /// The name without `!` and `Fn::`.
        name: String,
        /// See [`TemplateError::Unknown::hint`].
        hint: String,
    },
    /// A property that the emulator needs is missing.
    #[error("{resource}: {property} is missing")]
    Missing {
        /// Logical id.
        resource: String,
        /// Path of the property inside the resource.
        property: String,
    },
    /// A property has the wrong type or value.
    #[error("{resource}: {property} should be {expected}")]
    Invalid {
        /// Logical id.
        resource: String,
        /// Path of the property inside the resource.
        property: String,
        /// The values that are allowed.
        expected: &'static str,
    },
    /// A property uses an intrinsic function that the emulator cannot resolve, or cannot resolve with this argument.
    #[error("{resource}: {property} uses {intrinsic}, which the emulator does not resolve")]
    Intrinsic {
        /// Logical id.
        resource: String,
        /// Path of the property inside the resource.
        property: String,
        /// The function as written, for example `!Sub ${A.B}`.
        intrinsic: String,
    },
    /// A function has an event of a type that the emulator does not send.
    #[error(
        "{resource}: {property} is of type {kind}; the emulator sends HttpApi, Api, DynamoDB, Schedule and ScheduleV2 events"
    )]
    Event {
        /// Logical id.
        resource: String,
        /// Path of the event inside the resource.
        property: String,
        /// Its `Type`.
        kind: String,
    },
    /// The template has too few or too many resources of this type.
    #[error("{file}: the template must have one {kind}, and has {count}")]
    Count {
        /// The file.
        file: String,
        /// Resource type.
        kind: &'static str,
        /// The number of resources.
        count: usize,
    },
}
