#!/usr/bin/env bash
# Trains the adapter of the tiny model from nothing, and prints what it is worth: about two hours on two cores that do
# nothing else. What is done is kept, so that it can be started again.
#
# Usage: training/reproduce.sh [DIRECTORY]      default: training/out, which git ignores
#        MINUTES=30 WORLDS=4000 training/reproduce.sh
set -euo pipefail
mkdir -p "${1:-$(dirname "$0")/out}"
out=$(cd "${1:-$(dirname "$0")/out}" && pwd)
cd "$(dirname "$0")/.."
minutes=${MINUTES:-50}
worlds=${WORLDS:-7000}
model=${MODELS_DIR:-$HOME/.eliza/models}/SmolLM2-135M-Instruct.Q4_1.gguf
adapter=$out/smollm2-135m-shell.gguf

step() { echo "== $*" >&2; }

# Writes a file whole or not at all, and only when it is not there.
make_file() {
  local file=$1
  shift
  [ -e "$file" ] && return
  step "$file"
  "$@" >"$file.partial"
  mv "$file.partial" "$file"
}

turns_of() { node training/turns.mjs <"$1"; }
tokens_of() { node training/tokens.mjs --model "$model" <"$1"; }

step 'gyre and the model'
npm run build --silent
[ -e "$model" ] || node dist/cli.js models pull tiny
step 'Python with torch, in its own environment'
[ -x "$out/python/bin/python" ] || python3 -m venv "$out/python"
"$out/python/bin/pip" install --quiet --require-hashes -r training/requirements.lock
(cd training && "$out/python/bin/python" -m unittest --quiet)

make_file "$out/worlds.jsonl" python3 training/worlds.py --count "$worlds"
make_file "$out/turns.jsonl" turns_of "$out/worlds.jsonl"
make_file "$out/tokens.jsonl" tokens_of "$out/turns.jsonl"
step "training, $minutes minutes"
[ -e "$adapter" ] ||
  "$out/python/bin/python" training/train.py --model "$model" --turns "$out/tokens.jsonl" --out "$adapter" --minutes "$minutes" --batch 8

step 'what it is worth'
make_file "$out/wordings.jsonl" python3 training/worlds.py --split wordings --count 300
make_file "$out/intents.jsonl" python3 training/worlds.py --split intents --each 3
make_file "$out/free.jsonl" python3 training/worlds.py --split wordings --count 500
for split in wordings intents; do
  for mind in none "$adapter"; do
    echo "held-out $split, adapter $(basename "$mind"):"
    node training/evaluate.mjs --model tiny --adapter "$mind" <"$out/$split.jsonl"
  done
done
node training/free.mjs --model tiny --adapter "$adapter" <"$out/free.jsonl"
for mind in none "$adapter"; do
  npm run --silent bench:tasks -- --tasks bench/tasks --model tiny --adapter "$mind" --temperature 0
done
