use crate::contract::sample::One;
use crate::contract::{Contract, Folder, Made};

fn recognised(document: &str) -> Contract {
    let text = format!("openapi: 3.1.0\ninfo: {{ title: x, version: '1' }}\n{document}");
    let mut contract = Contract::load(&One(text), "api.yaml").unwrap().contract;
    contract.recognise();
    contract
}

fn of_file(name: &str) -> Contract {
    let folder = Folder::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/contracts")).unwrap();
    let mut contract = Contract::load(&folder, name).unwrap().contract;
    contract.recognise();
    contract
}

/// Each collection with its id and its style.
fn collections(contract: &Contract) -> Vec<String> {
    let line = |one: &crate::contract::Collection| format!("{} {} {}", one.name, one.id_field, one.id_style);
    contract.collections.iter().map(line).collect()
}

/// What each operation does: method and path, action, collection, id and what it is under.
fn deeds(contract: &Contract) -> Vec<String> {
    let line = |operation: &crate::contract::Operation| {
        let deed = operation.deed.as_ref()?;
        let under: String = deed.under.iter().map(|(_, field, parent)| format!(" under {field} {parent:?}")).collect();
        let id = deed.id.as_ref().map(|id| format!(" by {id}")).unwrap_or_default();
        let name = &contract.collections[deed.collection].name;
        Some(format!("{} {}: {:?} {name}{id}{under}", operation.method, operation.path, deed.action))
    };
    contract.operations.iter().filter_map(line).collect()
}

/// What the parameters of an operation mean.
fn meanings(contract: &Contract, id: &str) -> Vec<String> {
    let operation = contract.operation(id).unwrap();
    let line = |parameter: &crate::contract::Parameter| match (&parameter.filter, parameter.role) {
        (Some(filter), _) => Some(format!("{}: {} {:?}", parameter.name, filter.fields.join("|"), filter.test)),
        (_, Some(role)) => Some(format!("{}: {role:?}", parameter.name)),
        _ => None,
    };
    operation.parameters.iter().filter_map(line).collect()
}

