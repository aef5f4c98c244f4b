"""How the frame lies within the stage: what is drawn on it lies on the pixels that it is about."""

import pytest

from tests.page.modules import called

SEEN = """(of, [frame, area, mirrored, box]) => {
    const fit = of.fitted(frame, area, mirrored);
    const shape = of.seen(fit, box);
    const corner = of.pixelAt(fit, shape.left, shape.top);
    return [[shape.left, shape.top, shape.width, shape.height], [corner.x, corner.y]];
}"""
WIDE = {"width": 640, "height": 480}


@pytest.mark.parametrize(
    ("area", "mirrored", "shape", "corner"),
    [
        ({"width": 320, "height": 240}, False, [50, 20, 40, 30], [100, 40]),
        ({"width": 320, "height": 240}, True, [230, 20, 40, 30], [180, 40]),
        ({"width": 320, "height": 340}, False, [50, 70, 40, 30], [100, 40]),  # bars above and below
        ({"width": 420, "height": 240}, True, [280, 20, 40, 30], [180, 40]),  # bars beside it
    ],
)
def test_a_box_is_seen_where_its_pixels_are(area: dict, mirrored: bool, shape: list, corner: list):
    assert called("page/fitting.ts", SEEN, [WIDE, area, mirrored, [100, 40, 80, 60]]) == [shape, corner]


def test_a_place_beside_the_frame_is_the_nearest_of_its_pixels():
    at = "(of, [x, y]) => of.pixelAt(of.fitted({width: 640, height: 480}, {width: 420, height: 240}, false), x, y)"
    assert called("page/fitting.ts", at, [10, 120]) == {"x": 0, "y": 240}
    assert called("page/fitting.ts", at, [999, 999]) == {"x": 640, "y": 480}
