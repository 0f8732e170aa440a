"""The schema of every table: one place for each column's name, kind, unit and meaning.

The same names are the header of the CSV files, the columns of the DataFrames and the sheets of
``results.xlsx``. Empty fields are missing values; a flag in the row says why.
"""

from __future__ import annotations

from blotflux.report.columns import Column, Table, boolean, integer, number, text

__all__ = [
    "BANDS",
    "COMPARISONS",
    "FLUX",
    "LANES",
    "NORMALIZED",
    "QC",
    "REPLICATES",
    "SHEET",
    "STUDY_TABLES",
    "TABLES",
]

_FLAGS = text(flags="Doubts about the row: names separated by spaces, each explained in the docs.")
_ANALYSIS = text(analysis="Name of the analysis; by default its kind and target.")
_PLACE = (
    *text(image="The picture, as the user named it, with '/'."),
    *integer(
        channel="Channel of the file, from 0.",
        page="Page of the file, from 0.",
        panel="Which blot of the picture, from 1 in reading order.",
    ),
)
_CONDITION = (
    *text(dose="Dose of the treatment."),
    *number("h", time_h="How long the treatment was on."),
    *text(inhibitor="Lysosomal inhibitor; empty: without."),
)

SHEET: tuple[Column, ...] = (
    *text(
        membrane="The membrane.",
        role="What the lane holds: sample, ladder, blank, standard or reference.",
    ),
    *integer(lane="Slot of the gel, from 1 at the left."),
    *text(
        treatment="Treatment, as in the sheet.",
        inhibitor="Lysosomal inhibitor; empty: without.",
        inhibitor_dose="Dose of the inhibitor.",
    ),
    *number("h", inhibitor_h="How long the inhibitor was on."),
    *text(
        replicate="Biological replicate.",
        technical="Technical replicate.",
        sample="The lysate.",
        dose="Dose of the treatment.",
        dose_unit="Unit of the dose.",
    ),
    *number("h", time_h="How long the treatment was on."),
    *number("ug", amount_ug="Protein loaded."),
    *text(exclude="Why the user left the lane out; empty: used."),
)
"""The sheet's own columns, as they are joined to bands, lanes and normalized values."""

BANDS = Table(
    name="bands",
    meaning="One row per image, channel, page, panel, lane and row of bands.",
    key=("image", "channel", "page", "panel", "lane", "row"),
    sheet_after="flags",
    columns=(
        *_PLACE,
        *text(membrane="The membrane; empty without a study."),
        *integer(lane="Lane, from 1 at the left."),
        *text(role="What the lane holds."),
        *integer(row="Row of bands, from 1 at the top; ladder bands are numbered on after it."),
        *text(target="The protein that the row was named; empty if nobody named it."),
        *number(
            "px",
            x_px="Where the lane's center line meets the band, in the file's pixels.",
            y_px="Centroid of the fitted band on that line.",
        ),
        *integer(
            "px",
            left_px="Left edge of the box that total sums.",
            top_px="Top edge of the box.",
            right_px="Right edge of the box, itself outside.",
            bottom_px="Bottom edge of the box, itself outside.",
            area_px="Pixels in the box.",
        ),
        *number(
            "counts·px",
            total="Sum of the signal over the box, neighbors included.",
            background="Estimated background summed over the box.",
            volume="Integral of this band alone; may be negative, never clipped.",
            volume_se="One standard error of volume: noise, background and overlap.",
        ),
        *number(snr="(mean - background) / noise per pixel in the box."),
        *integer("px", saturated_px="Pixels of the box at the detector's ceiling."),
        *number(
            saturated_fraction="Share of the pixels above half the band's height that are at it.",
            rf="Migration over front migration; empty unless both are known.",
        ),
        *number("kDa", molecular_weight_kda="From the ladder; empty without one."),
        *boolean(
            detected="Whether the band was detected; false: measured at the row's position.",
            edited="Whether a person changed the band.",
        ),
        *_FLAGS,
    ),
)

LANES = Table(
    name="lanes",
    meaning="One row per image, channel, page, panel and lane.",
    key=("image", "channel", "page", "panel", "lane"),
    sheet_after="flags",
    columns=(
        *_PLACE,
        *integer(lane="Lane, from 1 at the left."),
        *text(membrane="The membrane; empty without a study.", role="What the lane holds."),
        *number(
            "px",
            x_px="Center of the lane at half its height, in the file's pixels.",
            width_px="Full width of the lane.",
            x_top_px="Center of the lane at its upper end.",
            x_bottom_px="Center of the lane at its lower end.",
        ),
        *number(confidence="Probability that this is a lane and in the right place."),
        *_FLAGS,
    ),
)

