"""What a client's pictures may be."""

import cv2
import numpy as np
import pytest

from eyeprentice.app.serving.messages import parse_start
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
