"""The file of a student in each importer that is installed, by the pairs beside it."""

from pathlib import Path

import nir_importers
import pytest
import torch

from eyeprentice.models import Model

nir = pytest.importorskip("nir")


@pytest.fixture
def file(student: Model, clips: torch.Tensor, tmp_path: Path) -> Path:
    from eyeprentice.deploy.neuromorphic import to_nir, write_nir
    from eyeprentice.deploy.nir_check import write_pairs

    path = tmp_path / "student.nir"
    write_nir(to_nir(student, clips.shape[-1], {}), path)
    write_pairs(path, tmp_path / "student-pairs.nir", student, clips.numpy())
    return path


@pytest.mark.parametrize("name", nir_importers.IMPORTERS)
def test_importers_compute_the_same(file: Path, name: str):
    pytest.importorskip(name)
    inputs, wanted = nir_importers.read_pairs(file, nir.read(str(file)))
    assert inputs.shape[1] == 10
    net = nir_importers.IMPORTERS[name](nir.read(str(file)), 10)
    torch.testing.assert_close(nir_importers.run(net, inputs), wanted, atol=1e-4, rtol=1e-4)


def test_the_script_says_how_many_pairs_agree_and_what_is_missing(file: Path, monkeypatch, capsys):
    def missing(graph: object, batch: int) -> None:
        raise ModuleNotFoundError("no", name="lava")

    chosen = {"snntorch": nir_importers.in_snntorch, "lava": missing}
    monkeypatch.setattr(nir_importers, "IMPORTERS", chosen)
    nir_importers.main(file)
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("snntorch: 10 of 10 pairs within 1e-4, largest ")
    assert said[1].startswith("lava: not tried, there is no lava; ")


def test_pairs_find_a_simulator_that_is_wrong(file: Path, monkeypatch, capsys):
    def forgets(graph: nir.NIRGraph, batch: int) -> torch.nn.Module:
        graph.edges.remove(("readout", "readout"))
        return nir_importers.in_snntorch(graph, batch)

    monkeypatch.setattr(nir_importers, "IMPORTERS", {"forgets": forgets})
    nir_importers.main(file)
    assert capsys.readouterr().out.startswith("forgets: 0 of 10 pairs within 1e-4, ")


def test_a_file_without_pairs_is_one_line(file: Path, capsys):
    (file.parent / "student-pairs.nir").unlink()
    with pytest.raises(SystemExit) as end:
        nir_importers.main(file)
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert (
        said
        == f"error: {file.parent}/student-pairs.nir: no such file; write both with eyeprentice export --format nir\n"
    )
