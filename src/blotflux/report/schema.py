"""The schema of every table: one place for each column's name, kind, unit and meaning.

The same names are the header of the CSV files, the columns of the DataFrames and the sheets of
``results.xlsx``. Empty fields are missing values; a flag in the row says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    "Column",
    "Kind",
    "Table",
]

Kind = Literal["text", "integer", "number", "boolean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes
    ----------
    name : str
        As in the header; a unit ends the name where there is one.
    kind : {"text", "integer", "number", "boolean"}
        Integers and numbers may be missing; text is empty instead; booleans are always there.
    unit : str
        Empty where the column has none.
    meaning : str
        One sentence.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its name, its columns in order, and the columns that sort it.

    `sheet_after` names the column after which the sheet's columns are put in a study; empty where
    the table has none.
    """

    name: str
    meaning: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sheet_after: str = ""

    def with_sheet(self, extra: tuple[str, ...] = ()) -> Table:
        """Return the table of a study, in which the sheet's columns follow `sheet_after`.

        Parameters
        ----------
        extra : tuple of str
            Columns of the sheet that are not ours, in its order.
        """
        if not self.sheet_after:
            return self
        own = {column.name for column in self.columns}
        added = tuple(column for column in SHEET if column.name not in own) + tuple(
            Column(name=name, kind="text", meaning="As in the sheet.") for name in extra
        )
        place = 1 + [column.name for column in self.columns].index(self.sheet_after)
        columns = (*self.columns[:place], *added, *self.columns[place:])
        return Table(name=self.name, meaning=self.meaning, columns=columns, key=self.key)


def _columns(kind: Kind, unit: str = "", /, **meanings: str) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, kind=kind, unit=unit, meaning=text) for name, text in meanings.items()
    )


def _text(**meanings: str) -> tuple[Column, ...]:
    return _columns("text", **meanings)


def _integer(unit: str = "", /, **meanings: str) -> tuple[Column, ...]:
    return _columns("integer", unit, **meanings)


def _number(unit: str = "", /, **meanings: str) -> tuple[Column, ...]:
    return _columns("number", unit, **meanings)


def _boolean(**meanings: str) -> tuple[Column, ...]:
    return _columns("boolean", **meanings)


_FLAGS = _text(flags="Doubts about the row: names separated by spaces, each explained in the docs.")
_ANALYSIS = _text(analysis="Name of the analysis; by default its kind and target.")
_PLACE = (
    *_text(image="The picture, as the user named it, with '/'."),
    *_integer(
        channel="Channel of the file, from 0.",
        page="Page of the file, from 0.",
        panel="Which blot of the picture, from 1 in reading order.",
    ),
)
_CONDITION = (
    *_text(dose="Dose of the treatment."),
    *_number("h", time_h="How long the treatment was on."),
    *_text(inhibitor="Lysosomal inhibitor; empty: without."),
)

SHEET: tuple[Column, ...] = (
    *_text(
        membrane="The membrane.",
        role="What the lane holds: sample, ladder, blank, standard or reference.",
    ),
    *_integer(lane="Slot of the gel, from 1 at the left."),
    *_text(
        treatment="Treatment, as in the sheet.",
        inhibitor="Lysosomal inhibitor; empty: without.",
        inhibitor_dose="Dose of the inhibitor.",
    ),
    *_number("h", inhibitor_h="How long the inhibitor was on."),
    *_text(
        replicate="Biological replicate.",
        technical="Technical replicate.",
        sample="The lysate.",
        dose="Dose of the treatment.",
        dose_unit="Unit of the dose.",
    ),
    *_number("h", time_h="How long the treatment was on."),
    *_number("ug", amount_ug="Protein loaded."),
    *_text(exclude="Why the user left the lane out; empty: used."),
)
"""The sheet's own columns, as they are joined to bands, lanes and normalized values."""

