from __future__ import annotations

import pytest

from blotflux.findings import Finding
from blotflux.report.schema import SHEET, STUDY_TABLES, TABLES

CONTRACT = {
    "bands": (
        "image, channel, page, panel, membrane, lane, role, row, target, x_px, y_px, left_px, "
        "top_px, right_px, bottom_px, area_px, total, background, volume, volume_se, snr, "
        "saturated_px, saturated_fraction, rf, molecular_weight_kda, detected, edited, flags"
    ),
    "lanes": (
        "image, channel, page, panel, lane, membrane, role, x_px, width_px, x_top_px, "
        "x_bottom_px, confidence, flags"
    ),
    "normalized": (
        "analysis, membrane, lane, target, volume, volume_se, normalization_factor, normalized, "
        "normalized_se, used, flags"
    ),
    "replicates": (
        "analysis, kind, quantity, replicate, treatment, dose, time_h, inhibitor, n_technical, "
        "value, value_over_control, flags"
    ),
    "flux": (
        "analysis, replicate, treatment, dose, time_h, inhibitor, inhibitor_h, basal, basal_se, "
        "inhibited, inhibited_se, difference, difference_se, rate_per_h, rate_per_h_se, ratio, "
        "ratio_se, transition_time_h, transition_time_h_se, lc3_ii_over_lc3_i, total_lc3, flags"
    ),
    "comparisons": (
        "analysis, kind, quantity, treatment, control, dose, time_h, inhibitor, n, n_technical, "
        "estimate, ci_low, ci_high, ci_level, ci90_low, ci90_high, df, p_value, p_adjusted, "
        "family, margin, model, method, label, message, flags"
    ),
    "qc": (
        "severity, code, analysis, image, channel, page, panel, membrane, lane, target, value, "
        "threshold, used_in_label, message"
    ),
}


@pytest.mark.parametrize("name", CONTRACT)
def test_every_table_has_exactly_the_columns_it_promises_in_that_order(name: str) -> None:
    assert [column.name for column in TABLES[name].columns] == CONTRACT[name].split(", ")


def test_the_tables_are_those_and_no_others() -> None:
    assert set(TABLES) == set(CONTRACT)


@pytest.mark.parametrize("table", STUDY_TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_means_and_its_unit_where_its_name_has_one(table) -> None:
    for column in table.columns:
        assert column.meaning.endswith("."), column.name
        assert column.unit or not column.name.endswith(("_px", "_kda", "_h")), column.name


@pytest.mark.parametrize("table", STUDY_TABLES, ids=lambda table: table.name)
def test_the_key_is_made_of_columns(table) -> None:
    assert set(table.key) <= {column.name for column in table.columns}


def test_the_sheets_columns_follow_the_flags_of_bands_and_the_keys_of_normalized_values() -> None:
    own = [column.name for column in SHEET]
    bands = [column.name for column in TABLES["bands"].with_sheet(SHEET, ("passage",)).columns]
    assert bands.index("flags") < bands.index("treatment") < bands.index("passage")
    assert bands[-1] == "passage"
    assert set(own) <= set(bands)
    assert len(bands) == len(set(bands))
    normalized = [
        column.name for column in TABLES["normalized"].with_sheet(SHEET, ("passage",)).columns
    ]
    assert normalized.index("target") < normalized.index("passage") < normalized.index("volume")


def test_a_finding_has_a_field_for_every_column_of_qc() -> None:
    assert {column.name for column in TABLES["qc"].columns} == set(Finding.__dataclass_fields__)