const SHOP: &str = "
paths:
  /shops:
    get:
      operationId: shops
      parameters:
        - { name: q, in: query, schema: { type: string } }
        - { name: city, in: query, schema: { type: string } }
        - { name: tag, in: query, schema: { type: string } }
        - { name: open, in: query, schema: { type: boolean } }
        - { name: size, in: query, schema: { type: string } }
        - { name: minRating, in: query, schema: { type: number } }
        - { name: 'rating[lte]', in: query, schema: { type: number } }
        - { name: created_after, in: query, schema: { type: string, format: date-time } }
        - { name: createdBefore, in: query, schema: { type: string, format: date } }
        - { name: max_city, in: query, schema: { type: string } }
        - { name: fields, in: query, schema: { type: array, items: { type: string } } }
        - { name: statuses, in: query, schema: { type: array, items: { type: string } } }
        - { name: cities, in: query, schema: { type: array, items: { type: string } } }
        - { name: tags, in: query, schema: { type: array, items: { type: string } } }
        - { name: page, in: query, schema: { type: integer } }
        - { name: limit, in: query, schema: { type: integer } }
        - { name: starting_after, in: query, schema: { type: integer, format: int64 } }
        - { name: sort, in: query, schema: { enum: [rating, -rating, created] } }
        - { name: order, in: query, schema: { enum: [asc, desc] } }
        - { name: city, in: header, schema: { type: string } }
      responses: { '200': { description: x, content: { application/json: { schema: { type: object, properties: {
        total: { type: integer }, shops: { type: array, items: { $ref: '#/components/schemas/Shop' } } } } } } } }
    post:
      requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/Shop' } } } }
      responses: { '201': { description: x, content: { application/json: { schema: { properties: { shop: { $ref: '#/components/schemas/Shop' } } } } } } }
  /shops/{shopId}:
    parameters: &one [{ name: shopId, in: path, required: true, schema: { type: integer } }]
    get: { responses: &shop { '200': { description: x, content: { application/json: { schema: { $ref: '#/components/schemas/Shop' } } } } } }
    put: { requestBody: &body { content: { application/json: { schema: { $ref: '#/components/schemas/Shop' } } } }, responses: *shop }
    patch: { requestBody: { content: { application/merge-patch+json: { schema: { $ref: '#/components/schemas/Shop' } } } }, responses: *shop }
    delete: { responses: { '204': { description: x } } }
  /shops/{shopId}/close:
    parameters: *one
    post: { responses: *shop }
  /shops/{shopId}/opinions:
    parameters: *one
    get: { responses: &opinions { '200': { description: x, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Opinion' } } } } } } }
    post: { requestBody: &opinion { content: { application/x-www-form-urlencoded: { schema: { $ref: '#/components/schemas/Opinion' } } } }, responses: { '200': { description: x } } }
  /shops/{shopId}/opinions/{opinion}:
    parameters: [{ name: shopId, in: path, required: true, schema: {} }, { name: opinion, in: path, required: true, schema: { type: string } }]
    get: { responses: { '200': { description: x, content: { application/json: { schema: { $ref: '#/components/schemas/Opinion' } } } } } }
    post: { requestBody: *opinion, responses: { '200': { description: x } } }
components:
  schemas:
    Shop:
      type: object
      properties:
        shop_id: { type: integer, readOnly: true }
        name: { type: string }
        city: { type: string }
        open: { type: boolean }
        rating: { type: number }
        size: { enum: [small, large] }
        tags: { type: array, items: { type: string } }
        createdAt: { type: string, format: date-time }
        lastModified: { type: string, format: date-time }
        created_by: { type: string, format: uuid }
    Opinion:
      type: object
      additionalProperties: false
      properties:
        id: { type: string, pattern: '^op_[a-z0-9]{9}$' }
        text: { type: string }
";

#[test]
fn paths_and_methods_tell_what_happens() {
    let contract = recognised(SHOP);
    assert_eq!(collections(&contract), ["shops shop_id {number}", "shops/opinions id op_{9}"]);
    assert_eq!(
        deeds(&contract),
        [
            "GET /shops: List shops",
            "POST /shops: Create shops",
            "GET /shops/{shopId}: Get shops by shopId",
            "PUT /shops/{shopId}: Replace shops by shopId",
            "DELETE /shops/{shopId}: Delete shops by shopId",
            "PATCH /shops/{shopId}: Update shops by shopId",
            "GET /shops/{shopId}/opinions: List shops/opinions under shopId Some(0)",
            "POST /shops/{shopId}/opinions: Create shops/opinions under shopId Some(0)",
            "GET /shops/{shopId}/opinions/{opinion}: Get shops/opinions by opinion under shopId Some(0)",
            "POST /shops/{shopId}/opinions/{opinion}: Update shops/opinions by opinion under shopId Some(0)",
        ]
    );
    let made = [("createdAt".to_owned(), Made::Now), ("lastModified".to_owned(), Made::Touched)];
    assert_eq!(contract.collections[0].made, made);
    assert_eq!(contract.collections[1].references, [("shopId".to_owned(), 0)]);
}

#[test]
fn parameters_are_known_by_name_and_type() {
    assert_eq!(
        meanings(&recognised(SHOP), "shops"),
        [
            "q: name|city Contains",
            "city: city Equals",
            "tag: tags Includes",
            "open: open Equals",
            "size: size Equals",
            "minRating: rating AtLeast",
            "rating[lte]: rating AtMost",
            "created_after: createdAt AtLeast",
            "createdBefore: createdAt AtMost",
            "tags: tags Includes",
            "page: Page",
            "limit: PerPage",
            "starting_after: After",
            "sort: SortBy",
            "order: SortOrder",
        ]
    );
    let contract = recognised(SHOP);
    let sort = contract.operation("shops").unwrap().parameters.iter().find(|parameter| parameter.name == "sort");
    assert_eq!(sort.unwrap().fields["created"], "createdAt");
}

#[test]
fn what_is_stated_goes_before_what_is_recognised() {
    let text = SHOP
        .replacen(
            "paths:",
            "x-mock: { collections: { shops: { id_style: 's{8}', made: { city: { value: Rome } } } } }\npaths:",
            1,
        )
        .replacen("{ name: city, in: query,", "{ name: city, in: query, x-mock: { filter: name, test: contains },", 1)
        .replacen("    delete: {", "    delete: { x-mock: { action: none },", 1)
        .replacen("    put: {", "    put: { x-mock: { action: update, collection: shops },", 1);
    let contract = recognised(&text);
    assert_eq!(collections(&contract)[0], "shops shop_id s{8}");
    let made: Vec<_> = contract.collections[0].made.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(made, ["city", "createdAt", "lastModified"]);
    assert_eq!(meanings(&contract, "shops")[1], "city: name Contains");
    let deeds = deeds(&contract);
    assert!(deeds.contains(&"PUT /shops/{shopId}: Update shops by shopId".to_owned()), "{deeds:?}");
    assert!(!deeds.iter().any(|deed| deed.starts_with("DELETE")), "{deeds:?}");
}

/// A document with one collection whose records have these fields, and this example of one.
fn with_id(name: &str, schema: &str, example: &str) -> Contract {
    recognised(&format!(
        "
paths:
  /cards:
    post:
      requestBody: {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Card' }} }} }} }}
      responses: {{ '201': {{ description: x }} }}
  /cards/{{card}}:
    get:
      parameters: [{{ name: card, in: path, required: true, schema: {{ type: string, maxLength: 36 }} }}]
      responses: {{ '200': {{ description: x, content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Card' }}, example: {example} }} }} }} }}
components: {{ schemas: {{ Card: {{ type: object, properties: {{ title: {{}}, {name}: {schema} }} }} }} }}
"
    ))
}

#[test]
fn ids_look_as_the_document_has_them() {
    for (name, schema, example, expected) in [
        ("id", "{ type: integer }", "{}", "id {number}"),
        ("uuid", "{ type: string, format: uuid }", "{}", "uuid {uuid}"),
        ("cardId", "{ type: string }", "{}", "cardId {uuid}"),
        ("card_id", "{ type: string, maxLength: 12 }", "{}", "card_id {12}"),
        ("card", "{ type: string, pattern: '^[0-9]+$' }", "{}", "card {number}"),
        ("id", "{ type: string, example: cus_4QFJOjw2pOmAGJ }", "{}", "id cus_{14}"),
        ("id", "{ type: string }", "{ id: card-0001 }", "id card-{12}"),
        ("id", "{ type: string, pattern: '^card_[a-z0-9]{4}$' }", "{ id: card_0001 }", "id card_{4}"),
        ("id", "{ type: string, pattern: '^evt_[0-9A-Za-z]{16}$' }", "{}", "id evt_{16}"),
        ("id", "{ type: string }", "{ id: 6f1c9a52-3b7e-4d18-8a2f-0c5e9d7b4a61 }", "id {uuid}"),
    ] {
        let contract = with_id(name, schema, example);
        assert_eq!(collections(&contract), [format!("cards {expected}")], "{schema} {example}");
    }
    // Nothing here could be an id, or it is no value.
    for (name, schema) in [("label", "{ type: string }"), ("id", "{ type: object }")] {
        assert_eq!(collections(&with_id(name, schema, "{}")), [""; 0], "{name}");
    }
}

#[test]
fn real_documents_are_recognised_where_records_can_be_made() {
    let orders = of_file("orders.yaml");
    assert_eq!(collections(&orders), ["orders id order_{12}"]);
    assert_eq!(
        deeds(&orders),
        [
            "GET /api/v2/orders: List orders",
            "POST /api/v2/orders: Create orders",
            "GET /api/v2/orders/{order_id}: Get orders by order_id",
            "DELETE /api/v2/orders/{order_id}: Delete orders by order_id",
        ]
    );
    assert_eq!(meanings(&orders, "listOrders"), ["status: status Equals", "page: Page"]);

    let bank = of_file("bank.yaml");
    assert_eq!(collections(&bank), ["transfers id {uuid}"]);
    assert_eq!(deeds(&bank), ["GET /transfers: List transfers", "POST /transfers: Create transfers"]);

    let calendar = of_file("calendar.yaml");
    assert_eq!(collections(&calendar), ["calendars/events id evt_{16}"]);
    let [list, create] = &deeds(&calendar)[..] else { panic!() };
    assert_eq!(list, "GET /calendars/{calendar}/events: List calendars/events under calendar None");
    assert_eq!(create, "POST /calendars/{calendar}/events: Create calendars/events under calendar None");

    // Uploads become no records, and of what can't be made there are none.
    for name in ["files.yaml", "chat.yaml", "devices.yaml"] {
        assert_eq!(deeds(&of_file(name)), [""; 0], "{name}");
    }
}

#[test]
fn a_list_below_a_record_is_of_the_records_that_have_a_path_of_their_own() {
    let contract = recognised(
        "
paths:
  /users/{user}/posts:
    parameters: [{ name: user, in: path, required: true, schema: { type: integer } }]
    get: { responses: { '200': { description: x, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Post' } } } } } } }
  /posts:
    post: { requestBody: { content: { application/json: {} } }, responses: { '201': { description: x } } }
  /posts/{id}:
    parameters: [{ name: id, in: path, required: true, schema: { type: integer } }]
    get: { responses: { '200': { description: x, content: { application/json: { schema: { $ref: '#/components/schemas/Post' } } } } } }
components: { schemas: { Post: { properties: { id: { type: integer }, userId: { type: integer } } } } }
",
    );
    assert_eq!(
        deeds(&contract),
        [
            "GET /users/{user}/posts: List posts under userId None",
            "POST /posts: Create posts",
            "GET /posts/{id}: Get posts by id",
        ]
    );
}

#[test]
fn records_may_be_made_below_another_and_read_by_themselves() {
    let post = "{ '200': { description: x, content: { application/json: { schema: { $ref: '#/components/schemas/Post' } } } } }";
    let contract = recognised(&format!(
        "
paths:
  /posts/{{id}}:
    parameters: [{{ name: id, in: path, required: true, schema: {{ type: integer }} }}]
    get: {{ responses: {post} }}
  /users/{{user_id}}/posts:
    parameters: &user [{{ name: user_id, in: path, required: true, schema: {{ type: integer }} }}]
    post: {{ requestBody: {{ content: {{ application/json: {{ schema: {{ $ref: '#/components/schemas/Post' }} }} }} }}, responses: {post} }}
  /users/{{user_id}}/posts/{{post}}:
    parameters: [{{ name: user_id, in: path, required: true, schema: {{ type: integer }} }}, {{ name: post, in: path, required: true, schema: {{}} }}]
    delete: {{ responses: {{ '204': {{ description: x }} }} }}
    get: {{ responses: {post} }}
  /v1/users: &users
    get: {{ responses: &all {{ '200': {{ description: x, content: {{ application/json: {{ schema: {{ type: array, items: &item {{ properties: {{ id: {{}} }} }} }} }} }} }} }} }}
    post: {{ requestBody: {{ content: {{ application/json: {{}} }} }}, responses: {{ '201': {{ description: x }} }} }}
  /v2/users: *users
components: {{ schemas: {{ Post: {{ properties: {{ id: {{ type: integer }}, title: {{ type: string }} }} }} }} }}
"
    ));
    let names: Vec<&str> = contract.collections.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["posts", "/v1/users", "/v2/users"]);
    assert_eq!(
        deeds(&contract)[..4],
        [
            "GET /posts/{id}: Get posts by id",
            "POST /users/{user_id}/posts: Create posts under user_id None",
            "GET /users/{user_id}/posts/{post}: Get posts by post under user_id None",
            "DELETE /users/{user_id}/posts/{post}: Delete posts by post under user_id None",
        ]
    );
}

#[test]
fn a_collection_of_which_nothing_is_to_be_recognised_leaves_no_gap() {
    let text = SHOP.replacen("paths:\n", "paths:\n  /idle:\n    get: { x-mock: { action: none }, responses: &row { '200': { description: x, content: { application/json: { schema: { type: array, items: { $ref: '#/components/schemas/Shop' } } } } } } }\n    post: { x-mock: { action: none }, requestBody: { content: { application/json: {} } }, responses: *row }\n", 1);
    assert_eq!(deeds(&recognised(&text)), deeds(&recognised(SHOP)));
}

#[test]
fn strange_paths_and_schemas_lead_to_nothing_and_no_panic() {
    let body = "{ content: { application/json: { schema: { $ref: '#/components/schemas/Self' } } } }";
    let answer = "{ '200': { description: x, content: { application/json: { schema: { $ref: '#/components/schemas/Self' } } } } }";
    let paths =
        ["/", "//", "/{a}", "/{a}/{b}", "/a{b}/c", "/a{b}/c/{d}", "/é/{ü}", "/a//{x}", "/a/{x}.{y}", "/{x}s/{y}"];
    let mut document = "paths:\n".to_owned();
    for path in paths {
        let names = path.split('{').skip(1).filter_map(|rest| rest.split('}').next());
        let parameters: Vec<String> =
            names.map(|name| format!("{{ name: {name}, in: path, required: true, schema: {{}} }}")).collect();
        document += &format!(
            "  '{path}':\n    parameters: [{}]\n    get: {{ responses: {answer} }}\n    post: {{ requestBody: {body}, responses: {answer} }}\n",
            parameters.join(", ")
        );
    }
    document += "components: { schemas: { Self: { allOf: [{ $ref: '#/components/schemas/Self' }], properties: { id: { $ref: '#/components/schemas/Self' }, data: { $ref: '#/components/schemas/Self' } } } } }\n";
    // An object that is its own id could be one, for all that is said of it.
    let contract = recognised(&document);
    assert!(
        contract
            .operations
            .iter()
            .all(|operation| operation.deed.as_ref().is_none_or(|deed| deed.collection < contract.collections.len()))
    );
}

#[test]
fn the_embedded_contract_says_everything_itself() {
    let folder = Folder::new(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas")).unwrap();
    let mut contract = Contract::load(&folder, "openapi.yaml").unwrap().contract;
    let before = (collections(&contract), deeds(&contract));
    assert_eq!(before.1.len(), contract.operations.len());
    contract.recognise();
    assert_eq!((collections(&contract), deeds(&contract)), before);
}
