//! A secret, which is in a variable or in the Systems Manager parameter that `<NAME>_PARAMETER` names.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use crate::{
    config::environment::{InitError, variable},
    secrets::parameter::{Parameter, ParameterError},
};

/// The minimum time between two reads of a parameter. Anyone can trigger a read by sending a bad signature, so it is
/// rate-limited.
const REREAD: Duration = Duration::from_secs(60);
/// The minimum time between two reads if the parameter could not be read yet.
const RETRY: Duration = Duration::from_secs(1);

/// The names of the two variables of a secret.
pub(crate) struct SecretName {
    /// The variable that holds the secret.
    pub(crate) variable: &'static str,
    /// The variable that holds the name of the secret's parameter.
    pub(crate) parameter: &'static str,
}

/// Parses a secret. The error says what the secret must be.
type Parse<T> = Box<dyn Fn(&str) -> Result<T, String> + Send + Sync>;

/// The parsed value of a secret. It is parsed again after the secret was rotated.
pub(crate) struct Secret<T> {
    parse: Parse<T>,
    parameter: Option<(SecretName, Parameter)>,
    state: Mutex<State<T>>,
}

struct State<T> {
    current: Option<Arc<T>>,
    /// When the parameter was last read again.
    read_again: Option<Instant>,
}

impl<T> Secret<T> {
    /// Reads a secret. Returns `None` if neither variable is set. If Systems Manager is unavailable, the parameter is
    /// read again when the secret is needed.
    ///
    /// # Errors
    /// Both variables are set, the parameter does not exist or may not be read, or the secret is not valid.
    pub(crate) async fn configured(
        name: SecretName,
        parse: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
    ) -> Result<Option<Self>, InitError> {
        let (parameter, current) = match (variable(name.variable), variable(name.parameter)) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let reason = format!("is set together with {}; set one of the two", name.variable);
                return Err(InitError::invalid(name.parameter, reason));
            }
            (Some(value), None) => {
                let parsed = parse(&value).map_err(|reason| InitError::invalid(name.variable, reason))?;
                (None, Some(parsed))
            }
            (None, Some(parameter)) => {
                let parameter = Parameter::new(parameter).await;
                let parsed = match parameter.read().await {
                    Ok(value) => Some(parse(&value).map_err(|reason| {
                        InitError::invalid(name.parameter, format!("names a parameter whose value {reason}"))
                    })?),
                    Err(error @ ParameterError::Unavailable(_)) => {
                        tracing::warn!(variable = name.parameter, %error, "secret not read");
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

    /// Returns the current value. Returns `None` if the parameter could not be read yet.
    pub(crate) async fn current(&self) -> Option<Arc<T>> {
        let mut state = self.state.lock().await;
        if state.current.is_none() {
            self.read_again(&mut state, RETRY).await;
        }
        state.current.clone()
    }

    /// Reads the secret again after `used` was rejected. Returns the new value if it differs.
    pub(crate) async fn rotated(&self, used: &Arc<T>) -> Option<Arc<T>> {
        let mut state = self.state.lock().await;
        let is_used = |state: &State<T>| state.current.as_ref().is_none_or(|current| Arc::ptr_eq(current, used));
        if is_used(&state) {
            self.read_again(&mut state, REREAD).await;
        }
        state.current.clone().filter(|_| !is_used(&state))
    }

    /// Reads the parameter again. If the parameter cannot be read or parsed, the current secret stays in use.
    async fn read_again(&self, state: &mut State<T>, pause: Duration) {
        let Some((name, parameter)) = &self.parameter else { return };
        if state.read_again.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        let value = parameter.read().await.map_err(|error| error.to_string());
        state.read_again = Some(Instant::now());
        match value.and_then(|value| (self.parse)(&value)) {
            Ok(parsed) => state.current = Some(Arc::new(parsed)),
            Err(problem) => tracing::error!(variable = name.parameter, problem, "secret refresh failed"),
        }
    }
}
