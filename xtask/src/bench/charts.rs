//! Charts of results, `bench-results/*.svg`, for suites that measure a range of amounts.
//!
//! A chart has a white background, so that it is readable on dark pages too. Both axes are logarithmic: a power
//! is a straight line, and equal ratios have equal distances.

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::{
    BLACK, BindKeyPoints as _, ChartBuilder, Circle, Color as _, DrawingArea, IntoDrawingArea as _,
    IntoFont as _, IntoLogRange as _, LineSeries, PathElement, RGBColor, SVGBackend, Text, WHITE,
};

use super::results::Results;

const FONT: &str = "sans-serif";

/// The chart is about as wide as the text of a page, so that its letters have the size of the text. plotters
/// draws letters a fifth smaller than requested.
const SIZE: (u32, u32) = (860, 420);
const TITLE: u32 = 20;
const LETTERS: u32 = 17;

/// The part of a panel's width that a mark takes.
const MARK: f64 = 0.16;

/// The height of the legend below the panels.
const LEGEND: u32 = 34;

/// The colours; the first is that of this project. They can be distinguished by colour-blind readers (Okabe and
/// Ito).
const COLOURS: [RGBColor; 7] = [
    RGBColor(213, 94, 0),
    RGBColor(230, 159, 0),
    RGBColor(0, 114, 178),
    RGBColor(0, 158, 115),
    RGBColor(86, 180, 233),
    RGBColor(110, 110, 110),
    RGBColor(204, 121, 167),
];

const GREY: RGBColor = RGBColor(150, 150, 150);

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// The chart of a suite.
struct Chart {
    suite: &'static str,
    /// The labels of the axes, with their units.
    axes: (&'static str, &'static str),
    /// Formats a mark of the x axis.
    mark: fn(f64) -> String,
    /// Returns the y value of a row with this amount and this number.
    y: fn(f64, f64) -> f64,
    /// The panels: each has the rows whose ids end with this text followed by that of a series, and a title.
    panels: &'static [(&'static str, &'static str)],
    series: &'static [Series],
}

/// A line in each panel.
struct Series {
    name: &'static str,
    /// The end of the ids of its rows, after that of the panel.
    rows: &'static str,
    /// The id of the column with its numbers.
    column: &'static str,
}

const fn series(name: &'static str, rows: &'static str, column: &'static str) -> Series {
    Series { name, rows, column }
}

static CHARTS: &[Chart] = &[
    Chart {
        suite: "dispatch",
        axes: ("jobs in a join", "us for each job"),
        mark: count,
        y: |_, microseconds| microseconds,
        panels: &[("/1", "1 core"), ("/2", "2 cores")],
        series: &[
            series("warm job", "/warm", "ours"),
            series("fresh job", "/fresh", "ours"),
            series("tokio", "/warm", "tokio"),
            series("rayon", "/warm", "rayon"),
            series("OS threads", "/warm", "threads"),
            series("bare call", "/warm", "bare"),
            series("bare instance", "/fresh", "bare"),
        ],
    },
    Chart {
        suite: "messages",
        axes: ("bytes in a message", "GB/s"),
        mark: bytes,
        y: |bytes, microseconds| bytes / microseconds / 1e3,
        panels: &[("/take", "One way"), ("/echo", "Round trip")],
        series: &[
            series("guest-runtime", "", "ours"),
            series("memcpy, two each way", "", "memcpy"),
            series("bare wasmtime", "", "bare"),
        ],
    },
    Chart {
        suite: "reactor",
        axes: ("futures", "us for each future"),
        mark: count,
        y: |futures, microseconds| microseconds / futures,
        panels: &[("/join-ready", "Join, all ready"), ("/join-pending", "Join, each waits once")],
        series: &[
            series("guest-runtime", "", "ours"),
            series("wstd", "", "wstd"),
            series("tokio", "", "tokio"),
            series("tokio, native", "", "native"),
        ],
    },
    Chart {
        suite: "echo",
        axes: ("connections", "us"),
        mark: count,
        y: |_, microseconds| microseconds,
        panels: &[("/each", "Time for each request"), ("/p99", "99 % of requests took at most")],
        series: &[
            series("guest-runtime", "", "ours"),
            series("wstd", "", "wstd"),
            series("tokio, native", "", "native"),
        ],
    },
];

