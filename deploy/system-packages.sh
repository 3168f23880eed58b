#!/bin/sh
# Installs tesseract (OCR) and Chromium (pictures of pages) where apt and root are there; says what is missing otherwise.
missing=""
command -v tesseract >/dev/null 2>&1 || missing="$missing tesseract-ocr"
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null && exit 0
fi
echo "Not installed:$missing. Tests that need them are skipped; to run them: sudo apt-get install$missing" >&2
exit 0
