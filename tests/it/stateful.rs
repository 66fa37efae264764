//! Documents that say nothing of records, served with `--stateful`: what is made can be read, listed, changed and deleted,
//! and every answer keeps the document.

use serde_json::{Value, json};

use crate::support::caller::Caller;
use crate::support::http::Answer;
use crate::support::server::Server;

fn start(document: &str) -> Server {
    let path = format!("tests/contracts/{document}.yaml");
    Server::start(["--contract", &path, "--stateful", "--check-answers", "--now", "2025-01-15T15:00:00Z"])
}

#[track_caller]
fn made(answer: &Answer) -> Value {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// Whatever was answered kept the document.
#[track_caller]
fn was_honest(server: &Server) {
    let said = server.output();
    assert!(!said.contains("our own answer") && !said.contains("a fault of ours"), "{said}");
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect()
}

#[test]
fn a_record_lives_from_its_creation_to_its_end() {
    let server = start("shelter");
    let caller = Caller::stranger(&server);
    assert_eq!(caller.read("/pets"), json!({ "items": [], "total": 0, "limit": 20, "offset": 0 }));
    let answer = caller.post("/pets", &json!({ "name": "Rex", "species": "dog", "tags": ["good"] }));
    let rex = made(&answer);
    let known = json!({ "name": "Rex", "species": "dog", "status": "available", "tags": ["good"], "chip": null, "id": 1,
        "createdAt": "2025-01-15T15:00:00Z", "updatedAt": "2025-01-15T15:00:00Z" });
    for (name, value) in known.as_object().unwrap() {
        assert_eq!(rex[name], *value, "{name}");
    }
    // What only the server sets and the document asks for is there, as its schema has it.
    assert!(rex["kennel"].as_str().is_some_and(|kennel| kennel.len() == 3), "{rex}");
    assert!(
        rex["intake"]["date"].is_string() && rex["revision"].as_u64().is_some_and(|revision| revision > 0),
        "{rex}"
    );
    let address = answer.header("Location").unwrap();
    assert_eq!(address, server.url("/api/v2/pets/1"));
    for target in ["/pets/1", "/api/v2/pets/1"] {
        assert_eq!(caller.read(target), rex);
    }
    assert_eq!(caller.read("/pets")["items"], json!([rex]));

    let moved = json!({ "advance": "1h" });
    assert_eq!(caller.post("/_mock/clock", &moved).status, 200);
    let mut expected = rex.clone();
    (expected["weight"], expected["updatedAt"]) = (json!(12.5), json!("2025-01-15T16:00:00Z"));
    let changed = caller.send("PATCH", "/pets/1", &[], Some(&json!({ "weight": 12.5 })));
    assert_eq!((changed.status, changed.json()), (200, expected));
    let replaced = caller.put("/pets/1", &json!({ "name": "Max", "species": "cat" })).json();
    assert_eq!((&replaced["name"], &replaced["tags"], replaced.get("weight")), (&json!("Max"), &json!([]), None));
    for kept in ["id", "createdAt", "url", "revision", "kennel", "intake"] {
        assert_eq!(replaced[kept], rex[kept], "{kept} is the server's");
    }
    assert_eq!(caller.read("/pets/1"), replaced);

    assert_eq!(caller.send("DELETE", "/pets/1", &[], None).status, 204);
    for (method, body) in [("GET", None), ("DELETE", None), ("PATCH", Some(json!({ "weight": 1 })))] {
        assert_eq!(caller.send(method, "/pets/1", &[], body.as_ref()).status, 404, "{method}");
    }
    assert_eq!(made(&caller.post("/pets", &json!({ "name": "Bo", "species": "dog" })))["id"], 2, "no id comes twice");
    was_honest(&server);
}

#[test]
fn lists_are_filtered_sorted_and_read_in_pages() {
    let server = start("shelter");
    let caller = Caller::stranger(&server);
    for n in 0..25 {
        let (species, status) = (["cat", "dog", "rabbit"][n % 3], ["available", "adopted"][n % 2]);
        let pet = json!({ "name": format!("Pet {n:02}"), "species": species, "status": status, "weight": 1 + n * 7 % 25,
            "tags": [format!("t{}", n % 5)] });
        made(&caller.post("/pets", &pet));
    }
    let list = |query: &str| caller.read(&format!("/pets?limit=100&{query}"));
    assert_eq!(list("species=cat")["total"], 9);
    assert_eq!(
        names(&list("species=cat&status=adopted&sort=name&order=asc")["items"]),
        ["Pet 03", "Pet 09", "Pet 15", "Pet 21"]
    );
    assert_eq!(list("status=adopted&status=available")["total"], 25);
    assert_eq!(names(&list("tag=T3&species=dog")["items"]), ["Pet 13"]);
    assert_eq!(names(&list("q=pet%2007")["items"]), ["Pet 07"]);
    assert_eq!(list("minWeight=20")["total"], 6);
    assert_eq!(list("species=dog&minWeight=99")["items"], json!([]));
    let heaviest = list("sort=weight&order=desc");
    assert!(heaviest["items"].as_array().unwrap().is_sorted_by_key(|pet| -pet["weight"].as_i64().unwrap()));

    let all = names(&list("")["items"]).into_iter().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!((all[0].as_str(), all[24].as_str()), ("Pet 24", "Pet 00"), "the newest comes first");
    let pages = [0, 10, 20, 30].map(|offset| caller.read(&format!("/pets?limit=10&offset={offset}")));
    let walked: Vec<&str> = pages.iter().flat_map(|page| names(&page["items"])).collect();
    assert_eq!(walked, all);
    assert_eq!((&pages[2]["total"], &pages[2]["offset"], &pages[3]["items"]), (&json!(25), &json!(20), &json!([])));
    was_honest(&server);
}

#[test]
fn records_stand_below_records_and_lanes_apart() {
    let server = start("shelter");
    let (here, there) = (Caller::stranger(&server), Caller::stranger(&server).with("X-Mock-Lane", "there"));
    let pet = |name: &str| json!({ "name": name, "species": "dog" });
    assert_eq!(made(&here.post("/pets", &pet("Rex")))["id"], 1);
    assert_eq!(there.get("/pets/1").status, 404);
    assert_eq!(made(&there.post("/pets", &pet("Mia")))["id"], 1);
    assert_eq!((&here.read("/pets/1")["name"], &there.read("/pets/1")["name"]), (&json!("Rex"), &json!("Mia")));
    assert_eq!(there.send("DELETE", "/pets/1", &[], None).status, 204);
    assert_eq!(here.get("/pets/1").status, 200);

    let visit = made(&here.post("/pets/1/visits", &json!({ "reason": "Limps" })));
    assert_eq!((&visit["petId"], &visit["urgent"], &visit["state"]), (&json!(1), &json!(false), &json!("planned")));
    assert_eq!(here.read(&format!("/visits/{}", visit["id"].as_str().unwrap())), visit);
    assert_eq!(here.read("/pets/1/visits"), json!([visit]));
    assert_eq!(here.post("/pets/2/visits", &json!({ "reason": "Nobody" })).status, 404);
    made(&here.post("/pets", &pet("Bo")));
    assert_eq!(here.read("/pets/2/visits"), json!([]));
    was_honest(&server);
}

#[test]
fn ids_envelopes_and_cursors_are_as_the_document_has_them() {
    let server = start("library");
    let caller = Caller::stranger(&server);
    let author = json!({ "name": "Ann", "role": "writer", "password": "secret" });
    let ann = made(&caller.post("/v1/authors", &author))["data"].clone();
    let id = ann["id"].as_str().unwrap();
    assert!(id.starts_with("auth_") && ann["slug"].is_string() && ann["stats"]["followers"].is_u64(), "{ann}");
    assert_eq!((&ann["bio"], ann.get("password")), (&Value::Null, None), "{ann}");
    let path = format!("/v1/authors/{id}");
    assert_eq!(caller.read(&path)["data"], ann);
    let list = caller.read("/v1/authors?name=Ann&per_page=1");
    assert_eq!(list, json!({ "data": [ann], "meta": { "page": 1, "per_page": 1, "total": 1, "total_pages": 1 } }));

    // The change's own schema lets anything pass, the author's does not.
    for (change, status) in
        [(json!({ "bio": "Long" }), 200), (json!({ "name": 5 }), 400), (json!({ "role": "king" }), 400)]
    {
        assert_eq!(caller.send("PATCH", &path, &[], Some(&change)).status, status, "{change}");
    }
    let now = caller.read(&path);
    assert_eq!((&now["data"]["bio"], &now["data"]["name"]), (&json!("Long"), &json!("Ann")));

    let books = format!("{path}/books");
    for n in 0..5 {
        let book = json!({ "isbn": format!("978000000000{n}"), "title": format!("Book {n}"), "published": format!("202{n}-01-01") });
        made(&caller.post(&books, &book));
    }
    let twice = caller.post(&books, &json!({ "isbn": "9780000000000", "title": "Again" }));
    assert_eq!((twice.status, &twice.json()["hint"]), (409, &json!("there is a record with this id already")));
    let (mut titles, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = caller.read(&format!("{books}?limit=2{cursor}"));
        titles.extend(page["books"].as_array().unwrap().iter().map(|book| book["title"].as_str().unwrap().to_owned()));
        assert_eq!(page["has_more"], page["next_cursor"].is_string());
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(titles, ["Book 4", "Book 3", "Book 2", "Book 1", "Book 0"]);
    assert_eq!(caller.read(&format!("{books}?published_after=2023-01-01"))["books"].as_array().unwrap().len(), 2);
    assert_eq!(caller.read("/v1/books/9780000000003")["title"], "Book 3");
    assert_eq!(caller.send("DELETE", "/v1/books/9780000000003", &[], None).status, 204, "what went well is no refusal");
    assert_eq!(caller.get("/v1/books/9780000000003").status, 404);
    was_honest(&server);
}

#[test]
fn what_was_made_goes_through_a_document_and_back() {
    let server = start("library");
    let caller = Caller::stranger(&server);
    let ann = made(&caller.post("/v1/authors", &json!({ "name": "Ann", "role": "editor" })))["data"].clone();
    let document = caller.read("/_mock/lanes/default/snapshot");
    assert_eq!(caller.put("/_mock/lanes/back/snapshot", &document).status, 201);
    let back = Caller::stranger(&server).with("X-Mock-Lane", "back");
    assert_eq!(back.read("/v1/authors")["data"], json!([ann]));
    was_honest(&server);
}