/// Returns the chart of a suite, if it has one and there are results to draw.
pub(crate) fn draw(suite: &str, results: &Results) -> Result<Option<String>> {
    let Some(chart) = CHARTS.iter().find(|chart| chart.suite == suite) else { return Ok(None) };
    if chart.panels.iter().any(|(rows, _)| chart.lines(results, rows).iter().all(Vec::is_empty)) {
        return Ok(None);
    }
    let mut svg = String::new();
    {
        let whole = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        whole.fill(&WHITE)?;
        let (panels, legend) = whole.split_vertically(SIZE.1 - LEGEND);
        let areas = panels.split_evenly((1, chart.panels.len()));
        for (area, (rows, title)) in areas.iter().zip(chart.panels) {
            chart.panel(area, title, &chart.lines(results, rows))?;
        }
        chart.legend(&legend)?;
        whole.present()?;
    }
    Ok(Some(svg))
}

impl Chart {
    /// Returns the points of each series in a panel.
    fn lines(&self, results: &Results, panel: &str) -> Vec<Vec<(f64, f64)>> {
        let line = |series: &Series| {
            let end = format!("{panel}{}", series.rows);
            let points = results.rows.iter().filter(|row| row.id.ends_with(&end)).filter_map(|row| {
                let amount = row.amount.filter(|amount| *amount > 0.0)?;
                Some((amount, (self.y)(amount, results.median(&row.id, series.column)??)))
            });
            points.filter(|(_, y)| *y > 0.0).collect()
        };
        self.series.iter().map(line).collect()
    }

    fn panel(&self, area: &Area<'_>, title: &str, lines: &[Vec<(f64, f64)>]) -> Result<()> {
        let mut amounts: Vec<_> = lines.iter().flatten().map(|point| point.0).collect();
        amounts.sort_by(f64::total_cmp);
        amounts.dedup();
        let (least, most) = range(lines.iter().flatten().map(|point| point.1));
        let (first, last) = range(amounts.iter().copied());
        let x = (first / 1.5..last * 1.5).log_scale().with_key_points(marks(&amounts));
        let (least, most) = (least / 1.5, most * 1.5);
        let y = (least..most).log_scale().with_key_points(steps(least, most));
        let mut chart = ChartBuilder::on(area)
            .caption(title, (FONT, TITLE).into_font().color(&BLACK))
            .margin(10)
            .margin_right(26)
            .x_label_area_size(46)
            .y_label_area_size(62)
            .build_cartesian_2d(x, y)?;
        chart
            .configure_mesh()
            .x_desc(self.axes.0)
            .y_desc(self.axes.1)
            .x_label_formatter(&|amount| (self.mark)(*amount))
            .y_label_formatter(&|number| count(*number))
            .label_style((FONT, LETTERS).into_font().color(&BLACK))
            .axis_style(GREY)
            .bold_line_style(GREY.mix(0.4))
            .light_line_style(WHITE.mix(0.0))
            .draw()?;
        // The line of this project is drawn last, on top of the others.
        for (index, line) in lines.iter().enumerate().rev() {
            let style = colour(index).stroke_width(width(index));
            chart.draw_series(LineSeries::new(line.iter().copied(), style))?;
            chart.draw_series(line.iter().map(|&point| Circle::new(point, 3, colour(index).filled())))?;
        }
        Ok(())
    }

    /// Draws the names of all series in one line, with their colours.
    fn legend(&self, area: &Area<'_>) -> Result<()> {
        // A stroke of 20 with its gaps, and the average width of a letter.
        let room = |series: &Series| 42 + 8 * series.name.chars().count() as i32;
        let mut x = (SIZE.0 as i32 - self.series.iter().map(room).sum::<i32>()) / 2;
        for (index, series) in self.series.iter().enumerate() {
            let stroke = colour(index).stroke_width(width(index));
            area.draw(&PathElement::new([(x, 10), (x + 20, 10)], stroke))?;
            area.draw(&Circle::new((x + 10, 10), 3, colour(index).filled()))?;
            let letters = (FONT, LETTERS).into_font().color(&BLACK);
            area.draw(&Text::new(series.name, (x + 26, 4), letters))?;
            x += room(series);
        }
        Ok(())
    }
}

fn colour(index: usize) -> RGBColor {
    COLOURS[index % COLOURS.len()]
}

/// Returns the width of a line; that of this project is bolder.
fn width(index: usize) -> u32 {
    if index == 0 { 3 } else { 2 }
}

/// Returns the minimum and the maximum of at least one number.
fn range(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, 0.0), |(least, most), number| (number.min(least), number.max(most)))
}

