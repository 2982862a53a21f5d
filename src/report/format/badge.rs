//! A badge: an image (.svg), or what a service for badges asks of an endpoint (.json).

use serde_json::json;

use crate::law::Level;
use crate::report::text::{visible, width};
use crate::verdict::{Clause, Conformity, Date, Report, shown_profiles};

/// The form of a badge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Form {
    /// An image.
    Svg,
    /// The answer of an endpoint.
    Json,
}

impl Form {
    /// The form that the ending of a path asks for; standard output gets the image.
    ///
    /// # Errors
    /// It asks for no form that there is.
    pub fn of(path: &str) -> Result<Self, String> {
        match path.rsplit('.').next() {
            Some("svg") => Ok(Self::Svg),
            Some("json") => Ok(Self::Json),
            _ if path == "-" => Ok(Self::Svg),
            _ => Err(format!(
                "`badge={path}`: the ending says the form: write .svg or .json"
            )),
        }
    }
}

/// What a badge says.
struct Badge {
    label: String,
    message: String,
    color: &'static str,
}

/// One badge, for the worst of the reports.
pub fn render(form: Form, reports: &[(&Report, Date)]) -> String {
    let badges = reports.iter().map(|(report, _)| badge(report));
    let badge = badges.min_by_key(|badge| rank(badge.color));
    let badge = badge.unwrap_or_else(|| Badge {
        label: "ricspec".to_owned(),
        message: "no result".to_owned(),
        color: GREY,
    });
    match form {
        Form::Svg => svg(&badge),
        Form::Json => {
            let answer = json!({
                "schemaVersion": 1, "label": badge.label, "message": badge.message, "color": badge.color,
            });
            format!("{answer:#}\n")
        }
    }
}

const RED: &str = "#b3261e";
const AMBER: &str = "#8a5d00";
const GREEN: &str = "#1f6b33";
const GREY: &str = "#57524c";

fn rank(color: &str) -> usize {
    let colors = [RED, GREY, AMBER, GREEN];
    colors
        .iter()
        .position(|known| *known == color)
        .unwrap_or_default()
}

/// By the requirements of the core, and of other profiles that were tried.
fn badge(report: &Report) -> Badge {
    let clauses = report.clauses();
    let shown = shown_profiles(&clauses);
    let is_shown = |clause: &Clause| {
        let profile = clause.profile.as_deref();
        profile.is_some_and(|profile| shown.contains(profile))
    };
    let of = |level: Level| {
        let own = clauses
            .iter()
            .filter(|clause| clause.in_set && clause.level == level && is_shown(clause));
        own.collect::<Vec<&Clause>>()
    };
    let (must, should) = (of(Level::Must), of(Level::Should));
    let met = |all: &[&Clause]| {
        all.iter()
            .filter(|clause| clause.conformity == Conformity::Conforms)
            .count()
    };
    let broken = must.iter().filter(|clause| clause.is_broken()).count();
    let untried = must
        .iter()
        .any(|clause| clause.conformity == Conformity::NotTried);
    let counts = format!(
        "{}/{} MUST, {}/{} SHOULD",
        met(&must),
        must.len(),
        met(&should),
        should.len()
    );
    let set = report.set.as_ref();
    Badge {
        label: set.map_or_else(|| report.tool.clone(), |set| set.set.name.clone()),
        message: counts,
        color: match (broken, untried || must.is_empty()) {
            (1.., _) => RED,
            (0, true) => AMBER,
            (0, false) => GREEN,
        },
    }
}

/// The width of a letter of this font, in tenths of a unit: the image must look right without the font at hand.
const LETTER_TENTHS: usize = 66;

/// The image. It has its text as a title for those who do not see it.
fn svg(badge: &Badge) -> String {
    let wide = |text: &str| width(text) * LETTER_TENTHS / 10 + 12;
    let (left, right) = (wide(&badge.label), wide(&badge.message));
    let (whole, at) = (left + right, left + right / 2);
    let (label, message) = (escaped(&badge.label), escaped(&badge.message));
    let (middle, color) = (left / 2, badge.color);
    let (label_width, message_width) = (left - 12, right - 12);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" aria-label="{label}: {message}">
  <title>{label}: {message}</title>
  <clipPath id="round"><rect width="{whole}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#round)">
    <rect width="{left}" height="20" fill="#3b3835"/>
    <rect x="{left}" width="{right}" height="20" fill="{color}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="{middle}" y="14" textLength="{label_width}">{label}</text>
    <text x="{at}" y="14" textLength="{message_width}">{message}</text>
  </g>
</svg>
"##
    )
}

fn escaped(text: &str) -> String {
    let text = visible(text).replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
