//! The door to annotate-snippets: findings as a person reads them, each with the line it is about.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Shade, Origin, Renderer, Snippet};

use super::harmless::shown;
use super::{Diagnostic, Level, Spot};

/// All findings, one below the other, an empty line between.
pub fn render(findings: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(120);
    let mut all = String::new();
    for finding in findings {
        if !all.is_empty() {
            all.push('\n');
        }
        all.push_str(renderer.render(&groups(finding)).trim_end());
        all.push('\n');
    }
    all
}

fn groups(finding: &Diagnostic) -> Vec<Group<'_>> {
    let shade = match finding.level {
        Level::Error => Shade::ERROR,
        Level::Warning => Shade::WARNING,
    };
    let mut group = Group::with_title(shade.primary_title(&*finding.message).id(finding.code));
    if let Some(spot) = &finding.spot {
        group = place(group, spot, &finding.label);
    }
    let mut groups = vec![group];
    if let Some(help) = &finding.help {
        groups.push(Group::with_title(Shade::HELP.secondary_title(shown(help))));
    }
    groups
}

fn place<'f>(group: Group<'f>, spot: &'f Spot, label: &'f str) -> Group<'f> {
    if spot.excerpt.trim().is_empty() || spot.skipped > 0 {
        let group = group.element(Origin::path(shown(&spot.file)).line(spot.line).char_column(spot.column));
        if spot.excerpt.trim().is_empty() {
            return group;
        }
        return group.element(snippet(spot, label));
    }
    group.element(snippet(spot, label).path(shown(&spot.file)))
}

fn snippet<'f>(spot: &'f Spot, label: &'f str) -> Snippet<'f, annotate_snippets::Annotation<'f>> {
    let from = spot.column.saturating_sub(1 + spot.skipped);
    let byte = |chars: usize| spot.excerpt.char_indices().nth(chars).map_or(spot.excerpt.len(), |(at, _)| at);
    let mut annotation = AnnotationKind::Primary.span(byte(from)..byte(from + spot.length.max(1)));
    if !label.is_empty() {
        annotation = annotation.label(shown(label));
    }
    Snippet::source(&*spot.excerpt).line_start(spot.line).annotation(annotation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceFile;

    #[test]
    fn a_finding_shows_its_line_and_what_to_do() {
        let text = "name: story\nsteps:\n  - operation: listPet\n";
        let file = SourceFile::parse("story.yaml", text).unwrap();
        let finding = Diagnostic::new("E0104", "unknown operation \"listPet\"")
            .at(file.spot("/steps/0/operation"))
            .label("not in the contract")
            .meant("listPet", ["listPets"]);
        let expected = "\
error[E0104]: unknown operation \"listPet\"
 --> story.yaml:3:16
  |
3 |   - operation: listPet
  |                ^^^^^^^ not in the contract
  |
help: did you mean \"listPets\"?
";
        assert_eq!(render(&[finding], false), expected);
    }

    #[test]
    fn a_place_without_text_and_a_finding_without_place_are_shown_too() {
        let bare = Diagnostic::new("E0002", "there is no file");
        let placed = bare.clone().at(Spot::new("a.yaml", 3, 4));
        assert_eq!(
            render(&[bare, placed], false),
            "error[E0002]: there is no file\n\nerror[E0002]: there is no file\n--> a.yaml:3:4\n"
        );
    }

    #[test]
    fn of_a_line_without_end_only_the_part_in_question_is_shown() {
        let long = format!("{{\"pad\": \"{}\", \"last\": [{{\"last\": 1}}]}}", "x".repeat(100_000));
        let file = SourceFile::parse("long.json", long).unwrap();
        let finding = Diagnostic::new("E0104", "no").at(file.spot("/last/0/last"));
        let shown = render(&[finding], false);
        assert!(shown.contains(" --> long.json:1:1000"), "{shown}");
        assert!(shown.len() < 1000, "{shown}");
    }

    #[test]
    fn nothing_that_somebody_named_steers_a_terminal() {
        let name = "a\u{1b}[31m\nerror: \u{202e}b.yaml";
        let file = SourceFile::parse(name, "pets: \u{202e}a\nmore: 1\n").unwrap();
        let finding = Diagnostic::new("E0104", format!("no {name}")).at(file.spot("/pets")).label(name).help(name);
        let placed = Diagnostic::new("E0002", "no").at(Spot::new(name, 3, 4));
        let shown = render(&[finding, placed], false);
        assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
        assert_eq!(shown.matches("--> a\\u{1b}[31m\\u{a}error: \\u{202e}b.yaml:").count(), 2, "{shown}");
        assert_eq!(shown.lines().filter(|line| line.starts_with("error")).count(), 2, "{shown}");
    }
}