/// Returns those of these sorted amounts that are far enough apart to be printed below an axis.
fn marks(amounts: &[f64]) -> Vec<f64> {
    let (first, last) = range(amounts.iter().copied());
    let far_enough = (last / first).powf(MARK);
    let mut marks: Vec<f64> = Vec::new();
    for &amount in amounts {
        if marks.last().is_none_or(|last| amount >= last * far_enough) {
            marks.push(amount);
        }
    }
    marks
}

/// Returns the powers of ten from `least` to `most`, and steps between them if the powers are few.
fn steps(least: f64, most: f64) -> Vec<f64> {
    let (first, last) = (least.log10().floor() as i32, most.log10().ceil() as i32);
    let between: &[f64] = if last - first > 3 { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let steps = (first..=last).flat_map(|power| between.iter().map(move |step| step * 10_f64.powi(power)));
    steps.filter(|step| (least..=most).contains(step)).collect()
}

/// Formats a number as `0.02`, `20` or `20 k`.
fn count(number: f64) -> String {
    match number {
        number if number >= 1e6 => format!("{} M", (number / 1e5).round() / 10.0),
        number if number >= 1e3 => format!("{} k", (number / 100.0).round() / 10.0),
        number if number >= 1.0 => format!("{}", (number * 10.0).round() / 10.0),
        number => format!("{}", (number * 1e5).round() / 1e5),
    }
}

/// Formats a size as `1 KiB`.
fn bytes(number: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB"];
    let unit = (0..units.len() - 1).find(|unit| number < 1024_f64.powi(*unit as i32 + 1));
    let unit = unit.unwrap_or(units.len() - 1);
    format!("{} {}", (number / 1024_f64.powi(unit as i32)).round(), units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::results::Row;

    /// Returns results in which a message takes a microsecond per KiB, and memcpy half of that.
    fn messages() -> Results {
        let row = |(way, size): (&str, f64)| Row {
            id: format!("{size}/{way}"),
            amount: Some(size),
            rounds: vec![vec![size / 1e3], vec![size / 2e3], vec![]],
            ..Row::default()
        };
        let sizes = [0.0, 1024.0, 1048576.0];
        let rows = ["take", "echo"].into_iter().flat_map(|way| sizes.map(|size| (way, size)));
        let rows = rows.map(row).collect();
        Results { rows, ..Results::default() }.with_columns(["ours", "memcpy", "bare"])
    }

    #[test]
    fn lines_are_of_the_rows_that_have_an_amount() {
        let lines = CHARTS[1].lines(&messages(), "/take");
        assert_eq!(lines[0], [(1024.0, 1.0), (1048576.0, 1.0)]);
        assert_eq!(lines[1], [(1024.0, 2.0), (1048576.0, 2.0)]);
        assert_eq!(lines[2], [], "it has no numbers");
    }

    #[test]
    fn a_picture_says_what_is_in_it_and_is_the_same_each_time() {
        let svg = draw("messages", &messages()).unwrap().unwrap();
        for text in ["One way", "Round trip", "GB/s", "bytes in a message", "memcpy", "1 KiB", "1 MiB"] {
            assert!(svg.contains(text), "{text}: {svg}");
        }
        assert!(svg.ends_with("</svg>\n"), "{svg}");
        assert_eq!(draw("messages", &messages()).unwrap().unwrap(), svg);
    }

    #[test]
    fn there_is_no_picture_of_nothing() {
        assert_eq!(draw("messages", &Results::default()).unwrap(), None);
        assert_eq!(draw("no such suite", &messages()).unwrap(), None);
    }

    #[test]
    fn marks_are_short_and_apart() {
        assert_eq!(marks(&[1.0, 10.0, 1e3, 1e5]), [1.0, 10.0, 1e3, 1e5]);
        assert_eq!(marks(&[1.0, 2.0, 1e3, 1e5]), [1.0, 1e3, 1e5]);
        assert_eq!(marks(&[7.0]), [7.0]);
        let counts = [0.02, 5.0, 1e3, 25e5].map(count);
        assert_eq!(counts, ["0.02", "5", "1 k", "2.5 M"]);
        assert_eq!([1.0, 65536.0, 255.0 * 1048576.0].map(bytes), ["1 B", "64 KiB", "255 MiB"]);
        assert_eq!(steps(0.3, 40.0), [0.5, 1.0, 2.0, 5.0, 10.0, 20.0]);
        assert_eq!(steps(0.03, 4e4), [0.1, 1.0, 10.0, 100.0, 1e3, 1e4]);
    }
}
