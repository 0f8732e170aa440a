from __future__ import annotations

from pathlib import Path

import pytest

from blotflux.batch.sharding import FULL_SIZE, LOOK_AHEAD, SMALLEST, cut, look_ahead
from blotflux.batch.sources import Item


def items(count):
    return [Item(f"blot{number}.tif", Path(f"blot{number}.tif")) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 7, 1000])
def test_every_picture_is_in_one_shard_in_order(count):
    assert [item for shard in cut(iter(items(count)), 20) for item in shard.items] == items(count)


def test_shards_are_between_half_and_twice_their_size():
    sizes = [len(shard.items) for shard in cut(iter(items(20_000)), 200)]
    assert min(sizes[:-1]) >= 100
    assert max(sizes) <= 400
    assert 150 < sum(sizes) / len(sizes) < 250


def test_a_picture_added_in_front_changes_few_shards():
    before = {shard.id for shard in cut(iter(items(5_000)), 50)}
    added = [Item("a.tif", Path("a.tif")), *items(5_000)]
    after = {shard.id for shard in cut(iter(added), 50)}
    assert len(before) > 80
    assert len(after - before) <= 5


def test_few_pictures_are_cut_small_and_many_are_not_counted():
    total, size, stream = look_ahead(items(10))
    assert (total, size, len(list(stream))) == (10, SMALLEST, 10)
    total, size, stream = look_ahead(items(LOOK_AHEAD + 1))
    assert (total, size, len(list(stream))) == (None, FULL_SIZE, LOOK_AHEAD + 1)
