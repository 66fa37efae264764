//! Layouts of answers as all sorts of documents describe them.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::contract::sample::One;

/// The layout of a response with this schema, holes in angle brackets. Orders are a schema of that name.
fn layout(schema: Value, list: Option<Style>) -> String {
    laid_out(schema, list, &[])
}

fn laid_out(schema: Value, list: Option<Style>, fields: &[(String, String)]) -> String {
    let document = json!({
        "openapi": "3.1.0",
        "info": { "title": "Orders", "version": "1" },
        "x-mock": { "request_id": "/meta/request_id" },
        "paths": { "/orders": { "get": { "responses": {
            "200": { "description": "It", "content": { "application/json": { "schema": schema } } },
            "201": { "description": "One", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Order" } } } },
        } } } },
        "components": { "schemas": { "Order": {
            "type": "object",
            "required": ["id"],
            "properties": { "id": { "type": "string" }, "page": { "type": "integer" }, "data": { "type": "object" } },
        } } },
    });
    let loaded = Contract::load(&One(document), "orders.yaml").unwrap_or_else(|findings| panic!("{findings:#?}"));
    let contract = Arc::new(loaded.contract);
    let cursor = contract.operations[0].responses[1].content[0].schema.as_ref().unwrap().cursor(&contract.bundle);
    let collection = Collection {
        name: "orders".to_owned(),
        computed: false,
        schema: Some(Schema::new(&cursor)),
        id_field: "id".to_owned(),
        id_style: "{number}".to_owned(),
        missing: None,
        unique: Vec::new(),
        made: Vec::new(),
        merged: Vec::new(),
        in_use: None,
        references: Vec::new(),
        run: None,
    };
    let purpose = Purpose { seed: Seed(1), owner: "orders", collection: &collection, fields, list };
    let schema = contract.operations[0].responses[0].content[0].schema.as_ref();
    let layout = Layout::new(&contract, &Generator::new(contract.clone()), schema, purpose);
    let pieces = layout.0.iter().map(|piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Hole(hole) => format!("<{hole:?}>"),
        Piece::HoleOr(hole, nothing) => format!("<{hole:?} or {nothing}>"),
        Piece::Late(late) => format!("<{late:?}>"),
    });
    pieces.collect()
}

fn order() -> Value {
    json!({ "$ref": "#/components/schemas/Order" })
}

fn object(properties: Value) -> Value {
    json!({ "type": "object", "properties": properties })
}

const INTEGER: fn() -> Value = || json!({ "type": "integer" });
const TEXT: fn() -> Value = || json!({ "type": ["string", "null"] });

#[test]
fn rows_and_records_may_stand_alone() {
    assert_eq!(layout(json!({ "type": "array", "items": order() }), Some(Style::Pages)), "<Rows>");
    assert_eq!(layout(order(), None), "<Record>");
    // A record with a member that is called like what holds records elsewhere.
    assert_eq!(layout(object(json!({ "id": TEXT(), "data": object(json!({})) })), None), "<Record>");
}

#[test]
fn the_usual_envelopes_are_known() {
    let rows = json!({ "type": "array", "items": order() });
    let meta = object(json!({ "total": INTEGER(), "page": INTEGER(), "per_page": INTEGER(), "total_pages": INTEGER(),
        "request_id": TEXT(), "timestamp": { "type": "string", "format": "date-time" } }));
    let links = object(json!({ "first": TEXT(), "prev": TEXT(), "next": TEXT(), "last": { "type": "string" } }));
    assert_eq!(
        layout(object(json!({ "data": rows, "meta": meta, "links": links })), Some(Style::Pages)),
        "{\"data\":<Rows>,\"meta\":{\"total\":<Total>,\"page\":<Page>,\"per_page\":<Size>,\"total_pages\":<TotalPages>,\
         \"request_id\":<RequestId>,\"timestamp\":<Moment>},\"links\":{\"first\":<Link(First) or null>,\
         \"prev\":<Link(Previous) or null>,\"next\":<Link(Next) or null>,\"last\":<Link(Last) or \"\">}}"
    );
    assert_eq!(
        layout(
            object(json!({ "orders": rows, "hasMore": { "type": "boolean" }, "nextPageToken": { "type": "string" } })),
            Some(Style::Stretches)
        ),
        "{\"orders\":<Rows>,\"hasMore\":<HasNext>,\"nextPageToken\":<NextCursor or \"\">}"
    );
    assert_eq!(
        layout(
            object(json!({ "count": INTEGER(), "next": TEXT(), "previous": TEXT(), "results": rows })),
            Some(Style::Pages)
        ),
        "{\"count\":<Total>,\"next\":<Link(Next) or null>,\"previous\":<Link(Previous) or null>,\"results\":<Rows>}"
    );
    assert_eq!(
        layout(
            object(json!({ "page": object(json!({ "items": rows, "count": INTEGER(), "totalCount": INTEGER() })) })),
            Some(Style::Pages)
        ),
        "{\"page\":{\"items\":<Rows>,\"count\":<Count>,\"totalCount\":<Total>}}"
    );
    assert_eq!(
        layout(
            object(json!({ "content": rows, "page": object(json!({ "number": INTEGER(), "size": INTEGER() })) })),
            Some(Style::Pages)
        ),
        "{\"content\":<Rows>,\"page\":{\"number\":<Page>,\"size\":<Size>}}"
    );
    assert_eq!(
        layout(object(json!({ "data": order(), "meta": meta })), None),
        "{\"data\":<Record>,\"meta\":{\"request_id\":<RequestId>,\"timestamp\":<Moment>}}",
        "one record has no pages"
    );
}

