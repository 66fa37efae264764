use super::*;

/// Files by name, and the paths that were asked for.
struct Shelf {
    files: Vec<(&'static str, &'static str)>,
    asked: std::cell::RefCell<Vec<String>>,
}

fn shelf(files: &[(&'static str, &'static str)]) -> Shelf {
    Shelf { files: files.to_vec(), asked: Default::default() }
}

impl Library for Shelf {
    fn read(&self, path: &str) -> Result<SourceFile, Vec<Diagnostic>> {
        self.asked.borrow_mut().push(path.to_owned());
        match self.files.iter().find(|(name, _)| *name == path) {
            Some((_, text)) => SourceFile::parse(path, *text),
            None => Err(vec![Diagnostic::new("E0002", format!("there is no file {path}"))]),
        }
    }

    fn paths(&self) -> Vec<String> {
        self.files.iter().map(|(name, _)| (*name).to_owned()).collect()
    }
}

fn findings(files: &[(&'static str, &'static str)]) -> Vec<(&'static str, String, Option<String>)> {
    let findings = Bundle::load(&shelf(files), "api.yaml").map(|_| "loaded").unwrap_err();
    findings
        .into_iter()
        .map(|finding| {
            let spot = finding.spot.unwrap();
            (finding.code, format!("{}:{}:{}", spot.file, spot.line, spot.column), finding.help)
        })
        .collect()
}

#[test]
fn references_lead_over_files_and_back() {
    let library = shelf(&[
        ("api.yaml", "a: { $ref: 'sub/b.yaml#/one' }\nself: { $ref: '#' , x: 1}\nname: { $ref: 'sub/b.yaml#Two' }\n"),
        ("sub/b.yaml", "one: { $ref: '../api.yaml#/two/x~1y/0' }\nlist: [{ $anchor: Two, three: 3 }]\n"),
    ]);
    let text = "two:\n  x/y: [{ deep: 1, back: { $ref: sub/b.yaml } }]\n";
    let library = Shelf {
        files: library
            .files
            .iter()
            .map(|(name, body)| (*name, if *name == "api.yaml" { &*format!("{body}{text}").leak() } else { *body }))
            .collect(),
        ..library
    };
    let (bundle, findings) = Bundle::gather(&library, "api.yaml");
    let bundle = bundle.unwrap();
    // The document refers to itself as a whole, but is no reference: no circle.
    assert_eq!(findings, []);
    let a = bundle.root().get("a").unwrap();
    assert_eq!(a.value["deep"], 1);
    assert_eq!(a.uri(), "contract:///api.yaml#/two/x~1y/0");
    assert_eq!(a.get("back").unwrap().uri(), "contract:///sub/b.yaml#");
    assert_eq!(bundle.root().get("name").unwrap().value["three"], 3);
    assert_eq!(*library.asked.borrow(), ["api.yaml", "sub/b.yaml"]);
}

#[test]
fn what_lies_outside_is_named_and_never_asked_for() {
    let text = "a: { $ref: 'http://127.0.0.1:9/x.yaml' }\nb: { $ref: 'file:///etc/passwd' }\nc: { $ref: /etc/passwd }\n\
                d: { $ref: ../../x.yaml }\ne: { $ref: //host/x.yaml }\n";
    let library = shelf(&[("api.yaml", text)]);
    let found = Bundle::load(&library, "api.yaml").map(|_| ()).unwrap_err();
    let places: Vec<_> = found
        .iter()
        .map(|finding| finding.spot.as_ref().map(|spot| (finding.code, spot.line, spot.column)).unwrap())
        .collect();
    assert_eq!(places, [("E0201", 1, 12), ("E0201", 2, 12), ("E0202", 3, 12), ("E0203", 4, 12), ("E0201", 5, 12)]);
    assert_eq!(*library.asked.borrow(), ["api.yaml"]);
}

#[test]
fn every_fault_of_every_file_is_told() {
    let found = findings(&[
        ("api.yaml", "a: { $ref: pets.yaml }\nb: { $ref: broken.yaml }\nc: { $ref: '#/d/Pat' }\nd: { Pet: 1 }\n"),
        ("broken.yaml", "x: [\n"),
        ("pet.yaml", "e: { $ref: '#e' }\n"),
    ]);
    let did_you_mean = |name: &str| Some(format!("did you mean \"{name}\"?"));
    assert_eq!(found[0], ("E0204", "api.yaml:1:12".to_owned(), did_you_mean("pet.yaml")));
    assert_eq!((found[1].0, &*found[1].1), ("E0001", "broken.yaml:1:4"));
    assert_eq!(found[2], ("E0205", "api.yaml:3:12".to_owned(), did_you_mean("#/d/Pet")));
    assert_eq!(found.len(), 3);
}

#[test]
fn circles_are_found_and_never_walked() {
    for text in ["$ref: '#'", "a: { $ref: '#/b' }\nb: { $ref: '#/a' }", "a: { $ref: '#/a' }", "a: { $ref: '#/a/b' }"] {
        let text = text.to_owned().leak();
        let found = findings(&[("api.yaml", text)]);
        assert!(found.iter().all(|(code, ..)| matches!(*code, "E0206" | "E0205")), "{text}: {found:?}");
        let (bundle, _) = Bundle::gather(&shelf(&[("api.yaml", text)]), "api.yaml");
        // Walking on regardless comes to an end.
        let _ = bundle.unwrap().root().resolved().get("a").map(Cursor::resolved);
    }
}