BANDS = Table(
    name="bands",
    meaning="One row per image, channel, page, panel, lane and row of bands.",
    key=("image", "channel", "page", "panel", "lane", "row"),
    sheet_after="flags",
    columns=(
        *_PLACE,
        *_text(membrane="The membrane; empty without a study."),
        *_integer(lane="Lane, from 1 at the left."),
        *_text(role="What the lane holds."),
        *_integer(row="Row of bands, from 1 at the top; ladder bands are numbered on after it."),
        *_text(target="The protein that the row was named; empty if nobody named it."),
        *_number(
            "px",
            x_px="Where the lane's center line meets the band, in the file's pixels.",
            y_px="Centroid of the fitted band on that line.",
        ),
        *_integer(
            "px",
            left_px="Left edge of the box that total sums.",
            top_px="Top edge of the box.",
            right_px="Right edge of the box, itself outside.",
            bottom_px="Bottom edge of the box, itself outside.",
            area_px="Pixels in the box.",
        ),
        *_number(
            "counts·px",
            total="Sum of the signal over the box, neighbors included.",
            background="Estimated background summed over the box.",
            volume="Integral of this band alone; may be negative, never clipped.",
            volume_se="One standard error of volume: noise, background and overlap.",
        ),
        *_number(snr="(mean - background) / noise per pixel in the box."),
        *_integer("px", saturated_px="Pixels of the box at the detector's ceiling."),
        *_number(
            saturated_fraction="Share of the pixels above half the band's height that are at it.",
            rf="Migration over front migration; empty unless both are known.",
        ),
        *_number("kDa", molecular_weight_kda="From the ladder; empty without one."),
        *_boolean(
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
        *_integer(lane="Lane, from 1 at the left."),
        *_text(membrane="The membrane; empty without a study.", role="What the lane holds."),
        *_number(
            "px",
            x_px="Center of the lane at half its height, in the file's pixels.",
            width_px="Full width of the lane.",
            x_top_px="Center of the lane at its upper end.",
            x_bottom_px="Center of the lane at its lower end.",
        ),
        *_number(confidence="Probability that this is a lane and in the right place."),
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
        *_text(membrane="The membrane."),
        *_integer(lane="Slot of the gel, from 1 at the left."),
        *_text(target="The protein, or the ratio of two."),
        *_number(
            "counts·px",
            volume="Integral of the band alone.",
            volume_se="One standard error of volume.",
        ),
        *_number(
            normalization_factor="The lane's control over its mean of the membrane; volume is "
            "divided by it."
        ),
        *_number(
            "counts·px",
            normalized="volume / normalization_factor.",
            normalized_se="One standard error of normalized.",
        ),
        *_boolean(used="Whether the lane took part in inference; if not, flags says why."),
        *_FLAGS,
    ),
)

REPLICATES = Table(
    name="replicates",
    meaning="The numbers behind every estimate and every dot.",
    key=("analysis", "quantity", "replicate", "treatment", "dose", "time_h", "inhibitor"),
    columns=(
        *_ANALYSIS,
        *_text(
            kind="Kind of the analysis.",
            quantity="What value is.",
            replicate="Biological replicate.",
            treatment="Treatment.",
        ),
        *_CONDITION,
        *_integer(n_technical="Lanes that were collapsed into this value."),
        *_number(
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
        *_text(
            replicate="Biological replicate; empty: the model's estimate over all.",
            treatment="Treatment.",
        ),
        *_CONDITION,
        *_number("h", inhibitor_h="How long the inhibitor was on."),
        *_number(
            "vehicle without inhibitor = 1",
            basal="LC3-II over loading without inhibitor.",
            basal_se="Its standard error.",
            inhibited="LC3-II over loading with inhibitor.",
            inhibited_se="Its standard error.",
            difference="inhibited - basal: what the lysosome would have degraded.",
            difference_se="Its standard error.",
        ),
        *_number(
            "1/h",
            rate_per_h="difference / inhibitor_h.",
            rate_per_h_se="Its standard error.",
        ),
        *_number(ratio="inhibited / basal.", ratio_se="Its standard error."),
        *_number(
            "h",
            transition_time_h="inhibitor_h / (ratio - 1); empty where it is not defined.",
            transition_time_h_se="Its standard error.",
        ),
        *_number(
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
        *_text(
            kind="Kind of the analysis.",
            quantity="What was estimated.",
            treatment="Treatment.",
            control="What it is compared with.",
        ),
        *_CONDITION,
        *_integer(
            n="Biological replicates.", n_technical="Technical lanes behind them, all together."
        ),
        *_number(
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
        *_text(family="What p was adjusted over."),
        *_number(margin="Equivalence margin, a fold change."),
        *_text(
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
        *_text(
            severity="info, warn or fail.",
            code="The rule.",
            analysis="The analysis concerned; empty: none in particular.",
            image="The picture concerned.",
        ),
        *_integer(
            channel="Channel of the file, from 0.",
            page="Page of the file, from 0.",
            panel="Which blot of the picture, from 1.",
        ),
        *_text(membrane="The membrane concerned."),
        *_integer(lane="The lane concerned."),
        *_text(target="The target concerned."),
        *_number(value="What was found.", threshold="What it was compared with."),
        *_boolean(used_in_label="Whether the finding took part in choosing a label."),
        *_text(message="What was found, in a sentence."),
    ),
)

STUDY_TABLES: tuple[Table, ...] = (BANDS, LANES, NORMALIZED, REPLICATES, FLUX, COMPARISONS, QC)
TABLES: dict[str, Table] = {table.name: table for table in STUDY_TABLES}
"""Every table by name, as it is without a sheet."""
