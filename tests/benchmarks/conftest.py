"""Benchmarks are scripts that import each other by name; tests import them in the same way."""

import sys

from tests.conftest import ROOT

sys.path.append(str(ROOT / "benchmarks"))
