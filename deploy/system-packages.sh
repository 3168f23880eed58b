#!/bin/sh
# system-packages.sh STEP...: installs what the steps (setup, demo, test) use of section54/system_packages.csv, where apt and
# root are there. Elsewhere it says what is missing and how to install it; what needs it is left out.
list=$(dirname "$0")/../section54/system_packages.csv

is_there() {
  case $1 in
    program:*) PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin" command -v "${1#program:}" ;;
    library:*) PATH="$PATH:/usr/sbin:/sbin" ldconfig -p | grep -F "${1#library:}" ;;
    module:*) python3 -c "import ${1#module:}" ;;
  esac >/dev/null 2>&1
}

missing=""
while IFS=, read -r package check step _; do
  for wanted in "$@"; do
    [ "$wanted" = "$step" ] && ! is_there "$check" && missing="$missing $package"
  done
done <"$list"

[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  # shellcheck disable=SC2086 # a list of words on purpose
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null && exit 0
fi
echo "Not installed:$missing. What needs it is left out; to have it: sudo apt-get install$missing" >&2
exit 0
