from pathlib import Path

import pytest

from eyeprentice.models import REGISTRY, preset
from eyeprentice.studies.benchmark.job import tasks_of
from eyeprentice.studies.benchmark.plan import PACKAGED, Plan, read_plan
from eyeprentice.words.errors import InputError
from tests.conftest import ROOT

PLANS = [PACKAGED, ROOT / "benchmarks" / "plans" / "comparison.yaml"]


def plan_of(tmp_path: Path, text: str) -> Plan:
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    return read_plan(path)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.name)
def test_the_plans_here_can_be_read_and_hold_every_model(path: Path):
    plan = read_plan(path)
    assert {entry.recipe.model for entry in plan.entries} == set(REGISTRY)
    assert len(plan.seeds) == 3
    assert plan.compare


def test_the_plan_of_the_apprenticeship_needs_a_first_teacher_and_nothing_else(tmp_path: Path):
    text = (ROOT / "benchmarks" / "plans" / "apprenticeship.yaml").read_text()
    with pytest.raises(InputError, match="INIT: not a run folder"):
        plan_of(tmp_path, text)
    plan = plan_of(tmp_path, text.replace("init: INIT, ", ""))
    assert {entry.recipe.split.people for entry in plan.entries} == {0, 10, 20, 40}
    apprentice = next(entry.recipe for entry in plan.entries if entry.name == "mskd-20")
    assert (apprentice.objective.terms, apprentice.objective.gate) == (("hckd", "tckd"), "all")
    assert apprentice.split.people == 20  # as its teacher's


def test_what_is_shared_counts_where_an_entry_says_nothing(tmp_path: Path):
    plan = plan_of(
        tmp_path,
        """
size: 64
training: {epochs: 7, batch_size: 16}
entries:
  student: {training: {epochs: 9}}
  peer: {model: seen, options: {size: 32}, size: 32}
""",
    )
    student, peer = (entry.recipe for entry in plan.entries)
    assert (student.training.epochs, student.training.batch_size, student.size) == (9, 16, 64)
    assert (peer.model, peer.size, peer.training.optimizer) == ("seen", 32, preset("seen").optimizer)
    assert peer.training.epochs == 7
    assert student.objective.terms == ()


def test_a_sweep_is_an_entry_for_every_combination(tmp_path: Path):
    plan = plan_of(
        tmp_path,
        """
entries:
  teacher: {}
  apprentice:
    model: student
    teacher: teacher
    sweep: {objective.terms: [[kd], [hckd, tckd]], training.epochs: [5, 6]}
""",
    )
    assert [entry.name for entry in plan.entries[1:]] == [
        f"apprentice terms={terms} epochs={epochs}" for terms in ("kd", "hckd+tckd") for epochs in (5, 6)
    ]
    assert plan.entries[3].recipe.objective.terms == ("hckd", "tckd")
    assert plan.entries[3].recipe.training.epochs == 5
    assert plan.entries[3].teachers == ("teacher",)


def test_an_entry_that_names_no_model_is_called_like_it_in_a_sweep_too(tmp_path: Path):
    plan = plan_of(tmp_path, "entries: {emo: {sweep: {training.learning_rate: [0.001, 0.002]}}}")
    assert [entry.recipe.model for entry in plan.entries] == ["emo", "emo"]


def test_lower_ranks_and_first_seeds_come_first(tmp_path: Path):
    plan = plan_of(
        tmp_path, "seeds: [3, 4]\nentries: {ablation: {model: student, rank: 1}, teacher: {}, student: {}}\n"
    )
    tasks = tasks_of(plan, {"home": tmp_path}, tmp_path, 1, 1, "cpu")
    assert [task.name for task in tasks] == [
        "teacher, seed 3", "student, seed 3", "teacher, seed 4", "student, seed 4", "ablation, seed 3",
        "ablation, seed 4",
    ]  # fmt: skip
    assert all(task.events for task in tasks)


