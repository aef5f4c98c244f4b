#!/usr/bin/env bash
# Makes the packaged weights again, from two public downloads to the ONNX file. Wants one CUDA GPU and many processors.
#
#   benchmarks/default_weights.sh FACE_MODEL PORTRAITS WORK
#
# FACE_MODEL: ICT-FaceKit's folder FaceXModel. PORTRAITS: a folder with pictures of people to learn from, each with its
# WebMorph template beside it; those of the people that benchmarks/real_smiles.py is to be run on are not among them.
# WORK: a folder to work in; about 10 GB. docs/weights.md says what came of it, and how long each step took.
set -euo pipefail
[ $# -eq 3 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2; }
model=$1 portraits=$2 work=$3
mkdir -p "$work"
export OPENBLAS_NUM_THREADS=1
say() { echo "$(date +%T) $*"; }
run() { python -m eyeprentice "$@"; }

say "people from portraits"
run cast "$portraits" "$work/cast" --face_model "$model"
people=$(find "$work/cast/people" -name '*.npz' | wc -l)
synth() { run synth "$work/$1" --people "$2" --sequences "$3" --subjects "$4" --variety "$5" --seed "$6" --size 96 --events false; }
say "sequences of $people re-enacted people, and of drawn ones"
for seed in 0 1 2 3; do synth "corpus$seed" "$work/cast" $((12 * people)) "$people" corpus "$seed"; done
synth wild "$work/cast" $((6 * people)) "$people" wild 10
synth drawn drawn $((14 * people)) $((2 * people)) corpus 20
synth headset drawn $((4 * people)) "$people" see 21
run merge "$work"/corpus{0,1,2,3} "$work/wild" "$work/reenacted" --same-people
run merge "$work/reenacted" "$work/drawn" "$work/headset" "$work/learn"
common=(--batch-size 256 --augmentation strong --moment-labels 0.15 --precision bf16-mixed)
say "teacher"
run train "$work/learn" --model teacher --options.inputs frames --out "$work/teacher" --epochs 70 --learning-rate 0.002 \
  --folds 12 --validation 0 "${common[@]}"
say "apprentice"
run distill "$work/learn" --teacher "$work/teacher" --out "$work/default" --terms kd --epochs 250 --learning-rate 0.0025 \
  "${common[@]}"
say "the file for a device"
run export "$work/default" --format onnx --data "$work/learn" --out "$work/default.onnx"
say done
