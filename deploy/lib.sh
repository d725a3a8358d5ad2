# shellcheck shell=bash
# What the scripts of this folder share. Sourced, never run.

# The repository, whatever folder a script is called from.
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Exit codes, as the program's own.
# shellcheck disable=SC2034  # the scripts that source this use them
readonly EX_USAGE=64 EX_UNAVAILABLE=69 EX_CONFIG=78

say() { printf '%s\n' "$*"; }

# step TEXT: a heading, coloured on a terminal only.
step() {
  if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
    printf '\033[1m==> %s\033[0m\n' "$*"
  else
    printf '==> %s\n' "$*"
  fi
}

# fail CODE TEXT…: the message on standard error, and out.
fail() {
  local code=$1
  shift
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit "$code"
}

# usage_from FILE: prints the comment block at the top of a script, its help text.
usage_from() {
  sed -n '2,/^[^#]/{/^#/!d;s/^# \{0,1\}//;p}' "$1"
}

# install_unless_told_not_to: every entry point works on a fresh machine.
install_unless_told_not_to() {
  [[ ${CASECLOCK_NO_INSTALL:-0} == 1 ]] || "$root/deploy/install"
}