NORMALIZED = Table(
    name="normalized",
    meaning="One row per analysis, membrane, lane and target.",
    key=("analysis", "membrane", "lane", "target"),
    sheet_after="target",
    columns=(
        *_ANALYSIS,
        *text(membrane="The membrane."),
        *integer(lane="Slot of the gel, from 1 at the left."),
        *text(target="The protein, or the ratio of two."),
        *number(
            "counts·px",
            volume="Integral of the band alone.",
            volume_se="One standard error of volume.",
        ),
        *number(
            normalization_factor="The lane's control over its mean of the membrane; volume is "
            "divided by it."
        ),
        *number(
            "counts·px",
            normalized="volume / normalization_factor.",
            normalized_se="One standard error of normalized.",
        ),
        *boolean(used="Whether the lane took part in inference; if not, flags says why."),
        *_FLAGS,
    ),
)

REPLICATES = Table(
    name="replicates",
    meaning="The numbers behind every estimate and every dot.",
    key=("analysis", "quantity", "replicate", "treatment", "dose", "time_h", "inhibitor"),
    columns=(
        *_ANALYSIS,
        *text(
            kind="Kind of the analysis.",
            quantity="What value is.",
            replicate="Biological replicate.",
            treatment="Treatment.",
        ),
        *_CONDITION,
        *integer(n_technical="Lanes that were collapsed into this value."),
        *number(
            value="The replicate's value, technical lanes collapsed by their geometric mean.",
            value_over_control="The same over the control of the same replicate.",
        ),
        *_FLAGS,
    ),
)

FLUX = Table(
    name="flux",
    meaning="One row per lc3_flux analysis, replicate and treatment; no replicate: all together.",
    key=("analysis", "replicate", "treatment", "dose", "time_h", "inhibitor"),
    columns=(
        *_ANALYSIS,
        *text(
            replicate="Biological replicate; empty: the model's estimate over all.",
            treatment="Treatment.",
        ),
        *_CONDITION,
        *number("h", inhibitor_h="How long the inhibitor was on."),
        *number(
            "vehicle without inhibitor = 1",
            basal="LC3-II over loading without inhibitor.",
            basal_se="Its standard error.",
            inhibited="LC3-II over loading with inhibitor.",
            inhibited_se="Its standard error.",
            difference="inhibited - basal: what the lysosome would have degraded.",
            difference_se="Its standard error.",
        ),
        *number(
            "1/h",
            rate_per_h="difference / inhibitor_h.",
            rate_per_h_se="Its standard error.",
        ),
        *number(ratio="inhibited / basal.", ratio_se="Its standard error."),
        *number(
            "h",
            transition_time_h="inhibitor_h / (ratio - 1); empty where it is not defined.",
            transition_time_h_se="Its standard error.",
        ),
        *number(
            lc3_ii_over_lc3_i="Descriptive only, not a measure of flux.",
            total_lc3="LC3-I + LC3-II; descriptive only, not a measure of flux.",
        ),
        *_FLAGS,
    ),
)

COMPARISONS = Table(
    name="comparisons",
    meaning="One row per analysis, quantity and treatment against its control.",
    key=("analysis", "quantity", "treatment", "dose", "time_h", "inhibitor"),
    columns=(
        *_ANALYSIS,
        *text(
            kind="Kind of the analysis.",
            quantity="What was estimated.",
            treatment="Treatment.",
            control="What it is compared with.",
        ),
        *_CONDITION,
        *integer(
            n="Biological replicates.", n_technical="Technical lanes behind them, all together."
        ),
        *number(
            estimate="Point estimate.",
            ci_low="Lower limit of the interval that the label rests on.",
            ci_high="Upper limit of that interval.",
            ci_level="Its level.",
            ci90_low="Lower limit of the equivalence test's interval.",
            ci90_high="Upper limit of that interval.",
            df="Degrees of freedom.",
            p_value="Raw p; empty where it is refused.",
            p_adjusted="p adjusted over family.",
        ),
        *text(family="What p was adjusted over."),
        *number(margin="Equivalence margin, a fold change."),
        *text(
            model="Formula of the model.",
            method="How interval and p were made.",
            label="The conclusion, on the headline quantity.",
            message="What a refusal or a gate says.",
        ),
        *_FLAGS,
    ),
)

QC = Table(
    name="qc",
    meaning="One row per finding.",
    key=(
        *("severity", "code", "analysis", "image", "channel", "page", "panel"),
        *("membrane", "lane", "target", "message"),
    ),
    columns=(
        *text(
            severity="info, warn or fail.",
            code="The rule.",
            analysis="The analysis concerned; empty: none in particular.",
            image="The picture concerned.",
        ),
        *integer(
            channel="Channel of the file, from 0.",
            page="Page of the file, from 0.",
            panel="Which blot of the picture, from 1.",
        ),
        *text(membrane="The membrane concerned."),
        *integer(lane="The lane concerned."),
        *text(target="The target concerned."),
        *number(value="What was found.", threshold="What it was compared with."),
        *boolean(used_in_label="Whether the finding took part in choosing a label."),
        *text(message="What was found, in a sentence."),
    ),
)

STUDY_TABLES: tuple[Table, ...] = (BANDS, LANES, NORMALIZED, REPLICATES, FLUX, COMPARISONS, QC)
TABLES: dict[str, Table] = {table.name: table for table in STUDY_TABLES}
"""Every table by name, as it is without a sheet."""
