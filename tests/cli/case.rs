//! Cases of the user: begun, checked, several in one file.

use std::fs;

use super::Desk;

#[test]
fn a_new_case_passes_and_can_be_checked() {
    let desk = Desk::new();
    let said = desk.run(&["case", "new", "mine/first"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.out.contains("wrote cases/mine/first.json"),
        "{}",
        said.out
    );
    let checked = desk.run(&["case", "check"]);
    assert_eq!(checked.code, 0, "{}", checked.err);
    assert!(
        checked.out.contains("mine/first  MUST  3 steps, RESP-03"),
        "{}",
        checked.out
    );
    // The same, by its file.
    let checked = desk.run(&["case", "check", "cases/mine/first.json"]);
    assert!(
        checked.out.contains("1 case is right"),
        "{}{}",
        checked.out,
        checked.err
    );
    let run = desk.run(&[
        "run",
        "--reference",
        "--cases",
        "cases",
        "--filter",
        "mine/first",
    ]);
    assert_eq!(run.code, 0, "{}", run.out);
    let before = desk.read("cases/mine/first.json");
    desk.refuse(&["case", "new", "mine/first"], 2, &["is there already"]);
    assert_eq!(desk.read("cases/mine/first.json"), before);
}

#[test]
fn an_id_that_no_case_can_have_is_refused() {
    let desk = Desk::new();
    for id in ["first", "mine/First", "mine/a/b", "../mine/first", "mine/"] {
        desk.refuse(
            &["case", "new", id],
            2,
            &["is not the id of a case: write AREA/NAME"],
        );
    }
    desk.refuse(
        &["case", "new", "response/null"],
        2,
        &["ships with ricspec"],
    );
    assert!(
        fs::read_dir(desk.path())
            .expect("a folder")
            .next()
            .is_none()
    );
}

#[test]
fn faults_of_cases_are_told_with_their_lines() {
    let desk = Desk::new();
    desk.refuse(&["case", "check"], 2, &["cases"]);
    assert_eq!(desk.run(&["case", "new", "mine/first"]).code, 0);
    let text = desk.read("cases/mine/first.json");
    desk.write(
        "cases/mine/first.json",
        &text.replace("\"RESP-01\"", "\"RESP-99\""),
    );
    desk.refuse(
        &["case", "check"],
        2,
        &["cases/mine/first.json:10: ", "RESP-99"],
    );
}

#[test]
fn the_schema_is_printed_as_it_is() {
    let desk = Desk::new();
    let printed = desk.run(&["case", "schema"]);
    let schema = include_str!("../../specs/schemas/case.schema.json");
    assert_eq!(printed.out.trim_end(), schema.trim_end());
}

#[test]
fn the_rows_of_a_table_are_cases() {
    let desk = Desk::new();
    assert_eq!(desk.run(&["case", "new", "mine/numbers"]).code, 0);
    let text = desk.read("cases/mine/numbers.json");
    let text = text.replace("\"mine/numbers\"", "\"mine/number_${n}\"");
    let text = text.replace("{\"n\": 1}", "\"${n}\"");
    let table = "  \"table\": [{\"n\": 7}, {\"n\": 8}],\n  \"needs\"";
    desk.write(
        "cases/mine/numbers.json",
        &text.replace("  \"needs\"", table),
    );
    let run = desk.run(&["run", "--reference", "--cases", "cases", "--filter", "mine"]);
    assert!(
        run.out.contains("2 cases: 2 pass"),
        "{}{}",
        run.out,
        run.err
    );
    let run = desk.run(&[
        "run",
        "--reference",
        "--cases",
        "cases",
        "--filter",
        "mine/number_8",
    ]);
    assert!(run.out.contains("1 case: 1 pass"), "{}{}", run.out, run.err);
}
