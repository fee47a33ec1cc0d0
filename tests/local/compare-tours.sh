#!/usr/bin/env bash
# Takes the tour of `cargo dev`, and the same tour of `sam local start-api` on the services of `cargo dev --services`,
# and compares what they print, line for line: what runs without Docker answers as what runs in it. Ids, times and what
# servers add of their own are made alike.
#
#   tests/local/compare-tours.sh [BUILT [ARGUMENT...]]
#
# BUILT is a directory that `sam build` has written for the processor of this machine, .aws-sam/build unless it was told
# another; without it everything is built anew, which takes long. The arguments are for `sam local start-api`, such as
# --skip-pull-image.
# Where there is no Docker or no SAM CLI it says so and succeeds.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "skipped: $1" >&2; exit 0; }
command -v curl >/dev/null || skip "no curl"
command -v sam >/dev/null || skip "no SAM CLI"
docker info >/dev/null 2>&1 || skip "no Docker"

# Neither the account nor the Clerk instance of whoever runs this.
for name in ${!AWS_@} ${!CLERK_@}; do unset "$name"; done
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0

work=$(mktemp -d)
running=()
# Everything ends at SIGTERM and takes along what it started; SAM its containers.
end() {
  local started
  for started in ${running[@]+"${running[@]}"}; do
    kill -TERM "$started" 2>/dev/null || true
    wait "$started" 2>/dev/null || true
  done
  running=()
}
trap 'end; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

case $(uname -m) in arm64 | aarch64) architecture=arm64 ;; *) architecture=x86_64 ;; esac
built=${1:-}
if [ -z "$built" ]; then
  built=$work/built
  sam build --no-cached --parameter-overrides "Architecture=$architecture" --build-dir "$built"
else
  shift
fi
cargo build --quiet --bins
usher=${CARGO_TARGET_DIR:-target}/debug/local

# start NAME COMMAND...: in the background, its output in a file of that name.
start() {
  name=$1
  shift
  "$@" >"$work/$name" 2>"$work/$name.err" </dev/null &
  process=$!
  running+=("$process")
}

# await SECONDS COMMAND...: until it succeeds, or what was started last has ended.
await() {
  local left=$(($1 * 5))
  shift
  until "$@" >/dev/null 2>&1; do
    if [ $((left -= 1)) -lt 0 ] || ! kill -0 "$process" 2>/dev/null; then
      tail -n 20 "$work/$name.err" >&2
      exit 1
    fi
    sleep 0.2
  done
}

# take FILE: the tour in it, its output made alike. Headers come in no promised order; the names of statuses, and
# headers that every server writes in its own way, tell nothing of Usher.
take() {
  sed -n '/^# A user signs up/,$p' "$1" | sh 2>&1 | tr -d '\r' | awk '
    /^HTTP\// { print "HTTP", $2; head = 1; count = 0; next }
    head && $0 != "" { split($0, part, ":"); name = tolower(part[1]); sub(/^[^:]*: */, "")
      if (name !~ /^(apigw-requestid|connection|date|server|vary)$/) lines[++count] = name ": " $0; next }
    head { for (i = 1; i <= count; i++) for (j = i + 1; j <= count; j++)
        if (lines[j] < lines[i]) { line = lines[i]; lines[i] = lines[j]; lines[j] = line }
      for (i = 1; i <= count; i++) print lines[i]; head = 0 }
    { print }' | sed -E \
    -e 's/(user|idn|sess|msg)_[A-Za-z0-9]+/\1_ID/g' \
    -e 's/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/UUID/g' \
    -e 's/eyJ[A-Za-z0-9_-]+/ENCODED/g' \
    -e 's/(_at":)[0-9]{13}/\1TIME/g'
}

start dev "$usher" --port 0
# shellcheck disable=SC2016 # The tour itself holds $BOB.
await 60 grep -q 'users/$BOB >' "$work/dev"
take "$work/dev" >"$work/tour-of-cargo-dev"
# Free a moment ago, and so again once this has ended.
port=$(sed -n 's|^ready: api http://127.0.0.1:\([0-9]*\) .*|\1|p' "$work/dev")
end

listen=()
if [ "$(uname -s)" = Linux ] && [ "$(docker info --format '{{.OperatingSystem}}')" != "Docker Desktop" ]; then
  gateway=$(docker network inspect bridge --format '{{(index .IPAM.Config 0).Gateway}}')
  # Not every version names its default.
  listen=(--listen "${gateway:-172.17.0.1}")
fi
start services "$usher" --services --port "$port" --clerk-port 0 --dynamodb-port 0 --env-files "$work" \
  ${listen[@]+"${listen[@]}"}
# shellcheck disable=SC2016 # The tour itself holds $BOB.
await 60 grep -q 'users/$BOB >' "$work/services"
# Without the secret key: then it is the webhook that brings a user in, and no question to Clerk makes up for a lost one.
sed 's/"CLERK_SECRET_KEY": "[^"]*"/"CLERK_SECRET_KEY": ""/' "$work/sam-env.json" >"$work/env.json"
start sam sam local start-api --template "$built/template.yaml" --port "$port" --env-vars "$work/env.json" \
  --parameter-overrides "Architecture=$architecture" --warm-containers LAZY \
  --add-host host.docker.internal:host-gateway "$@"
# The first request has SAM make its image, which takes longer than a webhook waits.
await 300 curl --silent --max-time 280 "http://127.0.0.1:$port/users/me"
take "$work/services" >"$work/tour-of-sam-local"

# Two tours that fail alike are not alike.
[ "$(grep -cE '^HTTP (200|401)$' "$work/tour-of-cargo-dev")" = 2 ] || { cat "$work/tour-of-cargo-dev" >&2; exit 1; }
if ! diff -u "$work/tour-of-cargo-dev" "$work/tour-of-sam-local"; then
  echo "the tours differ" >&2
  exit 1
fi
echo "both tours print the same $(wc -l <"$work/tour-of-cargo-dev") lines:"
cut -c 1-120 "$work/tour-of-cargo-dev"
