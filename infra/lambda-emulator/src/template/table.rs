//! `AWS::DynamoDB::Table`.

use crate::template::{error::TemplateError, property::Property};

/// The table as the template declares it. Encryption, recovery and protection are not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The logical id. It is also the table's name here, because `!Ref` resolves to it.
    pub name: String,
    /// The attributes that keys use: name and type (`S`, `N` or `B`).
    pub attributes: Vec<(String, String)>,
    /// Primary key.
    pub key: Vec<Key>,
    /// Global secondary indexes.
    pub indexes: Vec<SecondaryIndex>,
    /// `StreamViewType`. `None` if the table has no stream.
    pub stream_view_type: Option<String>,
    /// The attribute with the time to live, in seconds since the epoch.
    pub ttl_attribute: Option<String>,
}

/// One attribute of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Attribute name.
    pub attribute: String,
    /// Its role in the key.
    pub kind: KeyKind,
}

/// `KeyType`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Partition key.
    Hash,
    /// Sort key.
    Range,
}

/// A global secondary index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondaryIndex {
    /// Index name.
    pub name: String,
    /// Its key.
    pub key: Vec<Key>,
    /// `KEYS_ONLY`, `INCLUDE` or `ALL`.
    pub projection: String,
    /// Attributes of an `INCLUDE` projection.
    pub projected_attributes: Vec<String>,
}

impl Table {
    pub(super) fn read(resource: &Property<'_>) -> Result<Self, TemplateError> {
        let properties = resource.require("Properties")?;
        let attribute = |definition: &Property<'_>| {
            Ok::<_, TemplateError>((
                definition.require("AttributeName")?.text()?,
                definition.require("AttributeType")?.text()?,
            ))
        };
        let indexes = match properties.get("GlobalSecondaryIndexes")? {
            Some(indexes) => indexes.items()?.iter().map(SecondaryIndex::read).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        let stream = properties.path(&["StreamSpecification", "StreamViewType"])?;
        let ttl_enabled =
            properties.path(&["TimeToLiveSpecification", "Enabled"])?.map_or(Ok(false), |enabled| enabled.boolean())?;
        let ttl_attribute = properties.path(&["TimeToLiveSpecification", "AttributeName"])?.filter(|_| ttl_enabled);
        let attributes: Vec<(String, String)> =
            properties.require("AttributeDefinitions")?.items()?.iter().map(attribute).collect::<Result<_, _>>()?;
        check_key_attributes(&properties, &attributes)?;
        Ok(Self {
            name: resource.resource().to_owned(),
            attributes,
            key: read_key(&properties.require("KeySchema")?)?,
            indexes,
            stream_view_type: stream.map(|view| view.text()).transpose()?,
            ttl_attribute: ttl_attribute.map(|name| name.text()).transpose()?,
        })
    }
}

impl SecondaryIndex {
    fn read(index: &Property<'_>) -> Result<Self, TemplateError> {
        let projection = index.require("Projection")?;
        Ok(Self {
            name: index.require("IndexName")?.text()?,
            key: read_key(&index.require("KeySchema")?)?,
            projection: projection.require("ProjectionType")?.text()?,
            projected_attributes: projection.get("NonKeyAttributes")?.map_or(Ok(Vec::new()), |list| list.texts())?,
        })
    }
}

/// Refuses an attribute of a key that is not in `AttributeDefinitions`.
fn check_key_attributes(properties: &Property<'_>, attributes: &[(String, String)]) -> Result<(), TemplateError> {
    let known: Vec<&str> = attributes.iter().map(|(name, _)| name.as_str()).collect();
    let indexes = properties.get("GlobalSecondaryIndexes")?.map_or(Ok(Vec::new()), |indexes| indexes.items())?;
    for owner in indexes.iter().chain([properties]) {
        for element in owner.require("KeySchema")?.items()? {
            let attribute = element.require("AttributeName")?;
            let name = attribute.text()?;
            if !known.contains(&name.as_str()) {
                return Err(attribute.dangling(name.clone(), &name, "attribute definition", &known));
            }
        }
    }
    Ok(())
}

fn read_key(schema: &Property<'_>) -> Result<Vec<Key>, TemplateError> {
    let key = |element: &Property<'_>| {
        let kind = element.require("KeyType")?;
        let kind = match kind.text()?.as_str() {
            "HASH" => KeyKind::Hash,
            "RANGE" => KeyKind::Range,
            _ => return Err(kind.invalid("HASH or RANGE")),
        };
        Ok(Key { attribute: element.require("AttributeName")?.text()?, kind })
    };
    schema.items()?.iter().map(key).collect()
}
