# shellcheck shell=bash
# Shared by scripts/{check,test,test-all,test-d1}: how things are built for the
# tests, how each kind of test is run, and the count at the end. Sourced, never run.

# --- Building -------------------------------------------------------------------

# The one place that says how WebAssembly, style sheet and public files are built.
SITE_BUILDER=target/debug/xtask
build_site_builder() { cargo build --locked --package xtask --features split; }
build_site_files() { "$SITE_BUILDER" build --site-only; }

# Clippy compiles as well as it judges, where cargo is told to call it for this
# workspace's own crates: one compilation instead of two, and the dependencies,
# which are not judged, are compiled as for everything else. A warning is an
# error; Clippy wants its arguments joined by that word.
judge_while_building() {
  export RUSTC_WORKSPACE_WRAPPER=clippy-driver
  export CLIPPY_ARGS="-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"
  # A failed test says its line without debug information, which takes a fifth of
  # the compilation.
  export CARGO_PROFILE_DEV_DEBUG=none
}

# The server's packages: all but the browser's, which is for another machine, and
# xtask, whose dependencies would give those of the server other features.
SERVER_PACKAGES=(--workspace --exclude imgc-browser --exclude xtask)

# Server and tests, in target/debug; `--all-targets` adds the benchmarks.
build_tests() { cargo test --locked "${SERVER_PACKAGES[@]}" "${@:---tests}" --no-run; }

# --- Running --------------------------------------------------------------------

# A test waits for its server as often as it computes, so that two of them for each
# processor keep all busy.
threads() { echo $((2 * $(getconf _NPROCESSORS_ONLN))); }

# Rust tests: rust_tests quick | long (those marked #[ignore]).
rust_tests() {
  local which="$1" threads
  # What takes long is timed, or starts many processes: one for each processor.
  threads="$(getconf _NPROCESSORS_ONLN)"
  if [[ "$which" == quick ]]; then threads="$(threads)"; fi
  # nextest where somebody installed it: it runs each test in its own process.
  if cargo nextest --version >/dev/null 2>&1; then
    local wanted=default
    if [[ "$which" == long ]]; then wanted=only; fi
    counted cargo nextest run --locked "${SERVER_PACKAGES[@]}" --run-ignored "$wanted" --no-tests pass --no-fail-fast \
      --test-threads "$threads"
  else
    local arguments=(--test-threads "$threads")
    if [[ "$which" == long ]]; then arguments+=(--ignored); fi
    counted cargo test --locked "${SERVER_PACKAGES[@]}" --lib --bins --tests --no-fail-fast -- "${arguments[@]}"
  fi
}

# --- D1 and R2 ------------------------------------------------------------------

