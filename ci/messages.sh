# shellcheck shell=bash disable=SC2034
# How the scripts of ci/ speak: sourced by each of them.

export PATH="$PATH:/usr/sbin:/sbin"
export LC_ALL=C.UTF-8
keyrig_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)"
readonly keyrig_root
keyrig_script="$(realpath "$0")"
keyrig_script="${keyrig_script#"$keyrig_root"/}"
readonly keyrig_script

if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  readonly bold=$'\e[1m' dim=$'\e[2m' red=$'\e[31m' green=$'\e[32m' yellow=$'\e[33m' plain=$'\e[0m'
else
  readonly bold='' dim='' red='' green='' yellow='' plain=''
fi

# A heading above what follows.
heading() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }

# One line about what happens now.
say() { printf '%s\n' "$*"; }

# Something the reader should know, which does not end the script.
warn() { printf '%s%s: %s%s\n' "$yellow" "$keyrig_script" "$*" "$plain" >&2; }

# The end, with a reason. Usage: die [STATUS] MESSAGE
die() {
  local status=1
  if [[ $# -gt 1 && "$1" =~ ^[0-9]+$ ]]; then
    status="$1"
    shift
  fi
  printf '%s%s: %s%s\n' "$red" "$keyrig_script" "$*" "$plain" >&2
  exit "$status"
}

# Prints the comment at the top of the running script: the one place where its help is written.
show_help() { awk 'NR == 1 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$0"; }
