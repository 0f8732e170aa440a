from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blotflux.synthetic import AcrossLane, Peak

FORMS = {"gaussian": 0.0, "skewed": 0.8, "flat": 1.5, "heavy": 0.2}
Y = np.arange(-120, 121, dtype=float)


@pytest.mark.parametrize("form", FORMS)
def test_a_peak_is_as_wide_as_it_says_and_centered_on_its_centroid(form: str) -> None:
    peak = Peak(sigma_px=5.0, form=form, strength=FORMS[form])  # type: ignore[arg-type]
    values = peak.relative(Y)
    share = values / values.sum()
    center = float(share @ Y)
    assert center == pytest.approx(0.0, abs=0.01)
    assert np.sqrt(share @ (Y - center) ** 2) == pytest.approx(peak.deviation_px, rel=0.01)


def test_the_forms_differ_from_a_gaussian_of_their_own_width() -> None:
    for form, strength in FORMS.items():
        peak = Peak(sigma_px=5.0, form=form, strength=strength)  # type: ignore[arg-type]
        values = peak.relative(Y)
        plain = Peak(sigma_px=peak.deviation_px).relative(Y)
        apart = np.abs(values / values.sum() - plain / plain.sum()).sum()
        assert (apart > 0.02) == (form != "gaussian"), form


def test_a_skewed_peak_has_its_tail_where_the_sign_says() -> None:
    down = Peak(sigma_px=4.0, form="skewed", strength=1.2).relative(Y)
    up = Peak(sigma_px=4.0, form="skewed", strength=-1.2).relative(Y)
    assert down[Y > 15].sum() > 3 * down[Y < -15].sum()
    assert np.allclose(down, up[::-1])


@given(
    softness=st.floats(0.02, 0.15),
    slope=st.floats(-0.3, 0.3),
    rim=st.floats(-0.4, 0.4),
    form=st.sampled_from(["soft_box", "super_gaussian"]),
)
@settings(max_examples=25, deadline=None)
def test_a_band_stays_within_its_reach_and_is_never_negative(
    softness: float, slope: float, rim: float, form: str
) -> None:
    across = AcrossLane(form=form, softness=softness, slope=slope, rim=rim)  # type: ignore[arg-type]
    v = np.linspace(-1.5, 1.5, 3001)
    values = across.relative(v)
    assert values.min() >= 0
    assert values[np.abs(v) > across.reach].sum() < 2e-3 * values.sum()


def test_a_profile_is_one_lane_wide_at_half_its_height() -> None:
    v = np.linspace(-1, 1, 4001)
    for form in ("soft_box", "super_gaussian"):
        values = AcrossLane(form=form, softness=0.06).relative(v)  # type: ignore[arg-type]
        half = v[values >= values[len(v) // 2] / 2]
        assert half[-1] - half[0] == pytest.approx(1.0, abs=0.01)
