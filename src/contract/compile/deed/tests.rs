use std::time::Duration;

use serde_json::json;

use crate::contract::sample::One;
use crate::contract::{Action, Contract, Made, Role, Test};
use crate::source::Diagnostic;

/// Owners with pets, and pets with visits to the vet that go on by themselves.
const CLINIC: &str = r##"
openapi: 3.1.0
info: { title: Clinic, version: "1" }
x-mock:
  envelopes: { default: { code: "{code}" } }
  problems:
    pet_unknown: { status: 404, code: pet }
    name_taken: { status: 409, code: taken }
    still_treated: { status: 409, code: treated }
    key_reused: { status: 422, code: reused }
    not_adopted: { status: 409, code: adopted }
    not_over: { status: 409, code: over }
  idempotency: { header: Idempotency-Key, keep: 24h, problem: key_reused }
  collections:
    owners: { schema: { properties: { id: { type: integer }, name: { type: string } } } }
    pets:
      schema: { $ref: "#/components/schemas/Pet" }
      id_style: pet_{12}
      missing: pet_unknown
      unique: { name: name_taken }
      made:
        state: { value: healthy }
        food: { by: species, values: { cat: fish } }
        born_at: now
        seen_at: touched
        number: phone
      merged: [notes]
      references: { owner_id: owners }
      in_use: { collection: visits, field: pet_id, when: { status: running }, problem: still_treated, count: visits }
    visits:
      schema: { $ref: "#/components/schemas/Visit" }
      references: { pet_id: pets }
      run: { of: pet_id, states: [waiting, running, done, failed] }
paths:
  /owners/{owner}/pets:
    parameters: [{ name: owner, in: path, required: true, schema: { type: integer } }]
    get:
      x-mock: { action: list, collection: pets, under: { owner: owner_id }, cache: 60 }
      parameters:
        - { name: page, in: query, schema: { type: integer }, x-mock: { role: page } }
        - { name: q, in: query, schema: { type: string }, x-mock: { filter: [name, notes.by], test: contains } }
        - { name: tag, in: query, schema: { type: string }, x-mock: { filter: tags, test: includes } }
        - { name: since, in: query, schema: { type: string }, x-mock: { filter: born_at, test: at_least } }
        - { name: sort, in: query, schema: { enum: [name, -born_at, age] }, x-mock: { role: sort_by, fields: { age: born_at } } }
      responses: &ok { "200": { description: ok } }
  /pets/{pet}:
    parameters: &pet [{ name: pet, in: path, required: true, schema: { type: string } }]
    get: { x-mock: { action: get, collection: pets }, responses: *ok }
  /pets/{pet}/tags:
    parameters: *pet
    post: { x-mock: { action: update, collection: pets, add: { field: tags, from: more } }, responses: *ok }
  /pets/{pet}/tags/{tag}:
    parameters: [{ name: pet, in: path, required: true, schema: {} }, { name: tag, in: path, required: true, schema: {} }]
    delete: { x-mock: { action: update, collection: pets, remove: { field: tags, by: tag } }, responses: *ok }
  /pets/{pet}/adopt:
    parameters: *pet
    post: { x-mock: { action: update, collection: pets, set: { state: adopted } }, responses: *ok }
  /pets/{pet_id}/visits:
    parameters: &visits [{ name: pet_id, in: path, required: true, schema: {} }]
    post:
      x-mock: { action: create, collection: visits, requires: { field: state, value: adopted, problem: not_adopted } }
      responses: *ok
  /pets/{pet_id}/visits/{visit}/bill:
    parameters: [{ name: pet_id, in: path, required: true, schema: {} }, { name: visit, in: path, required: true, schema: {} }]
    get:
      x-mock:
        action: get
        collection: visits
        shape: { visit: id, bill: output }
        only: { field: status, values: [done], problem: not_over }
      responses: *ok
  /figures:
    get: { x-mock: { report: weights, collection: pets, keep: owners }, responses: *ok }
  /pets/{pet}/picture:
    parameters: *pet
    get: { x-mock: { view: picture, collection: pets }, responses: *ok }
