"""What is sent under which address, and that the page lists it."""

import re
from dataclasses import replace

import numpy as np
import pytest

from eyeprentice.app.osc.addresses import check_convention, messages_of
from eyeprentice.eye.region import Place
from eyeprentice.runtime import Moment
from eyeprentice.runtime.belief import reading_of
from eyeprentice.runtime.units import arkit
from eyeprentice.words.errors import InputError
from tests.conftest import ROOT

UNITS = {"AU1": 0.5, "AU2": 0.25, "AU4": 0.125, "AU5": 0.5, "AU6": 0.75, "AU7": 0.25, "AU9": 0.0, "AU43": 0.5}
UNITS |= {"blink": 0.5}
BELIEF = [0.0, 0.125, 0.0, 0.625, 0.25, 0.0, 0.0]
READING = reading_of(BELIEF, 0.6, 7, 0.25, UNITS)
PLACE = Place(100.0, 80.0, 60.0, 40.0, mirrored=True)
IMAGE = np.zeros((8, 8), np.uint8)
MOMENT = Moment(7, 0.25, IMAGE, PLACE, "followed", IMAGE, READING, 0.875, Place(30.0, 80.0, 20.0, 20.0), "automatic")
NO_EYE = Moment(8, 0.3, IMAGE, None, None, None, None, calibration="none", lost=True)


def rows(heading: str) -> list[str]:
    """The addresses in the first column of the table under a heading."""
    page = (ROOT / "docs/osc.md").read_text("utf-8")
    _, _, below = page.partition(f"\n## {heading}\n")
    below = below.partition("\n## ")[0]
    names = []
    for line in below.splitlines():
        if line.startswith("| `/"):
            names += re.findall(r"`(/[^`]+)`", line.split(" | ")[0])
    return names


def test_what_is_sent_of_a_moment_with_an_eye():
    told = dict(messages_of(MOMENT))
    assert told["/eyeprentice/frame"] == 7
    assert told["/eyeprentice/eye/seen"] == 1
    assert told["/eyeprentice/eye/box"] == (70.0, 60.0, 60.0, 40.0)
    assert told["/eyeprentice/eye/second_box"] == (20.0, 70.0, 20.0, 20.0)
    assert told["/eyeprentice/eye/left"] == 1
    assert told["/eyeprentice/eye/quality"] == 0.875
    assert told["/eyeprentice/eye/openness"] == 0.25  # (1 - AU43)·(1 - blink)
    assert told["/eyeprentice/calibration"] == "automatic"
    assert told["/eyeprentice/emotion"] == "happiness"
    assert told["/eyeprentice/emotion_number"] == 3
    assert told["/eyeprentice/probability"] == 0.625
    assert told["/eyeprentice/certain"] == 1
    assert told["/eyeprentice/probabilities/neutral"] == 0.25
    assert told["/eyeprentice/units/AU6"] == 0.75
    assert told["/eyeprentice/arkit/cheekSquint"] == 0.75
    assert told["/eyeprentice/arkit/eyeBlink"] == 0.75
    assert told["/eyeprentice/valence"] == READING.valence
    assert told["/eyeprentice/arousal"] == READING.arousal


def test_without_an_eye_it_is_said_and_no_old_value_is_sent_again():
    assert dict(messages_of(NO_EYE)) == {
        "/eyeprentice/frame": 8, "/eyeprentice/calibration": "none", "/eyeprentice/reference_lost": 1,
        "/eyeprentice/eye/seen": 0,
    }  # fmt: skip
    assert messages_of(NO_EYE, "vrcft") == []
    assert messages_of(NO_EYE, "eyetrackvr") == []


