#!/usr/bin/env bash
# Makes the packaged weights again, from two public downloads to the ONNX file. Wants one CUDA GPU and many processors.
#
#   benchmarks/default_weights.sh FACE_MODEL PORTRAITS VALIDATION WORK
#
# FACE_MODEL: ICT-FaceKit's folder FaceXModel. PORTRAITS and VALIDATION: folders with pictures of people to learn from and
# of others to choose and to calibrate on, each picture with its WebMorph template beside it; those of the people that
# benchmarks/real_smiles.py is to be run on are in neither. WORK: a folder to work in; about 25 GB. docs/weights.md says what
# came of it, and how long each step took. EPOCHS=0.02 and PEOPLE=0.05 try it with as large a part of the work.
set -euo pipefail
[ $# -eq 4 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 2; }
model=$1 portraits=$2 validation=$3 work=$4
mkdir -p "$work"
export OPENBLAS_NUM_THREADS=1
say() { echo "$(date +%T) $*"; }
run() { python -m eyeprentice "$@"; }
part() { python -c "print(max($3, round($1 * $2)))"; }
drawn=$(part 100 "${PEOPLE:-1}" 4)

say "people from portraits"
run cast "$portraits" "$work/cast" --face_model "$model"
run cast "$validation" "$work/others" --face_model "$model"
count() { find "$work/$1/people" -name '*.npz' | wc -l; }
people=$(count cast) others=$(count others)

# NAME PEOPLE SUBJECTS SEQUENCES_A_SUBJECT VARIETY SEED
synth() {
  run synth "$work/$1" --people "$2" --sequences $(($3 * $4)) --subjects "$3" --variety "$5" --seed "$6" --size 90 --events false
}
say "sequences of $people re-enacted people, and of drawn ones"
for seed in 0 1 2 3 4 5 6 7; do synth "corpus$seed" "$work/cast" "$people" 14 corpus "$seed"; done
for seed in 10 11 12 13 14; do synth "wild$seed" "$work/cast" "$people" 14 wild "$seed"; done
synth drawn drawn $((3 * drawn)) 10 corpus 20
synth drawn_wild drawn $((2 * drawn)) 14 wild 21
synth drawn_see drawn "$drawn" 14 see 22
run merge "$work"/corpus? "$work"/wild?? "$work/reenacted" --same-people
run merge "$work/reenacted" "$work"/drawn "$work"/drawn_wild "$work"/drawn_see "$work/learn"
say "sequences of validation people of every kind"
synth others_corpus "$work/others" "$others" 14 corpus 70
synth others_wild "$work/others" "$others" 14 wild 72
synth drawn_others drawn 20 7 corpus 71
synth drawn_others_wild drawn 20 7 wild 73
run merge "$work"/others_* "$work/others_all" --same-people
run merge "$work/others_all" "$work"/drawn_others "$work"/drawn_others_wild "$work/validation"

common=(--batch-size 256 --augmentation strong --moment-labels 0.25 --precision bf16-mixed)
before=(--options.step_change false --options.shift 0)  # these weights know no previous step
say "teacher: 6,000 steps"
run train "$work/learn" --model teacher --options.inputs frames --out "$work/teacher" --learning-rate 0.002 \
  --sampling E4-S3 "${before[@]}" --epochs "$(part 64 "${EPOCHS:-1}" 1)" --folds 12 --validation 0 "${common[@]}"
say "apprentice: 16,000 steps"
run distill "$work/learn" --teacher "$work/teacher" --out "$work/student" --terms kd --learning-rate 0.0025 \
  --epochs "$(part 170 "${EPOCHS:-1}" 1)" --options.channels '[32,64,128,256]' "${common[@]}" \
  "${before[@]}" --options.kernel 7 --options.stride 3 --options.last_leak 0.5
say "honest probabilities, on validation people"
run calibrate "$work/student" "$work/validation" --out "$work/default"
say "the file for a device; its two numbers are those that benchmarks/stream_changes.py --fit chose"
run export "$work/default" --format onnx --input ready --sharpness 0.46 --forgetting-hz 5 --data "$work/validation" \
  --out "$work/default.onnx"
say done
