//! What each object of an OpenAPI document may hold, as tables. The walk over a document reads them and knows nothing
//! else about the specification.

use super::walk::Walk;
use super::{operations, schemas};
use crate::contract::bundle::Cursor;

/// What a table can't say about an object. Runs after its members were looked at.
pub type Rule = for<'b> fn(&mut Walk<'b>, &Cursor<'b>);

/// One kind of object.
pub struct Shape {
    /// As it stands in a sentence: "an operation".
    pub name: &'static str,
    pub fields: &'static [Field],
    pub others: Others,
    /// Whether a `$ref` may stand in its place.
    pub referable: bool,
    pub rule: Option<Rule>,
}

pub struct Field {
    pub name: &'static str,
    pub is: Is,
    pub required: Required,
    pub since: Since,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Required {
    No,
    Yes,
    /// In OpenAPI 3.0 alone.
    Once,
    /// By the specification, while nothing is served otherwise without it.
    Formally,
}

/// The versions of OpenAPI that know a field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Since {
    Always,
    New,
    Old,
}

/// Keys that the table does not list.
pub enum Others {
    Refused,
    /// Keys of a schema that are no keyword: JSON Schema lets them be, and they say nothing.
    Ignored,
    /// Names that the author chose.
    Named(&'static Is),
}

/// What a value has to be.
pub enum Is {
    Any,
    Text,
    /// A text for people. Another scalar is read as one, since YAML makes a number of `1.0`.
    Words,
    Flag,
    Number,
    Positive,
    Count,
    Limit,
    Texts,
    /// A text or several.
    TextOrTexts,
    Types,
    Items,
    One(&'static [&'static str]),
    Object(&'static Shape),
    List(&'static Is),
    Map(&'static Is),
}

const fn field(name: &'static str, is: Is, required: Required, since: Since) -> Field {
    Field { name, is, required, since }
}

const fn may(name: &'static str, is: Is) -> Field {
    field(name, is, Required::No, Since::Always)
}

const fn must(name: &'static str, is: Is) -> Field {
    field(name, is, Required::Yes, Since::Always)
}

const fn once(name: &'static str, is: Is) -> Field {
    field(name, is, Required::Once, Since::Always)
}

const fn formal(name: &'static str, is: Is) -> Field {
    field(name, is, Required::Formally, Since::Always)
}

const fn new(name: &'static str, is: Is) -> Field {
    field(name, is, Required::No, Since::New)
}

const fn old(name: &'static str, is: Is) -> Field {
    field(name, is, Required::No, Since::Old)
}

const fn shape(name: &'static str, fields: &'static [Field]) -> Shape {
    Shape { name, fields, others: Others::Refused, referable: false, rule: None }
}

impl Shape {
    const fn referable(mut self) -> Shape {
        self.referable = true;
        self
    }

    const fn ruled(mut self, rule: Rule) -> Shape {
        self.rule = Some(rule);
        self
    }

    const fn others(mut self, others: Others) -> Shape {
        self.others = others;
        self
    }
}

pub const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

pub static DOCUMENT: Shape = shape(
    "the document",
    &[
        must("openapi", Is::Text),
        formal("info", Is::Object(&INFO)),
        may("servers", Is::List(&Is::Object(&SERVER))),
        once("paths", Is::Object(&PATHS)),
        new("webhooks", Is::Map(&Is::Object(&PATH_ITEM))),
        may("components", Is::Object(&COMPONENTS)),
        may("security", Is::List(&Is::Map(&Is::Texts))),
        may("tags", Is::List(&Is::Object(&TAG))),
        may("externalDocs", Is::Object(&EXTERNAL_DOCS)),
        new("jsonSchemaDialect", Is::Text),
    ],
);

static INFO: Shape = shape(
    "info",
    &[
        formal("title", Is::Words),
        formal("version", Is::Words),
        may("description", Is::Words),
        new("summary", Is::Words),
        may("termsOfService", Is::Text),
        may("contact", Is::Object(&CONTACT)),
        may("license", Is::Object(&LICENSE)),
    ],
);

static CONTACT: Shape = shape("a contact", &[may("name", Is::Text), may("url", Is::Text), may("email", Is::Text)]);

static LICENSE: Shape =
    shape("a license", &[formal("name", Is::Words), new("identifier", Is::Text), may("url", Is::Text)]);

static SERVER: Shape = shape(
    "a server",
    &[must("url", Is::Text), may("description", Is::Words), may("variables", Is::Map(&Is::Object(&SERVER_VARIABLE)))],
);

static SERVER_VARIABLE: Shape =
    shape("a server variable", &[may("enum", Is::Texts), must("default", Is::Text), may("description", Is::Words)]);

static PATHS: Shape = shape("paths", &[]).others(Others::Named(&Is::Object(&PATH_ITEM))).ruled(operations::paths);

static PATH_ITEM: Shape = shape(
    "a path item",
    &[
        may("summary", Is::Words),
        may("description", Is::Words),
        may("get", Is::Object(&OPERATION)),
        may("put", Is::Object(&OPERATION)),
        may("post", Is::Object(&OPERATION)),
        may("delete", Is::Object(&OPERATION)),
        may("options", Is::Object(&OPERATION)),
        may("head", Is::Object(&OPERATION)),
        may("patch", Is::Object(&OPERATION)),
        may("trace", Is::Object(&OPERATION)),
        may("servers", Is::List(&Is::Object(&SERVER))),
        may("parameters", Is::List(&Is::Object(&PARAMETER))),
    ],
)
.referable()
.ruled(operations::parameter_list);

static OPERATION: Shape = shape(
    "an operation",
    &[
        may("tags", Is::Texts),
        may("summary", Is::Words),
        may("description", Is::Words),
        may("externalDocs", Is::Object(&EXTERNAL_DOCS)),
        may("operationId", Is::Text),
        may("parameters", Is::List(&Is::Object(&PARAMETER))),
        may("requestBody", Is::Object(&REQUEST_BODY)),
        once("responses", Is::Object(&RESPONSES)),
        may("callbacks", Is::Map(&Is::Object(&CALLBACK))),
        may("deprecated", Is::Flag),
        may("security", Is::List(&Is::Map(&Is::Texts))),
        may("servers", Is::List(&Is::Object(&SERVER))),
    ],
)
.ruled(operations::parameter_list);

pub static PARAMETER: Shape = shape(
    "a parameter",
    &[
        must("name", Is::Text),
        must("in", Is::One(&["path", "query", "header", "cookie"])),
        may("description", Is::Words),
        may("required", Is::Flag),
        may("deprecated", Is::Flag),
        may("allowEmptyValue", Is::Flag),
        may("style", Is::One(&["matrix", "label", "simple", "form", "spaceDelimited", "pipeDelimited", "deepObject"])),
        may("explode", Is::Flag),
        may("allowReserved", Is::Flag),
        may("schema", Is::Object(&SCHEMA)),
        may("content", Is::Map(&Is::Object(&MEDIA_TYPE))),
        may("example", Is::Any),
        may("examples", Is::Map(&Is::Object(&EXAMPLE))),
    ],
)
.referable()
.ruled(operations::parameter);

static HEADER: Shape = shape(
    "a header",
    &[
        may("description", Is::Words),
        may("required", Is::Flag),
        may("deprecated", Is::Flag),
        may("allowEmptyValue", Is::Flag),
        may("style", Is::One(&["simple"])),
        may("explode", Is::Flag),
        may("allowReserved", Is::Flag),
        may("schema", Is::Object(&SCHEMA)),
        may("content", Is::Map(&Is::Object(&MEDIA_TYPE))),
        may("example", Is::Any),
        may("examples", Is::Map(&Is::Object(&EXAMPLE))),
    ],
)
.referable()
.ruled(operations::described);

static REQUEST_BODY: Shape = shape(
    "a request body",
    &[may("description", Is::Words), must("content", Is::Map(&Is::Object(&MEDIA_TYPE))), may("required", Is::Flag)],
)
.referable()
.ruled(operations::content);

static MEDIA_TYPE: Shape = shape(
    "a media type",
    &[
        may("schema", Is::Object(&SCHEMA)),
        may("example", Is::Any),
        may("examples", Is::Map(&Is::Object(&EXAMPLE))),
        may("encoding", Is::Map(&Is::Object(&ENCODING))),
    ],
);

static ENCODING: Shape = shape(
    "an encoding",
    &[
        may("contentType", Is::Text),
        may("headers", Is::Map(&Is::Object(&HEADER))),
        may("style", Is::One(&["form", "spaceDelimited", "pipeDelimited", "deepObject"])),
        may("explode", Is::Flag),
        may("allowReserved", Is::Flag),
    ],
);

static RESPONSES: Shape =
    shape("responses", &[]).others(Others::Named(&Is::Object(&RESPONSE))).ruled(operations::responses);

static RESPONSE: Shape = shape(
    "a response",
    &[
        formal("description", Is::Words),
        may("headers", Is::Map(&Is::Object(&HEADER))),
        may("content", Is::Map(&Is::Object(&MEDIA_TYPE))),
        may("links", Is::Map(&Is::Object(&LINK))),
    ],
)
.referable()
.ruled(operations::content);

static EXAMPLE: Shape = shape(
    "an example",
    &[may("summary", Is::Words), may("description", Is::Words), may("value", Is::Any), may("externalValue", Is::Text)],
)
.referable()
.ruled(operations::example);

static LINK: Shape = shape(
    "a link",
    &[
        may("operationRef", Is::Text),
        may("operationId", Is::Text),
        may("parameters", Is::Map(&Is::Any)),
        may("requestBody", Is::Any),
        may("description", Is::Words),
        may("server", Is::Object(&SERVER)),
    ],
)
.referable();

static CALLBACK: Shape = shape("a callback", &[]).others(Others::Named(&Is::Object(&PATH_ITEM))).referable();

static COMPONENTS: Shape = shape(
    "components",
    &[
        may("schemas", Is::Map(&Is::Object(&SCHEMA))),
        may("responses", Is::Map(&Is::Object(&RESPONSE))),
        may("parameters", Is::Map(&Is::Object(&PARAMETER))),
        may("examples", Is::Map(&Is::Object(&EXAMPLE))),
        may("requestBodies", Is::Map(&Is::Object(&REQUEST_BODY))),
        may("headers", Is::Map(&Is::Object(&HEADER))),
        may("securitySchemes", Is::Map(&Is::Object(&SECURITY_SCHEME))),
        may("links", Is::Map(&Is::Object(&LINK))),
        may("callbacks", Is::Map(&Is::Object(&CALLBACK))),
        new("pathItems", Is::Map(&Is::Object(&PATH_ITEM))),
    ],
);

static SECURITY_SCHEME: Shape = shape(
    "a security scheme",
    &[
        must("type", Is::One(&["apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"])),
        may("description", Is::Words),
        may("name", Is::Text),
        may("in", Is::One(&["query", "header", "cookie"])),
        may("scheme", Is::Text),
        may("bearerFormat", Is::Text),
        may("flows", Is::Object(&OAUTH_FLOWS)),
        may("openIdConnectUrl", Is::Text),
    ],
)
.referable()
.ruled(operations::scheme);

static OAUTH_FLOWS: Shape = shape(
    "the flows of OAuth",
    &[
        may("implicit", Is::Object(&OAUTH_FLOW)),
        may("password", Is::Object(&OAUTH_FLOW)),
        may("clientCredentials", Is::Object(&OAUTH_FLOW)),
        may("authorizationCode", Is::Object(&OAUTH_FLOW)),
    ],
);

static OAUTH_FLOW: Shape = shape(
    "a flow of OAuth",
    &[
        may("authorizationUrl", Is::Text),
        may("tokenUrl", Is::Text),
        may("refreshUrl", Is::Text),
        must("scopes", Is::Map(&Is::Text)),
    ],
);

static TAG: Shape = shape(
    "a tag",
    &[must("name", Is::Text), may("description", Is::Words), may("externalDocs", Is::Object(&EXTERNAL_DOCS))],
);

static EXTERNAL_DOCS: Shape = shape("external documentation", &[must("url", Is::Text), may("description", Is::Words)]);

static DISCRIMINATOR: Shape =
    shape("a discriminator", &[must("propertyName", Is::Text), may("mapping", Is::Map(&Is::Text))])
        .ruled(schemas::discriminator);

static XML: Shape = shape(
    "xml",
    &[
        may("name", Is::Text),
        may("namespace", Is::Text),
        may("prefix", Is::Text),
        may("attribute", Is::Flag),
        may("wrapped", Is::Flag),
    ],
);

pub static SCHEMA: Shape = shape(
    "a schema",
    &[
        may("type", Is::Types),
        may("title", Is::Text),
        may("description", Is::Words),
        may("format", Is::Text),
        may("properties", Is::Map(&Is::Object(&SCHEMA))),
        may("required", Is::Texts),
        may("items", Is::Items),
        may("enum", Is::List(&Is::Any)),
        may("default", Is::Any),
        may("example", Is::Any),
        may("allOf", Is::List(&Is::Object(&SCHEMA))),
        may("oneOf", Is::List(&Is::Object(&SCHEMA))),
        may("anyOf", Is::List(&Is::Object(&SCHEMA))),
        may("not", Is::Object(&SCHEMA)),
        may("additionalProperties", Is::Object(&SCHEMA)),
        may("minimum", Is::Number),
        may("maximum", Is::Number),
        may("exclusiveMinimum", Is::Limit),
        may("exclusiveMaximum", Is::Limit),
        may("multipleOf", Is::Positive),
        may("minLength", Is::Count),
        may("maxLength", Is::Count),
        may("pattern", Is::Text),
        may("minItems", Is::Count),
        may("maxItems", Is::Count),
        may("uniqueItems", Is::Flag),
        may("minProperties", Is::Count),
        may("maxProperties", Is::Count),
        may("readOnly", Is::Flag),
        may("writeOnly", Is::Flag),
        may("deprecated", Is::Flag),
        may("externalDocs", Is::Object(&EXTERNAL_DOCS)),
        may("discriminator", Is::Object(&DISCRIMINATOR)),
        may("xml", Is::Object(&XML)),
        old("nullable", Is::Flag),
        new("const", Is::Any),
        new("examples", Is::List(&Is::Any)),
        new("prefixItems", Is::List(&Is::Object(&SCHEMA))),
        new("contains", Is::Object(&SCHEMA)),
        new("minContains", Is::Count),
        new("maxContains", Is::Count),
        new("patternProperties", Is::Map(&Is::Object(&SCHEMA))),
        new("propertyNames", Is::Object(&SCHEMA)),
        new("unevaluatedProperties", Is::Object(&SCHEMA)),
        new("unevaluatedItems", Is::Object(&SCHEMA)),
        new("dependentSchemas", Is::Map(&Is::Object(&SCHEMA))),
        new("dependentRequired", Is::Map(&Is::Texts)),
        new("if", Is::Object(&SCHEMA)),
        new("then", Is::Object(&SCHEMA)),
        new("else", Is::Object(&SCHEMA)),
        new("contentEncoding", Is::Text),
        new("contentMediaType", Is::Text),
        new("contentSchema", Is::Object(&SCHEMA)),
        new("$defs", Is::Map(&Is::Object(&SCHEMA))),
        new("definitions", Is::Map(&Is::Object(&SCHEMA))),
        new("$schema", Is::Text),
        new("$id", Is::Text),
        new("$anchor", Is::Text),
        new("$dynamicRef", Is::Text),
        new("$dynamicAnchor", Is::Text),
        new("$vocabulary", Is::Map(&Is::Flag)),
        new("$comment", Is::Text),
    ],
)
.others(Others::Ignored)
.referable()
.ruled(schemas::schema);
