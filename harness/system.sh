#!/bin/sh
# Install the system packages that the tests need (Chromium, PostgreSQL, a Chinese font for screenshots, Java for
# Spark, nfdump),
# when this user may. What stays missing is said clearly, and fails the tests in CI.
set -u
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null 2>&1 || missing="$missing postgresql"
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing="$missing fonts-noto-cjk"
command -v java >/dev/null 2>&1 || missing="$missing openjdk-17-jre-headless"
command -v nfcapd >/dev/null 2>&1 || missing="$missing nfdump"
[ -z "$missing" ] && exit 0
if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing:$missing"
    apt-get update -q >/dev/null 2>&1
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >/tmp/yunquan-apt.log 2>&1 && exit 0
    tail -5 /tmp/yunquan-apt.log
fi
echo "Missing system packages:$missing"
echo "Install them (Debian: sudo apt-get install$missing) and run this again."
[ "${CI:-}" = "true" ] && exit 1
exit 0
