#!/bin/sh
# system-packages.sh PACKAGE...: installs Debian packages where apt and root are there; says what is missing otherwise.
# Known: tesseract-ocr (OCR), chromium (pictures of pages in the tests, PDF of evidence packs), nginx-light (the set-up of
# deploy/ in the tests), shellcheck (the scripts of deploy/ in the tests).
missing=""
for package in "$@"; do
  case $package in
    tesseract-ocr) program=tesseract ;;
    nginx-light) program=nginx ;;
    *) program=$package ;;
  esac
  command -v "$program" >/dev/null 2>&1 || missing="$missing $package"
done
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  # shellcheck disable=SC2086 # a list of words on purpose
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null && exit 0
fi
echo "Not installed:$missing. What needs it is left out; to have it: sudo apt-get install$missing" >&2
exit 0
