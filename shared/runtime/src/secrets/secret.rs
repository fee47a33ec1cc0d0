//! A secret, which is in a variable or in the Systems Manager parameter that `<NAME>_PARAMETER` names.

use std::{sync::Arc, time::Duration};

use tokio::{sync::Mutex, time::Instant};

use crate::{
    config::environment::{InitError, variable},
    secrets::parameter::{Parameter, ParameterError},
};

/// The variable that overrides [`REREAD`], in whole seconds.
const REREAD_SECONDS: &str = "SECRET_REREAD_SECONDS";
/// The minimum time between two reads of a parameter that was read or does not exist. Anyone can trigger a read by
/// sending a request or a bad signature, so it is rate-limited.
const REREAD: Duration = Duration::from_secs(60);
/// The minimum time between two reads if Systems Manager was unavailable.
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

/// The reason that a secret has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSecret {
    /// The parameter does not exist yet.
    NotConfigured,
    /// The parameter could not be read yet.
    Unread,
}

/// The parsed value of a secret. It is parsed again after the parameter was created or the secret was rotated.
pub(crate) struct Secret<T> {
    parse: Parse<T>,
    parameter: Option<(SecretName, Parameter)>,
    reread: Duration,
    state: Mutex<State<T>>,
}

struct State<T> {
    current: Result<Arc<T>, NoSecret>,
    /// When the parameter was last read, except by an Init that found it.
    last_read: Option<Instant>,
}

impl<T> Secret<T> {
    /// Reads a secret. Returns `None` if neither variable is set. If the parameter does not exist yet, or Systems
    /// Manager is unavailable, the parameter is read again when the secret is needed.
    ///
    /// # Errors
    /// Both variables are set, the parameter may not be read, or the secret is not valid.
    pub(crate) async fn configured(
        name: SecretName,
        parse: impl Fn(&str) -> Result<T, String> + Send + Sync + 'static,
    ) -> Result<Option<Self>, InitError> {
        let reread = reread_interval()?;
        let (parameter, current) = match (variable(name.variable), variable(name.parameter)) {
            (None, None) => return Ok(None),
            (Some(_), Some(_)) => {
                let reason = format!("is set together with {}; set one of the two", name.variable);
                return Err(InitError::invalid(name.parameter, reason));
            }
            (Some(value), None) => {
                let parsed = parse(&value).map_err(|reason| InitError::invalid(name.variable, reason))?;
                (None, Ok(parsed))
            }
            (None, Some(parameter)) => {
                let parameter = Parameter::new(parameter);
                let parsed = match parameter.read().await {
                    Ok(value) => Ok(parse(&value).map_err(|reason| {
                        InitError::invalid(name.parameter, format!("names a parameter whose value {reason}"))
                    })?),
                    Err(error) => {
                        let reason = match &error {
                            ParameterError::NotFound => NoSecret::NotConfigured,
                            ParameterError::Unavailable(_) => NoSecret::Unread,
                            ParameterError::Refused(_) => return Err(InitError::invalid(name.parameter, error)),
                        };
                        tracing::warn!(variable = name.parameter, %error, "secret not read");
                        Err(reason)
                    }
                };
                (Some((name, parameter)), parsed)
            }
        };
        let last_read = current.is_err().then(Instant::now);
        let state = Mutex::new(State { current: current.map(Arc::new), last_read });
        Ok(Some(Self { parse: Box::new(parse), parameter, reread, state }))
    }

    /// Returns the current value. Looks for it again if there was none.
    ///
    /// # Errors
    /// The parameter does not exist yet, or could not be read yet.
    pub(crate) async fn current(&self) -> Result<Arc<T>, NoSecret> {
        let mut state = self.state.lock().await;
        match state.current {
            Ok(_) => {}
            Err(NoSecret::NotConfigured) => self.read_again(&mut state, self.reread).await,
            Err(NoSecret::Unread) => self.read_again(&mut state, RETRY).await,
        }
        state.current.clone()
    }

    /// Reads the secret again after `used` was rejected. Returns the new value if it differs.
    pub(crate) async fn rotated(&self, used: &Arc<T>) -> Option<Arc<T>> {
        let mut state = self.state.lock().await;
        let is_used = |state: &State<T>| state.current.as_ref().is_ok_and(|current| Arc::ptr_eq(current, used));
        if is_used(&state) {
            self.read_again(&mut state, self.reread).await;
        }
        state.current.clone().ok().filter(|_| !is_used(&state))
    }

    /// Reads the parameter again, at most once in `pause`. If the parameter cannot be read or parsed, the current
    /// secret stays in use.
    async fn read_again(&self, state: &mut State<T>, pause: Duration) {
        let Some((name, parameter)) = &self.parameter else { return };
        if state.last_read.is_some_and(|at| at.elapsed() < pause) {
            return;
        }
        let value = parameter.read().await;
        state.last_read = Some(Instant::now());
        if state.current.is_err() && value == Err(ParameterError::NotFound) {
            state.current = Err(NoSecret::NotConfigured);
        }
        match value.map_err(|error| error.to_string()).and_then(|value| (self.parse)(&value)) {
            Ok(parsed) => state.current = Ok(Arc::new(parsed)),
            Err(problem) => tracing::error!(variable = name.parameter, problem, "secret refresh failed"),
        }
    }
}

/// Reads the minimum time between two reads of a parameter. Tests shorten it, because they cannot wait a minute.
fn reread_interval() -> Result<Duration, InitError> {
    let Some(seconds) = variable(REREAD_SECONDS) else { return Ok(REREAD) };
    let invalid = |_| InitError::invalid(REREAD_SECONDS, "must be a number of seconds");
    seconds.parse().map(Duration::from_secs).map_err(invalid)
}
