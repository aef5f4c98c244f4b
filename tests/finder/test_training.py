"""From material to a file: what is asked of the network, what is written, and that the command runs."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from eyeprentice.app.cli import main
from eyeprentice.app.commands.finder import finder
from eyeprentice.eye.contract import CELL
from eyeprentice.eye.decoding import decode
from eyeprentice.eye.network import open_network
from eyeprentice.finder.architecture import TYPICAL_SIZE, FinderNetwork, finished
from eyeprentice.finder.effects import Draw, within
from eyeprentice.finder.graph import write_graph
from eyeprentice.finder.loss import losses, make_targets
from eyeprentice.finder.material import (
    FACE,
    PATCH,
    Closeups,
    Faces,
    Material,
    concatenate_closeups,
    read_material,
    write_material,
)
from eyeprentice.finder.picture_bank import anchored, apply_maps, similarity
from eyeprentice.finder.portraits import cut_face, gather, patches_without_eyes, role_of
from eyeprentice.finder.scenes import EYE, NO_EYE, UNSURE, at_border
from eyeprentice.finder.simulated import closeups_of
from eyeprentice.finder.textures import texture
from eyeprentice.finder.training import read_finder_weights
from eyeprentice.words.errors import InputError


def closeups(people: int = 2) -> Closeups:
    return concatenate_closeups([closeups_of(number, 3) for number in range(people)])


def material(seed: int) -> Material:
    """Textures in place of faces, with eyes where a face would have them."""
    rng = np.random.default_rng(seed)
    eyes = np.array([[FACE / 2 - 40, 170], [FACE / 2 + 40, 170]], np.float32)
    count = 3
    faces = Faces(
        np.stack([texture(rng, FACE) for _ in range(count)]), np.stack([eyes] * count), np.ones(count, np.float32),
        np.tile(np.array([0, 0, FACE, FACE], np.float32), (count, 1)),
    )  # fmt: skip
    return Material(faces, np.stack([texture(rng, PATCH) for _ in range(4)]), closeups(1))


@torch.no_grad()
def test_the_file_gives_what_the_network_gives(tmp_path: Path):
    torch.manual_seed(0)
    network = FinderNetwork()
    network.train()(torch.rand(4, 1, 64, 64))  # so that the norms' statistics are some
    write_graph(tmp_path / "a.onnx", network, 0.5, "a test")
    rng = np.random.default_rng(0)
    for height, width in ((64, 96), (32, 32), (112, 112)):
        frame = texture(rng, 128)[:height, :width].copy()
        wanted = finished(network.eval()(torch.from_numpy(frame)[None, None].float() / 255))[0].numpy()
        assert open_network(tmp_path / "a.onnx").run(frame) == pytest.approx(wanted, rel=1e-3, abs=1e-3)
    write_graph(tmp_path / "b.onnx", network, 0.9, "a test")  # the threshold becomes 0.5
    low, high = (open_network(tmp_path / name).run(frame)[0] for name in ("a.onnx", "b.onnx"))
    assert high == pytest.approx(1 / (1 + 9 * (1 / low - 1)), rel=1e-3)


def test_targets_say_of_each_cell_what_its_eye_is():
    eyes = torch.zeros(1, 2, 7)
    eyes[0, 0] = torch.tensor([EYE, 30.0, 20.0, 40.0, 0.1, 1.0, 0.5])
    eyes[0, 1] = torch.tensor([UNSURE, 100.0, 100.0, 40.0, 0.1, 0.0, 0.5])
    targets = make_targets(eyes, 16, 16)
    assert targets.shows[0, 2, 3] == 1  # its centre is at (28, 20), 2 pixels away
    assert targets.shows[0, 2, 4] == 1  # (36, 20): within 0.16 of the size
    assert targets.shows[0, 2, 5] == -1  # (44, 20)
    assert targets.shows[0, 2, 6] == 0
    assert targets.shows[0, 12, 12] == -1  # half hidden
    wanted = [2 / CELL, 0.0, float(np.log(40 / TYPICAL_SIZE)), 0.1, 1.0, 0.5]
    assert targets.truth[0, :, 2, 3].tolist() == pytest.approx(wanted)
    perfect = torch.zeros(1, 7, 16, 16)
    perfect[:, 0] = torch.where(targets.shows > 0, 20.0, -20.0)
    perfect[:, 1:5] = targets.truth[:, :4]
    perfect[:, 5] = 40 * (targets.truth[:, 4] - 0.5)
    parts = losses(perfect, targets)
    assert all(float(parts[name]) < 1e-4 for name in ("probability", "place", "size", "tilt", "left"))
    (found,) = decode(finished(perfect)[0].numpy())
    assert (found.x, found.y, found.size, found.tilt) == pytest.approx((30, 20, 40, 0.1), abs=1e-3)


def test_a_map_turns_scales_and_mirrors_about_an_anchor():
    linear = similarity(torch.tensor([2.0]), torch.tensor([torch.pi / 2]), torch.tensor([-1.0]), torch.tensor([1.0]))
    maps = anchored(linear, torch.tensor([[10.0, 10.0]]), torch.tensor([[50.0, 60.0]]))
    moved = apply_maps(maps, torch.tensor([[[10.0, 10.0], [11.0, 10.0], [10.0, 11.0]]]))[0]
    assert moved.flatten().tolist() == pytest.approx([50, 60, 50, 58, 48, 60], abs=1e-4)


def test_eyes_that_the_border_cuts_are_not_asked_for():
    eyes = torch.zeros(1, 4, 7)
    for number, x in enumerate((50.0, 4.0, -30.0, 97.0)):
        eyes[0, number, :4] = torch.tensor([EYE, x, 50.0, 40.0])
    assert at_border(eyes, 100, 100)[0, :, 0].tolist() == [EYE, UNSURE, NO_EYE, UNSURE]


def test_what_lies_beyond_a_pictures_edges_is_black():
    shown = within(torch.ones(1, 1, 6, 8), torch.tensor([[2.0, -torch.inf, 5.0, 3.0]]))
    assert shown[0, 0].nonzero().tolist() == [[row, column] for row in range(3) for column in (2, 3, 4)]


def test_people_are_kept_apart_by_their_numbers():
    roles = {name: role_of(name) for name in ("012_03", "004_08", "009_03", "017_03", "010_03", "001_08", "003f")}
    assert [roles[name] for name in ("012_03", "004_08")] == ["test", "test"]
    assert [roles[name] for name in ("009_03", "017_03", "001_08")] == ["validation"] * 3
    assert roles["010_03"] == roles["003f"] == "training"


def test_a_face_is_cut_so_that_its_eyes_are_80_pixels_apart_and_patches_show_none():
    portrait = np.full((600, 500), 90, np.uint8)
    eyes = np.array([[200.0, 250.0], [300.0, 260.0]])
    for x, y in eyes.astype(int):
        portrait[y - 3 : y + 3, x - 3 : x + 3] = 255
    face, at, inside = cut_face(portrait, eyes)
    assert np.linalg.norm(at[1] - at[0]) == pytest.approx(80)
    bright = np.argwhere(face > 180)
    assert np.abs(bright[bright[:, 1] < at.mean(0)[0]].mean(0)[::-1] + 0.5 - at[0]).max() < 1
    scale = 80 / np.linalg.norm(eyes[1] - eyes[0])
    left, right = at[0, 0] - scale * eyes[0, 0], at[0, 0] + scale * (500 - eyes[0, 0])
    assert inside == pytest.approx([left, 0, right, FACE])  # the portrait is higher than the face, and less wide
    patches = patches_without_eyes(portrait, eyes, 20, np.random.default_rng(0))
    assert (len(patches), patches.max() < 200) == (20, True)
    assert patches_without_eyes(portrait[:300, :300], 3 * eyes - 400, 2, np.random.default_rng(0)).shape[0] == 0


def test_material_is_read_as_it_was_written_and_other_files_are_refused(tmp_path: Path):
    written = {"training": material(0), "validation": material(1)}
    write_material(tmp_path / "material.npz", written)
    read = read_material(tmp_path / "material.npz")
    assert np.array_equal(read["training"].faces.eyes, written["training"].faces.eyes)
    assert np.array_equal(read["validation"].closeups.openness, written["validation"].closeups.openness)
    difference = read["training"].closeups.pictures.astype(int) - written["training"].closeups.pictures
    assert np.abs(difference).mean() < 4  # JPEG
    content = (tmp_path / "material.npz").read_bytes()
    for spoilt in (b"", b"none", content[: len(content) // 2]):
        (tmp_path / "a.npz").write_bytes(spoilt)
        with pytest.raises(InputError, match="not the finder's material"):
            read_material(tmp_path / "a.npz")


def test_random_numbers_follow_from_the_seed():
    first, second = (Draw(torch.Generator().manual_seed(5)).scale(4, 2.0, 8.0) for _ in range(2))
    assert torch.equal(first, second)
    assert ((first >= 2) & (first <= 8)).all()


@pytest.mark.slow
def test_the_command_trains_from_material_and_from_its_own_weights(tmp_path: Path, capsys: pytest.CaptureFixture):
    write_material(tmp_path / "material.npz", {"training": material(0), "validation": material(1)})
    size = "--batch-size 4 --drawn 40 --textures 40 --scenes 20 --accelerator cpu --jobs 1"
    command = ["finder", str(tmp_path / "material.npz"), *size.split()]
    main([*command, "--steps", "2", "--out", str(tmp_path / "out")])
    assert "112x112: found" in capsys.readouterr().out
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {".made", "finder.json", "finder.onnx", "weights.safetensors"}
    assert open_network(tmp_path / "out" / "finder.onnx").run(np.zeros((32, 32), np.uint8)).shape == (7, 4, 4)
    slow = ["--steps", "1", "--learning-rate", "1e-9", "--init", str(tmp_path / "out"), "--out", str(tmp_path / "next")]
    main([*command, *slow])
    paths = [tmp_path / name / "weights.safetensors" for name in ("out", "next")]
    first, second = (read_finder_weights(path).state_dict() for path in paths)
    learnt = [name for name, value in first.items() if value.is_floating_point() and "running" not in name]
    assert all(torch.allclose(first[name], second[name], atol=1e-6) for name in learnt)


def test_a_folder_without_weights_is_refused_before_anything_is_done(tmp_path: Path):
    write_material(tmp_path / "material.npz", {"training": material(0), "validation": material(1)})
    for content in (None, b"", b"none" * 9):
        if content is not None:
            (tmp_path / "weights.safetensors").write_bytes(content)
        with pytest.raises(InputError, match="the weights of a finder"):
            finder([tmp_path / "material.npz"], init=tmp_path, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("number", "lacking"), [("001", "training"), ("002", "validation"), ("004", "training")])
def test_portraits_that_leave_nothing_to_learn_from_or_to_choose_on_are_refused(
    tmp_path: Path, number: str, lacking: str
):
    cv2.imwrite(str(tmp_path / f"{number}_03.png"), np.zeros((64, 64), np.uint8))
    with pytest.raises(InputError, match=f"no portrait is for {lacking}; add some"):
        gather([tmp_path], [], None, 0, 1)


def test_material_without_a_cast_has_no_closeups_and_is_read_as_it_was_written(tmp_path: Path):
    rng = np.random.default_rng(0)
    rows = ["file,right_x,right_y,left_x,left_y"]
    for number in ("001", "002"):
        cv2.imwrite(str(tmp_path / f"{number}_03.png"), texture(rng, 300))
        rows.append(f"{number}_03.png,125,120,175,120")
    (tmp_path / "eyes.csv").write_text("\n".join(rows))
    gathered = gather([tmp_path], [], tmp_path / "eyes.csv", 0, 1)
    assert {role: len(part.closeups.x) for role, part in gathered.items()} == {"training": 0, "validation": 0}
    write_material(tmp_path / "material.npz", gathered)
    read = read_material(tmp_path / "material.npz")["training"]
    assert read.closeups.pictures.shape == (0, 96, 96)
    assert read.patches.shape == gathered["training"].patches.shape
