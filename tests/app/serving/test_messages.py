"""What a client's pictures may be."""

import cv2
import numpy as np
import pytest

from eyeprentice.app.serving.messages import parse_start
from eyeprentice.words import limits
from eyeprentice.words.errors import InputError

START = '{"type": "start", "frames": "picture"}'
GREY = np.arange(256, dtype=np.uint8).reshape(16, 16)


def test_a_picture_of_8_bits_is_read_and_others_are_refused():
    start = parse_start(START)
    assert np.array_equal(start.decoded(cv2.imencode(".png", GREY)[1].tobytes())[1], GREY)
    with pytest.raises(InputError, match="a picture of 16 bits, which does not tell by itself"):
        start.decoded(cv2.imencode(".png", GREY.astype(np.uint16) << 2)[1].tobytes())
    for kind in (".tiff", ".bmp", ".webp"):
        with pytest.raises(InputError, match="not a readable image; send a whole JPEG or PNG file"):
            start.decoded(cv2.imencode(kind, GREY)[1].tobytes())


@pytest.mark.parametrize(("kind", "channels"), [(".png", 1), (".png", 3), (".png", 4), (".jpg", 1), (".jpg", 3)])
def test_a_picture_may_have_as_many_pixels_as_a_raw_frame_and_is_refused_before_it_is_decoded(
    kind: str, channels: int, monkeypatch: pytest.MonkeyPatch
):
    start, width = parse_start(START), limits.MESSAGE_BYTES // 512
    largest, larger = (
        cv2.imencode(kind, np.zeros((512, each, channels), np.uint8))[1].tobytes() for each in (width, width + 1)
    )
    assert start.decoded(largest)[1].shape == (512, width)
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(InputError) as told:
        start.decoded(larger)
    assert str(told.value) == (
        "frame: a picture of 8193x512 (4,194,304 pixels can be read); "
        "send a whole JPEG or PNG file of at most 4,194,304 pixels as one message"
    )