# Starts D1 and R2 in workerd, once for all that is tested on them: the tests find
# them by IMGC_TEST_STAND. Not in a step, which is a shell of its own.
start_stand() {
  local waited=0
  STAND="$(mktemp)"
  # It ends with its standard input, which stays open for as long as this script runs.
  exec 7> >(exec "$(cloudflare_node)" "$ROOT/deploy/cloudflare/tests/stand.mjs" >"$STAND" 2>"$STAND.log")
  while ! grep -q '"control"' "$STAND"; do
    ((++waited <= 300)) || die "D1 and R2 do not start: $(tail -n 20 "$STAND.log")"
    sleep 0.2
  done
  IMGC_TEST_STAND="$(sed -n 's/.*"control": *"\([^"]*\)".*/\1/p' "$STAND")"
  export IMGC_TEST_STAND
}

end_stand() {
  [[ -n "${STAND:-}" ]] || return 0
  exec 7>&-
  rm -f "$STAND" "$STAND.log"
  unset IMGC_TEST_STAND STAND
}

# What hangs must not hold up the rest for ever: bounded 30m command…
bounded() {
  if has timeout; then timeout --kill-after=30 "$@"; else "${@:2}"; fi
}

# The integration tests with their rows in D1 and their objects in R2: all but the
# long ones.
tests_on_d1() {
  if cargo nextest --version >/dev/null 2>&1; then
    counted bounded 30m cargo nextest run --locked "${SERVER_PACKAGES[@]}" --test integration --no-fail-fast
  else
    counted bounded 30m cargo test --locked "${SERVER_PACKAGES[@]}" --test integration --no-fail-fast
  fi
}

# Many nodes as processes, on one database and one bucket.
cluster_tests() {
  if cargo nextest --version >/dev/null 2>&1; then
    counted bounded 30m cargo nextest run --locked "${SERVER_PACKAGES[@]}" --test integration \
      --run-ignored only --no-fail-fast cluster::
  else
    counted bounded 30m cargo test --locked "${SERVER_PACKAGES[@]}" --test integration --no-fail-fast \
      -- --ignored cluster::
  fi
}

# The gateway, the router with two nodes behind it, and the stand itself.
worker_tests() {
  cd "$ROOT/deploy/cloudflare"
  IMGC_BIN="$ROOT/target/debug/imgc" LEPTOS_SITE_ROOT="$ROOT/target/site" \
    counted bounded 15m "$(cloudflare_node)" --test tests/*.test.mjs
}

# --- More -----------------------------------------------------------------------

xtask_tests() { counted cargo test --locked --package xtask --features split "$@"; }

# Chromium without its windows, where it can be had: a test's fresh page costs it
# a quarter of the work. Playwright's own browser is of that kind already.
# CHROMIUM_PATH chooses another.
ensure_test_browser() {
  if [[ -z "${CHROMIUM_PATH:-}" ]]; then
    if ! has chromium-headless-shell && debian_packages_work; then
      step "Chromium without windows (Debian's package)" "under 1 min the first time" \
        apt_install chromium-headless-shell fonts-dejavu-core
    fi
    if has chromium-headless-shell; then CHROMIUM_PATH="$(command -v chromium-headless-shell)"; fi
  fi
  ensure_chromium
  export CHROMIUM_PATH="${CHROMIUM_PATH:-}"
}

# Browser tests of a tier (change, rest, all); what follows goes to Playwright.
browser_tests() {
  cd "$ROOT/end2end"
  E2E_TIER="$1" counted npx playwright test "${@:2}"
}

check_types() {
  cd "$ROOT/end2end"
  npx tsc --noEmit
}

# --- Side by side ---------------------------------------------------------------

# aside command…: begins it in the background, saying nothing.
aside() {
  ASIDE_LOG="$(mktemp)"
  # A process group of its own, so that whatever it started can be ended with it.
  set -m
  (
    set +e
    (set -e; "$@")
    echo "$?" >"$ASIDE_LOG.status"
  ) >"$ASIDE_LOG" 2>&1 </dev/null &
  ASIDE=$!
  set +m
}

# Waits for what `aside` began, shows what it said, and fails as it did. A step
# runs in a shell of its own, which cannot `wait` for it.
rejoin() {
  while [[ ! -s "$ASIDE_LOG.status" ]] && kill -0 "$ASIDE" 2>/dev/null; do sleep 0.5; done
  cat "$ASIDE_LOG"
  return "$(cat "$ASIDE_LOG.status" 2>/dev/null || echo 1)"
}

# Ends it if it still goes on, and clears up.
end_aside() {
  [[ -n "${ASIDE_LOG:-}" ]] || return 0
  if [[ ! -s "$ASIDE_LOG.status" ]]; then kill -- "-$ASIDE" 2>/dev/null || true; fi
  rm -f "$ASIDE_LOG" "$ASIDE_LOG.status"
}

# --- Counting -------------------------------------------------------------------

TALLY="$(mktemp)"

# Runs a test command, and keeps what it said for the count.
counted() { "$@" 2>&1 | tee -a "$TALLY"; }

# At the end, come what may: "N passed, N failed" of all that ran, and nothing
# left running.
finish() {
  local status=$?
  end_aside
  end_stand
  # cargo test's, nextest's, Playwright's and Node's lines that sum up.
  sed 's/\x1b\[[0-9;]*m//g' "$TALLY" |
    awk '
      /^test result: / || /^ *Summary \[/ || /^  [0-9]+ (passed|failed|flaky)/ {
        for (i = 2; i <= NF; i++) {
          if ($i ~ /^(passed|flaky)/) passed += $(i - 1)
          if ($i ~ /^failed/) failed += $(i - 1)
        }
      }
      ($1 == "ℹ" || $1 == "#") && NF == 3 && $2 == "pass" { passed += $3 }
      ($1 == "ℹ" || $1 == "#") && NF == 3 && $2 == "fail" { failed += $3 }
      END { printf "%d passed, %d failed\n", passed, failed }'
  rm -f "$TALLY"
  exit "$status"
}
trap finish EXIT