components:
  schemas:
    Pet:
      allOf:
        - properties: { id: {}, name: { type: string }, tags: { type: array }, number: {}, owner_id: { type: integer } }
        - properties:
            born_at: { type: string, format: date-time }
            seen_at: {}
            species: {}
            food: {}
            state: {}
            notes: { type: object, additionalProperties: { type: string } }
    Visit:
      properties: { id: {}, pet_id: {}, status: {}, started_at: {}, finished_at: {}, error: {}, input: {} }
"##;

fn load(text: &str) -> Result<Contract, Vec<Diagnostic>> {
    Contract::load(&One(text), "clinic.yaml").map(|loaded| loaded.contract)
}

/// The clinic with one thing changed, and what is found then: the code, the place and the help.
#[track_caller]
fn finding(what: &str, instead: &str) -> (&'static str, String, Option<String>) {
    assert_eq!(CLINIC.matches(what).count(), 1, "{what}");
    let findings = load(&CLINIC.replace(what, instead)).unwrap_err();
    assert_eq!(findings.len(), 1, "{findings:?}");
    let finding = findings.into_iter().next().unwrap();
    let spot = finding.spot.unwrap();
    let line = CLINIC.replace(what, instead).lines().nth(spot.line - 1).unwrap().to_owned();
    let place = line.chars().skip(spot.column - 1).take_while(|c| !" :,}]".contains(*c)).collect();
    (finding.code, place, finding.help)
}

#[test]
fn collections_are_read() {
    let contract = load(CLINIC).unwrap();
    let [owners, pets, visits] = &contract.collections[..] else { panic!() };
    assert_eq!((owners.id_style.as_str(), visits.id_style.as_str()), ("{number}", "{uuid}"));
    assert_eq!((pets.name.as_str(), pets.id_style.as_str()), ("pets", "pet_{12}"));
    assert_eq!(pets.missing.as_deref(), Some("pet_unknown"));
    assert_eq!(pets.unique, [("name".to_owned(), "name_taken".to_owned())]);
    let made: Vec<_> = pets.made.iter().map(|(field, made)| (field.as_str(), made.clone())).collect();
    let by_species =
        Made::By { field: "species".to_owned(), values: json!({ "cat": "fish" }).as_object().unwrap().clone() };
    assert_eq!(
        made,
        [
            ("state", Made::Value(json!("healthy"))),
            ("food", by_species),
            ("born_at", Made::Now),
            ("seen_at", Made::Touched),
            ("number", Made::Phone),
        ]
    );
    assert_eq!(pets.references, [("owner_id".to_owned(), 0)]);
    let in_use = pets.in_use.as_ref().unwrap();
    assert_eq!((in_use.collection, in_use.field.as_str(), in_use.count.as_str()), (2, "pet_id", "visits"));
    let run = visits.run.as_ref().unwrap();
    assert_eq!(run.states, ["waiting", "running", "done", "failed"]);
    assert_eq!((run.state.as_str(), run.ended.as_str(), run.output.as_str()), ("status", "finished_at", "output"));
    let idempotency = contract.idempotency.unwrap();
    assert_eq!((idempotency.header.as_str(), idempotency.keep), ("idempotency-key", Duration::from_secs(86_400)));
}

#[test]
fn operations_say_what_they_do() {
    let contract = load(CLINIC).unwrap();
    let deed = |id: &str| contract.operation(id).unwrap().deed.as_ref().unwrap();
    let list = deed("GET /owners/{owner}/pets");
    assert_eq!((&list.action, list.collection, list.cache), (&Action::List, 1, 60));
    assert_eq!(list.under, [("owner".to_owned(), "owner_id".to_owned(), Some(0))]);
    assert_eq!(deed("GET /pets/{pet}").id.as_deref(), Some("pet"));
    let tags = |parameter: &str| Some(("tags".to_owned(), parameter.to_owned()));
    assert_eq!(deed("POST /pets/{pet}/tags").add, tags("more"));
    let untag = deed("DELETE /pets/{pet}/tags/{tag}");
    assert_eq!((untag.id.as_deref(), &untag.remove, untag.under.len()), (Some("pet"), &tags("tag"), 0));
    assert_eq!(deed("POST /pets/{pet}/adopt").set, *json!({ "state": "adopted" }).as_object().unwrap());
    // A parameter that is called like a reference needs no more words.
    let visit = deed("POST /pets/{pet_id}/visits");
    assert_eq!(visit.under, [("pet_id".to_owned(), "pet_id".to_owned(), Some(1))]);
    assert_eq!(visit.requires, Some(("state".to_owned(), json!("adopted"), "not_adopted".to_owned())));
    let bill = deed("GET /pets/{pet_id}/visits/{visit}/bill");
    assert_eq!((bill.id.as_deref(), bill.under.len()), (Some("visit"), 1));
    assert_eq!(bill.shape.as_ref().unwrap()[1], ("bill".to_owned(), "output".to_owned()));
    assert_eq!(bill.only, Some(("status".to_owned(), vec![json!("done")], "not_over".to_owned())));
    assert_eq!((&deed("GET /figures").action, deed("GET /figures").keep), (&Action::Report("weights".into()), Some(0)));
    assert_eq!(deed("GET /pets/{pet}/picture").action, Action::View("picture".into()));
}

