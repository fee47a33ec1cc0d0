//! Secrets: in a variable, or in the parameter of Systems Manager that `<NAME>_PARAMETER` names.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use crate::{
    config::environment::{InitError, variable},
    secrets::parameter::{Parameter, ParameterError},
};

/// How often a parameter is read again. What makes it be read again, a signature that does not fit, anyone can send.
const REREAD: Duration = Duration::from_secs(60);
/// How often while it could not be read at all.
const RETRY: Duration = Duration::from_secs(1);

/// The names of a secret.
pub(crate) struct SecretName {
    /// Holds the secret itself.
    pub(crate) variable: &'static str,
    /// Holds the name of its parameter.
    pub(crate) parameter: &'static str,
}

/// Makes something of a secret, or says what the secret must be.
type Parse<T> = Box<dyn Fn(&str) -> Result<T, String> + Send + Sync>;

/// What a secret is made into, and made again once the secret is rotated.
pub(crate) struct Secret<T> {
    parse: Parse<T>,
    parameter: Option<(SecretName, Parameter)>,
    state: Mutex<State<T>>,
}

struct State<T> {
    current: Option<Arc<T>>,
    /// When it was last read again.
    read_again: Option<Instant>,
}

impl<T> Secret<T> {
    /// Reads a secret; `None` where neither variable is set. A parameter that cannot be read just now is read again when
    /// it is needed.
    ///
    /// # Errors
    /// Both variables are set, the parameter is not there or may not be read, or the secret is none.
    pub(crate) async fn configured(
        name: SecretName,
        parse: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
    ) -> Result<Option<Self>, InitError> {
        let (parameter, current) = match (variable(name.variable), variable(name.parameter)) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let problem = format!("is set beside {}; set one of the two", name.variable);
                return Err(InitError::invalid(name.parameter, problem));
            }
            (Some(value), None) => {
                let parsed = parse(&value).map_err(|problem| InitError::invalid(name.variable, problem))?;
                (None, Some(parsed))
            }
            (None, Some(parameter)) => {
                let parameter = Parameter::new(parameter).await;
                let parsed = match parameter.read().await {
                    Ok(value) => Some(parse(&value).map_err(|problem| {
                        InitError::invalid(name.parameter, format!("names a parameter whose value {problem}"))
                    })?),
                    Err(error @ ParameterError::Unavailable(_)) => {
                        tracing::warn!(variable = name.parameter, %error, "a secret was not read");
                        None
                    }
                    Err(error) => return Err(InitError::invalid(name.parameter, error)),
                };
                (Some((name, parameter)), parsed)
            }
        };
        let state = Mutex::new(State { current: current.map(Arc::new), read_again: None });
        Ok(Some(Self { parse: Box::new(parse), parameter, state }))
    }

    /// What there is; `None` while the parameter cannot be read.
    pub(crate) async fn current(&self) -> Option<Arc<T>> {
        let mut state = self.state.lock().await;
        if state.current.is_none() {
            self.read_again(&mut state, RETRY).await;
        }
        state.current.clone()
    }

    /// Another one than `used`, which was refused; `None` where there is none.
    pub(crate) async fn rotated(&self, used: &Arc<T>) -> Option<Arc<T>> {
        let mut state = self.state.lock().await;
        let is_used = |state: &State<T>| state.current.as_ref().is_none_or(|current| Arc::ptr_eq(current, used));
        if is_used(&state) {
            self.read_again(&mut state, REREAD).await;
        }
        state.current.clone().filter(|_| !is_used(&state))
    }

    /// A secret that cannot be read any more, or is none, leaves the one there is in use.
    async fn read_again(&self, state: &mut State<T>, pause: Duration) {
        let Some((name, parameter)) = &self.parameter else { return };
        if state.read_again.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        let answer = parameter.read().await.map_err(|error| error.to_string());
        state.read_again = Some(Instant::now());
        match answer.and_then(|value| (self.parse)(&value)) {
            Ok(parsed) => state.current = Some(Arc::new(parsed)),
            Err(problem) => tracing::error!(variable = name.parameter, problem, "a secret was not read again"),
        }
    }
}