#[test]
fn the_branch_is_the_one_of_the_style() {
    let rows = json!({ "type": "array", "items": order() });
    let meta = json!({ "oneOf": [
        object(json!({ "page": INTEGER(), "per_page": INTEGER() })),
        object(json!({ "limit": INTEGER(), "offset": INTEGER(), "next_cursor": TEXT() })),
    ] });
    let schema = object(json!({ "data": rows, "meta": meta }));
    let pages = layout(schema.clone(), Some(Style::Pages));
    assert_eq!(pages, "{\"data\":<Rows>,\"meta\":{\"page\":<Page>,\"per_page\":<Size>}}");
    let stretches = layout(schema, Some(Style::Stretches));
    let expected =
        "{\"data\":<Rows>,\"meta\":{\"limit\":<Size>,\"offset\":<Offset>,\"next_cursor\":<NextCursor or null>}}";
    assert_eq!(stretches, expected);
}

#[test]
fn what_nobody_knows_is_made_where_it_must_be() {
    let rows = json!({ "type": "array", "items": order() });
    let schema = json!({
        "allOf": [{ "type": "object", "required": ["kind", "meta"], "properties": {
            "kind": { "const": "list" },
            "notes": { "type": "string" },
            "meta": { "type": "object", "required": ["region"], "properties": {
                "region": { "enum": ["eu"] }, "total": INTEGER() } } } }, object(json!({ "items": rows }))],
    });
    let expected = "{\"kind\":\"list\",\"meta\":{\"region\":\"eu\",\"total\":<Total>},\"items\":<Rows>}";
    assert_eq!(layout(schema, Some(Style::Pages)), expected);
}

#[test]
fn a_record_of_its_own_shape_is_found_by_its_fields() {
    let schema = object(json!({
        "data": TEXT(),
        "outcome": object(json!({ "id": TEXT(), "output": TEXT() })),
    }));
    let fields = [("id".to_owned(), "id".to_owned()), ("output".to_owned(), "output".to_owned())];
    assert_eq!(laid_out(schema, None, &fields), "{\"outcome\":<Record>}");
}

#[test]
fn a_schema_that_never_ends_has_a_layout() {
    let schema = json!({ "$ref": "#/components/schemas/Order", "properties": { "meta": { "$ref": "#/paths/~1orders/get/responses/200/content/application~1json/schema" } } });
    assert_eq!(layout(schema, None), "<Record>");
}

#[test]
fn a_layout_is_written_hole_by_hole() {
    let layout = Layout(vec![
        Piece::Text("{\"n\":".to_owned()),
        Piece::Hole(Hole::Total),
        Piece::Text(",\"next\":".to_owned()),
        Piece::HoleOr(Hole::Link(Link::Next), "\"\""),
        Piece::Text("}".to_owned()),
    ]);
    let mut draft = Draft::default();
    layout.write(&mut draft, |hole, draft| {
        if hole == Hole::Total {
            draft.number(7);
        }
        hole == Hole::Total
    });
    assert_eq!(draft.bytes, br#"{"n":7,"next":""}"#);
    assert!(layout.has(Hole::Total) && !layout.has(Hole::Page));
}
