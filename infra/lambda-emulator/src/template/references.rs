//! A check that every reference names something of the template, and that every intrinsic function exists.
//!
//! It covers all sections except `Metadata`, whether or not the emulator reads the property. So a misspelt name is an
//! error here and not only during the deployment.

use crate::template::{
    error::TemplateError,
    names::{FUNCTIONS, Names, PSEUDO_PARAMETERS},
    node::Node,
    property::Property,
    scope::Scope,
};

/// The section in which a reference is. CloudFormation evaluates some sections before it creates resources.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// `Conditions` and `Rules`: parameters only.
    Before,
    /// `Globals`, `Resources` and `Outputs`.
    After,
}

pub(super) fn check(scope: &Scope<'_>, root: &Property<'_>) -> Result<(), TemplateError> {
    let names = Names::new(scope);
    for entry in root.node().entries() {
        let section = Property::new(scope, &entry.key, entry.line, &entry.node);
        match entry.key.as_str() {
            "Conditions" | "Rules" => names.check(&section, Stage::Before)?,
            "Globals" => names.check(&section, Stage::After)?,
            "Outputs" => {
                for output in section.children() {
                    names.check_condition_attribute(&output)?;
                    names.check(&output, Stage::After)?;
                }
            }
            "Resources" => {
                for resource in scope.resources() {
                    names.check_resource(&Property::new(scope, &resource.key, resource.line, &resource.node))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl Names<'_> {
    fn check_resource(&self, resource: &Property<'_>) -> Result<(), TemplateError> {
        self.check_condition_attribute(resource)?;
        if let Some(depends_on) = resource.get("DependsOn")? {
            for id in depends_on.texts()? {
                self.check_resource_id(&depends_on, &id, id.clone())?;
            }
        }
        resource.get("Properties")?.map_or(Ok(()), |properties| self.check(&properties, Stage::After))
    }

    /// Checks the attribute `Condition` of a resource or an output.
    fn check_condition_attribute(&self, owner: &Property<'_>) -> Result<(), TemplateError> {
        owner.get("Condition")?.map_or(Ok(()), |condition| self.check_condition(&condition, ""))
    }

    /// Checks all references inside a value.
    fn check(&self, property: &Property<'_>, stage: Stage) -> Result<(), TemplateError> {
        if let Node::Intrinsic(name, _) = property.node() {
            self.check_function(property, name, stage)?;
        }
        // The short form of a condition inside another one, which is not the `Condition` of a policy statement.
        if let (Stage::Before, Node::Map(_)) = (stage, property.node()) {
            self.check_condition_attribute(property)?;
        }
        property.children().iter().try_for_each(|child| self.check(child, stage))
    }

    fn check_function(&self, property: &Property<'_>, name: &str, stage: Stage) -> Result<(), TemplateError> {
        let argument = property.children();
        let Some(argument) = argument.first() else { return Ok(()) };
        let first = argument.children().into_iter().next();
        match (name, argument.node()) {
            ("Ref", Node::Text(target)) => self.check_ref(argument, target, format!("!Ref {target}"), stage),
            ("Ref", _) => Err(argument.invalid("!Ref with a name")),
            ("GetAtt", Node::Text(target)) => self.check_attribute(argument, target, format!("!GetAtt {target}")),
            ("GetAtt", Node::List(items)) => {
                let steps: Option<Vec<String>> = items.iter().map(|item| item.node.text()).collect();
                let target = steps.map(|steps| steps.join("."));
                target.map_or(Ok(()), |target| self.check_attribute(argument, &target, format!("!GetAtt {target}")))
            }
            ("Sub", Node::Text(text)) => self.check_sub(argument, text, &[], stage),
            ("Sub", Node::List(items)) => match items.as_slice() {
                [text, variables] => {
                    let variables: Vec<&str> = variables.node.entries().iter().map(|entry| &*entry.key).collect();
                    self.check_sub(argument, &text.node.text().unwrap_or_default(), &variables, stage)
                }
                _ => Err(argument.invalid("!Sub with a text, or with a list of a text and a map")),
            },
            ("Condition", Node::Text(_)) => self.check_condition(argument, "!Condition"),
            ("If", Node::List(items)) if items.len() == 3 => {
                first.map_or(Ok(()), |condition| self.check_condition(&condition, "!If"))
            }
            ("If", _) => Err(argument.invalid("!If with a list of a condition and two values")),
            ("FindInMap", Node::List(_)) => first.map_or(Ok(()), |mapping| self.check_mapping(&mapping)),
            (name, _) => {
                let functions: Vec<&str> = FUNCTIONS.split(' ').collect();
                let is_known = functions.contains(&name) || name.starts_with("ForEach::");
                if is_known { Ok(()) } else { Err(property.unknown_function(name, &functions)) }
            }
        }
    }

    fn check_ref(&self, at: &Property<'_>, name: &str, reference: String, stage: Stage) -> Result<(), TemplateError> {
        if self.is_parameter(name) {
            return Ok(());
        }
        if name.starts_with("AWS::") {
            let known: Vec<&str> = PSEUDO_PARAMETERS.split(' ').collect();
            return Err(at.dangling(reference, name, "pseudo parameter", &known));
        }
        if stage == Stage::Before {
            return Err(at.dangling(reference, name, "parameter", &self.parameters));
        }
        let is_resource = match name.split_once('.') {
            Some((id, made)) => self.is_referable(id, made),
            None => self.is_resource(name),
        };
        if is_resource {
            return Ok(());
        }
        let known: Vec<&str> = self.parameters.iter().chain(&self.resources).copied().collect();
        Err(at.dangling(reference, name, "parameter or resource", &known))
    }

    /// Checks a target `<id>.<attribute>`.
    fn check_attribute(&self, at: &Property<'_>, target: &str, reference: String) -> Result<(), TemplateError> {
        let Some((id, attribute)) = target.split_once('.') else { return Err(at.invalid("<resource>.<attribute>")) };
        self.check_resource_id(at, id, reference.clone())?;
        let first = attribute.split('.').next().unwrap_or_default();
        match self.attributes(id) {
            // `Function.Alias.Arn`: the attribute of a resource that SAM makes.
            Some(known) if !known.contains(&first) && !self.is_referable(id, first) => {
                Err(at.dangling(reference, attribute, "attribute", &known))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn check_sub(&self, at: &Property<'_>, text: &str, variables: &[&str], stage: Stage) -> Result<(), TemplateError> {
        for piece in text.split("${").skip(1) {
            let Some((name, _)) = piece.split_once('}') else { return Err(at.invalid("a text whose ${ has a }")) };
            let name = name.trim();
            if name.starts_with('!') || variables.contains(&name) {
                continue;
            }
            let reference = format!("!Sub with ${{{name}}}");
            match name.split_once('.') {
                Some(_) => self.check_attribute(at, name, reference)?,
                None => self.check_ref(at, name, reference, stage)?,
            }
        }
        Ok(())
    }

    /// Checks the name of a condition. `function` is the intrinsic function that refers to it, or blank.
    fn check_condition(&self, condition: &Property<'_>, function: &str) -> Result<(), TemplateError> {
        match condition.node().text() {
            Some(name) if !self.conditions.contains(&name.as_str()) => Err(condition.dangling(
                format!("{function} {name}").trim_start().to_owned(),
                &name,
                "condition",
                &self.conditions,
            )),
            None if !matches!(condition.node(), Node::Intrinsic(..)) => {
                Err(condition.invalid("the name of a condition"))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn check_mapping(&self, mapping: &Property<'_>) -> Result<(), TemplateError> {
        match mapping.node() {
            Node::Text(name) if !self.mappings.contains(&name.as_str()) => {
                Err(mapping.dangling(format!("!FindInMap [{name}, …]"), name, "mapping", &self.mappings))
            }
            _ => Ok(()),
        }
    }

    fn check_resource_id(&self, at: &Property<'_>, id: &str, reference: String) -> Result<(), TemplateError> {
        if self.is_resource(id) { Ok(()) } else { Err(at.dangling(reference, id, "resource", &self.resources)) }
    }
}
