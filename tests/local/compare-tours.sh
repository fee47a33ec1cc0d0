#!/usr/bin/env bash
# Compares `cargo dev` with `sam local start-api`, line for line: runs the tour on `cargo dev`, then on `sam local start-api`
# with the services of `cargo dev --services`. Ids, times and the servers' own headers are replaced before the comparison.
#
#   tests/local/compare-tours.sh [BUILT [ARGUMENT...]]
#
# BUILT is the output directory of a `sam build` for this machine's processor, usually .aws-sam/build. Without it the script
# builds everything first, which takes long. The arguments go to `sam local start-api`, for example --skip-pull-image.
# Skips the comparison and succeeds if Docker or the SAM CLI is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() { echo "skipped: $1" >&2; exit 0; }
command -v curl >/dev/null || skip "no curl"
command -v sam >/dev/null || skip "no SAM CLI"
docker info >/dev/null 2>&1 || skip "no Docker"

# Use neither the AWS account nor the Clerk instance of the person who runs this.
for name in ${!AWS_@} ${!CLERK_@}; do unset "$name"; done
export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=us-east-1 SAM_CLI_TELEMETRY=0

work=$(mktemp -d)
running=()
# Every program ends at SIGTERM and ends what it started; SAM ends its containers.
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
cargo build --quiet --locked --workspace --bins
usher=${CARGO_TARGET_DIR:-target}/debug/local

# start NAME COMMAND...: runs a command in the background, with its output in the file NAME.
start() {
  name=$1
  shift
  "$@" >"$work/$name" 2>"$work/$name.err" </dev/null &
  process=$!
  running+=("$process")
}

# await SECONDS COMMAND...: repeats a command until it succeeds. Fails if the program that was started last has ended.
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

# take FILE: runs the tour in FILE and prints its output in a comparable form. Leaves out live updates and streams, because SAM
# serves neither. Headers are sorted, because their order is not
# guaranteed. Names of statuses, and headers that each server writes in its own way, are removed.
take() {
  sed -n '/^# A user signs up/,$p' "$1" | sed -E '/^# (Another tab|She asks|She leaves|She stops|She exports)/,/^$/d' | sh 2>&1 | tr -d '\r' | awk '
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
# shellcheck disable=SC2016 # The tour contains $BOB.
await 60 grep -q 'users/$BOB >' "$work/dev"
take "$work/dev" >"$work/tour-of-cargo-dev"
# A port that was free a moment ago, and is free again when this stack has ended.
port=$(sed -n 's|^ready: api http://127.0.0.1:\([0-9]*\) .*|\1|p' "$work/dev")
end

listen=()
if [ "$(uname -s)" = Linux ] && [ "$(docker info --format '{{.OperatingSystem}}')" != "Docker Desktop" ]; then
  gateway=$(docker network inspect bridge --format '{{(index .IPAM.Config 0).Gateway}}')
  # Some versions of Docker do not return the default.
  listen=(--listen "${gateway:-172.17.0.1}")
fi
start services "$usher" --services --port "$port" --clerk-port 0 --dynamodb-port 0 --env-files "$work" \
  ${listen[@]+"${listen[@]}"}
# shellcheck disable=SC2016 # The tour contains $BOB.
await 60 grep -q 'users/$BOB >' "$work/services"
# Without the secret key, users can only come in by webhook, so a lost webhook is not hidden by a request to Clerk.
sed 's/"CLERK_SECRET_KEY": "[^"]*"/"CLERK_SECRET_KEY": ""/' "$work/sam-env.json" >"$work/env.json"
start sam sam local start-api --template "$built/template.yaml" --port "$port" --env-vars "$work/env.json" \
  --parameter-overrides "Architecture=$architecture" --warm-containers LAZY \
  --add-host host.docker.internal:host-gateway "$@"
# At the first request SAM builds its image, which takes longer than a webhook waits.
await 300 curl --silent --max-time 280 "http://127.0.0.1:$port/users/me"
take "$work/services" >"$work/tour-of-sam-local"

# Two tours that fail in the same way must not count as equal.
[ "$(grep -cE '^HTTP (200|401)$' "$work/tour-of-cargo-dev")" = 2 ] || { cat "$work/tour-of-cargo-dev" >&2; exit 1; }
if ! diff -u "$work/tour-of-cargo-dev" "$work/tour-of-sam-local"; then
  echo "the tours differ" >&2
  exit 1
fi
echo "both tours print the same $(wc -l <"$work/tour-of-cargo-dev") lines:"
cut -c 1-120 "$work/tour-of-cargo-dev"