def test_some_entries_bring_their_teachers(tmp_path: Path):
    plan = plan_of(
        tmp_path,
        """
compare: [[apprentice, student], [apprentice, teacher]]
entries: {teacher: {}, student: {}, apprentice: {model: student, teacher: teacher}}
""",
    )
    chosen = plan.only(["apprentice"])
    assert [entry.name for entry in chosen.entries] == ["teacher", "apprentice"]
    assert chosen.compare == (("apprentice", "teacher"),)
    with pytest.raises(InputError, match="no such entry"):
        plan.only(["oracle"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("entries: [student]", "has no entries"),
        ("- student", "contains no options"),
        ("colour: red\nentries: {student: {}}", "no setting 'colour'"),
        ("entries: {student: {depth: 3}}", "depth: no such setting"),
        ("entries: {student: {options: {depth: 3}}}", "no option 'depth'"),
        ("entries: {oracle: {}}", "no such model"),
        ("entries: {student: {teacher: master}}", "there is no entry 'master'"),
        ("entries: {student: {training: {epochs: 0}}}", "epochs must be above 0"),
        ("entries: {student: {training: {epoch: 3}}}", "training.epoch: no such setting"),
        ("entries: {student: {sweep: {training.epochs: 3}}}", "no table of lists"),
        ("entries: {student: {sweep: {colour: [1]}}}", "colour: no such setting"),
        ("entries: {student: {objective: {terms: [magic]}}}", "no such term"),
        ("seeds: 3\nentries: {student: {}}", "seeds is no list"),
        ("compare: [[student]]\nentries: {student: {}}", "no pair"),
        ("controls: [upside-down]\nentries: {student: {}}", "no such control"),
        ("entries: {a: {model: teacher}, b: {model: student, teacher: a}, c: {model: student, teacher: b}}", "is one"),
        ("entries: {student: {precision: 8-bit}}", "precision: '8-bit' cannot be read"),
        ("entries: {student: ", "neither YAML nor JSON"),
        ("size: abc\nentries: {student: {}}", "size: 'abc' cannot be read; give a whole number"),
        ("entries: {student: {rank: x}}", "rank: 'x' cannot be read"),
        ("entries: {student: {options: 3}}", "options: '3' cannot be read"),
        ("entries: {student: {sampling: E9}}", r"plan.yaml: entries.student.sampling: 'E9' is not a sampling"),
        ("compare: 3\nentries: {student: {}}", "compare is no list"),
        ("seeds: []\nentries: {student: {}}", "no seeds"),
        ("seeds: [0, 0]\nentries: {student: {}}", "comes twice"),
        ("entries: {a b: {model: student}, a_b: {model: student}}", "would share a folder"),
        ("entries: {student: {objective: {terms: [kd]}}}", "kd cannot do without a teacher"),
        ("entries: {student: {training: {epochs: 1.5}}}", "epochs: '1.5' cannot be read; give a whole number"),
        ("entries: {student: {data: here}}", "data: the datasets are given on the command line"),
        ("entries: {student: {options: {kernel: 99999999999}}}", "student: kernel must be within"),
        ("entries: {student: {options: {width: 1.0e+5}}}", "width must be within 0.01..100, not 100000.0"),
        ("entries: {..: {model: student}}", "is no name for an entry"),
        ("entries: {a: {model: teacher}, b: {model: student, teacher: a, size: 32}}", "those of its teacher"),
        (
            "entries: {student: {sweep: {training.seed: [" + "1," * 40 + "1], training.epochs: [" + "1," * 40 + "1]}}}",
            "has 1,681 entries, sweeps multiplied; 1,000 is the most",
        ),
        ("entries: {student: {options: {width: &a 1, kernel: *a}}}", "holds a reference"),
        ("entries: " + 30_000 * "[", "nested too deeply"),
        ("entries: {student: {training: {augmentation: {gamma: -1}}}}", "gamma must be within 0..3, not -1"),
        ("entries: {CON.x: {model: student}}", "no name for a folder on Windows"),
        ("entries: {'. .': {model: student}}", "is no name for an entry"),
        ('entries: {"a\\nb": {model: student}}', "is no name for an entry"),
        ('entries: {"a\\0b": {model: student}}', "text that no file can hold"),
        ('entries: {"\\ud800": {model: student}}', "text that no file can hold"),
        ("entries: {A: {model: student}, a: {model: student}}", "A and a would share a folder"),
        ("entries: {" + 300 * "x" + ": {model: student}}", "is longer than 200 letters"),
        ("entries: {student: {}, student: {}}", "'student' comes twice in one table"),
        ("entries: {student: {sweep: {training.epochs: [1, 1]}}}", "two entries are called student epochs=1"),
        ("entries: {student: {sweep: {" + ", ".join(f"k{n}: [1, 2]" for n in range(90)) + "}}}", "1,000 is the most"),
        ("entries: {" + ", ".join(f"e{n}: " for n in range(1001)) + "}", "has 1,001 entries"),
        (f"seeds: {list(range(6000))}\nentries: {{student: , ann: }}", "are 12,000 runs; 10,000 is the most"),
        ("seeds: [4294967296]\nentries: {student: }", "the seed 4294967296 is above"),
        ("size: \nentries: {student: }", "size: is empty; give a whole number"),
        ("size: 4096\nentries: {teacher: }", "more than 1,024 MB for one frame of 4096x4096"),
        ("entries: {student: {training: {epochs: 2026-01-01}}}", "'2026-01-01' cannot be read; give a whole number"),
        ("entries: {student: {training: {epochs: '1:30'}}}", "'1:30' cannot be read; give a whole number"),
        ("entries: {student: {training: {batch_size: 1000000000}}}", "batch_size must be within 1..65536"),
        ("entries: {student: {objective: {terms: [[kd]]}}}", "cannot be read; give a list"),
        ("entries: {student: {objective: {weights: '&a [*a]'}}}", "cannot be read"),
        ("entries: {student: {options: {contrast: '" + 30_000 * "[" + "'}}}", "cannot be read; give true or false"),
        ("entries: {student: {training: {learning_rate: .inf}}}", "learning_rate must be above 0, not inf"),
    ],
)
def test_a_wrong_plan_is_refused_in_one_line(tmp_path: Path, text: str, complaint: str):
    with pytest.raises(InputError, match=complaint) as caught:
        plan_of(tmp_path, text)
    assert "\n" not in str(caught.value)