def test_the_parameters_of_avatars_are_computed_as_vrcfacetracking_does():
    told = dict(messages_of(MOMENT, "vrcft"))
    for side in ("Right", "Left"):
        assert told[f"/avatar/parameters/v2/EyeLid{side}"] == 0.75 * 0.25 + 0.25 * 0.5
        assert told[f"/avatar/parameters/v2/EyeOpen{side}"] == 0.25
        assert told[f"/avatar/parameters/v2/EyeClosed{side}"] == 0.75
        assert told[f"/avatar/parameters/v2/EyeWide{side}"] == 0.5
        assert told[f"/avatar/parameters/v2/EyeSquint{side}"] == 0.25
        assert told[f"/avatar/parameters/v2/BrowInnerUp{side}"] == 0.5
        assert told[f"/avatar/parameters/v2/BrowOuterUp{side}"] == 0.25
        assert told[f"/avatar/parameters/v2/BrowUp{side}"] == pytest.approx(0.6 * 0.25 + 0.4 * 0.5)
        assert told[f"/avatar/parameters/v2/BrowLowerer{side}"] == 0.125
        assert told[f"/avatar/parameters/v2/BrowExpression{side}"] == 0.375 - 0.125
        assert told[f"/avatar/parameters/v2/CheekSquint{side}"] == 0.75
    assert told["/avatar/parameters/v2/EyeLid"] == told["/avatar/parameters/v2/EyeLidRight"]


def test_the_parameters_of_eyetrackvr_have_its_ranges():
    told = dict(messages_of(MOMENT, "eyetrackvr"))
    assert told["/avatar/parameters/RightEyeLidExpandedSqueeze"] == pytest.approx(0.8 * 0.25 + 0.2 * 0.5 - 0.25)
    assert told["/tracking/eye/EyesClosedAmount"] == 0.75
    shut = replace(READING, units=dict.fromkeys(UNITS, 0.0) | {"AU7": 1.0, "AU43": 1.0})
    told = dict(messages_of(replace(MOMENT, reading=shut), "eyetrackvr"))
    assert told["/avatar/parameters/LeftEyeLidExpandedSqueeze"] == -1
    assert told["/avatar/parameters/v2/EyeLidLeft"] == 0


@pytest.mark.parametrize("convention", ["vrcft", "eyetrackvr"])
def test_every_value_of_an_avatar_is_within_the_range_of_its_parameter(convention: str):
    for corner in range(1 << len(UNITS)):
        units = {name: float(corner >> place & 1) for place, name in enumerate(UNITS)}
        for address, value in messages_of(replace(MOMENT, reading=replace(READING, units=units)), convention):
            least = -1 if "Squeeze" in address or "BrowExpression" in address else 0
            assert least <= value <= 1, (address, units)


def test_a_model_without_action_units_sends_what_it_has_and_is_refused_for_avatars():
    bare = replace(MOMENT, reading=replace(READING, units={}))
    assert not [address for address, _ in messages_of(bare) if "unit" in address or "arkit" in address]
    some = replace(MOMENT, reading=replace(READING, units={"AU1": 0.5}))
    assert dict(messages_of(some))["/eyeprentice/units/AU1"] == 0.5
    assert not [address for address, _ in messages_of(some) if "arkit" in address or "openness" in address]
    check_convention("eyeprentice", ())
    for convention in ("vrcft", "eyetrackvr"):
        with pytest.raises(InputError, match="does not estimate all of them"):
            check_convention(convention, ("AU1",))


@pytest.mark.parametrize(
    ("heading", "convention"),
    [("Its own addresses", "eyeprentice"), ("VRCFaceTracking", "vrcft"), ("EyeTrackVR", "eyetrackvr")],
)
def test_the_page_lists_exactly_what_is_sent(heading: str, convention: str):
    wanted = [name for name, _ in messages_of(MOMENT, convention)]
    families = {"NAME": READING.probabilities, "UNIT": READING.units, "SHAPE": arkit(UNITS), "SIDE": ("Right", "Left")}
    listed = []
    for name in rows(heading):
        word = next((word for word in families if word in name), None)
        listed += [name] if word is None else [name.replace(word, each) for each in families[word]]
    assert sorted(listed) == sorted(wanted)