#[test]
fn parameters_say_what_they_let_through() {
    let contract = load(CLINIC).unwrap();
    let parameters = &contract.operation("GET /owners/{owner}/pets").unwrap().parameters;
    let filters: Vec<_> = parameters
        .iter()
        .filter_map(|parameter| parameter.filter.as_ref())
        .map(|filter| (filter.fields.join(" "), filter.test))
        .collect();
    let expected = [("name notes.by", Test::Contains), ("tags", Test::Includes), ("born_at", Test::AtLeast)];
    assert_eq!(filters, expected.map(|(fields, test)| (fields.to_owned(), test)));
    let roles: Vec<_> = parameters.iter().filter_map(|parameter| parameter.role).collect();
    assert_eq!(roles, [Role::Page, Role::SortBy]);
    let sort = parameters.iter().find(|parameter| parameter.name == "sort").unwrap();
    assert_eq!(sort.fields["age"], "born_at");
}

#[test]
fn what_leads_nowhere_is_named_with_its_place() {
    let meant = |name: &str| Some(format!("did you mean \"{name}\"?"));
    for (what, instead, code, place, help) in [
        ("keep: owners", "keep: ownrs", "E0610", "ownrs", meant("owners")),
        ("{ collection: visits, field", "{ collection: visit, field", "E0610", "visit", meant("visits")),
        ("filter: tags", "filter: tag", "E0611", "tag", meant("tags")),
        ("[name, notes.by]", "[name, nots]", "E0611", "nots", meant("notes")),
        ("[name, -born_at, age]", "[name, -bornat, age]", "E0611", "-bornat", None),
        ("age: born_at", "age: born", "E0611", "born", None),
        ("merged: [notes]", "merged: [note]", "E0611", "note", meant("notes")),
        ("state: { value: healthy }", "stat: { value: healthy }", "E0611", "stat", meant("state")),
        ("set: { state: adopted }", "set: { stat: adopted }", "E0611", "stat", meant("state")),
        ("bill: output", "bill: outputs", "E0611", "outputs", None),
        ("problem: key_reused", "problem: key_used", "E0603", "key_used", meant("key_reused")),
        ("missing: pet_unknown", "missing: unknown", "E0603", "unknown", None),
        ("by: tag }", "by: tog }", "E0612", "tog", meant("tag")),
        ("under: { owner: owner_id }", "under: { owner: name }", "E0612", "name", None),
        ("under: { owner: owner_id }, ", "", "E0612", "x-mock", None),
        ("action: get, collection: pets }", "action: get }", "E0613", "x-mock", None),
        ("{ action: get, collection: pets }", "{ collection: pets }", "E0613", "collection", None),
        ("view: picture", "view: picture, action: get", "E0613", "x-mock", None),
        ("born_at: now", "born_at: today", "E0613", "today", Some("for the text itself write { value: today }".into())),
        ("keep: 24h", "keep: a day", "E0613", "a", None),
        ("role: sort_by", "role: page", "E0614", "page", None),
        ("pet_{12}", "pet_{0}", "E0615", "pet_{0", None),
        ("filter: tags, test: includes", "filter: tags, test: contains", "E0616", "contains", None),
    ] {
        let found = finding(what, instead);
        assert_eq!((found.0, found.1.trim_start_matches("{").trim_start()), (code, place), "{what}");
        if help.is_some() {
            assert_eq!(found.2, help, "{what}");
        }
    }
}
