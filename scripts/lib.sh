# shellcheck shell=bash
# Shared by every script here: where things are, how a step is announced and
# timed, and how each tool is found or installed. Sourced, never run.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TOOLS="$ROOT/.tools"

# Versions this project is tested with. A cargo-leptos of the same minor series
# that is newer than CARGO_LEPTOS_VERSION is used as it is.
CARGO_LEPTOS_VERSION=0.3.10
BINARYEN_VERSION=132.0.0
ESBUILD_VERSION=0.28.2
LIGHTNINGCSS_VERSION=1.33.0

# Project-local tools come first, so that a wasm-bindgen of another version
# elsewhere on the PATH does not break this project (nor ours break others).
export PATH="$TOOLS/bin:$TOOLS/node_modules/.bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

# Only a person at a terminal gets colours.
if [[ -t 1 && -z "${NO_COLOR:-}" ]]; then
  BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  BOLD='' GREEN='' RED='' PLAIN=''
fi

# Long steps are collected here for the summary at the end.
STEPS=()

say() { printf '%s\n' "$*"; }
die() { printf '%s✗ %s%s\n' "$RED" "$*" "$PLAIN" >&2; exit 1; }

# 75 -> "1 min 15 s"
duration() {
  local seconds="$1"
  if ((seconds < 60)); then echo "$seconds s"; else echo "$((seconds / 60)) min $((seconds % 60)) s"; fi
}

# step "what" "how long" command…: announces, runs, and says how long it took.
step() {
  local what="$1" estimate="$2" start=$SECONDS took status=0
  shift 2
  printf '%s▸ %s%s%s\n' "$BOLD" "$what" "$PLAIN" "${estimate:+ ($estimate)}"
  # In a subshell with its own -e: calling it in a condition would switch -e
  # off inside, and a failure in the middle of a step would go unseen.
  set +e
  (set -e; "$@")
  status=$?
  set -e
  took=$((SECONDS - start))
  if ((status != 0)); then
    die "$what: failed after $(duration $took) (exit code $status)"
  fi
  printf '%s✓ %s (%s)%s\n' "$GREEN" "$what" "$(duration $took)" "$PLAIN"
  if ((took > 0)); then STEPS+=("$(printf '%10s  %s' "$(duration $took)" "$what")"); fi
}

# Prints how long each step took, if any took a second or more.
summary() {
  ((${#STEPS[@]} > 0)) || return 0
  say "Time spent:"
  printf '%s\n' "${STEPS[@]}"
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- Rust ---------------------------------------------------------------------

# The compiler that rust-toolchain.toml pins is often there under the name
# "stable": then that one is used, and nothing needs fetching.
pick_toolchain() {
  CHANNEL="$(sed -n 's/^channel *= *"\(.*\)"/\1/p' "$ROOT/rust-toolchain.toml")"
  if [[ -n "${RUSTUP_TOOLCHAIN:-}" ]] || ! has rustup || pinned_toolchain_is_there; then return; fi
  if [[ "$(RUSTUP_TOOLCHAIN=stable rustc --version 2>/dev/null)" == "rustc $CHANNEL "* ]]; then
    export RUSTUP_TOOLCHAIN=stable
  fi
}

pinned_toolchain_is_there() { rustup toolchain list 2>/dev/null | grep -q "^$CHANNEL-"; }

# The toolchain that rust-toolchain.toml pins, its parts and the wasm32 target.
ensure_rust() {
  has cargo || die "Rust is not installed: see https://rustup.rs"
  has cc || die "A C compiler is needed: on Debian, apt-get install build-essential"
  if has rustup && [[ -z "${RUSTUP_TOOLCHAIN:-}" ]] && ! pinned_toolchain_is_there; then
    step "Rust $CHANNEL" "about 1 min the first time" rustup toolchain install "$CHANNEL" --profile minimal
  fi
  ensure_rust_part "the wasm32 target" wasm_target_is_there rustup target add wasm32-unknown-unknown
}

ensure_lints() {
  ensure_rust_part "rustfmt" "cargo fmt --version" rustup component add rustfmt
  ensure_rust_part "clippy" "cargo clippy --version" rustup component add clippy
}

wasm_target_is_there() { [[ -d "$(rustc --print sysroot)/lib/rustlib/wasm32-unknown-unknown/lib" ]]; }

# ensure_rust_part what test command…
ensure_rust_part() {
  local what="$1" test="$2"
  shift 2
  if $test >/dev/null 2>&1; then return; fi
  has rustup || die "Rust lacks $what, and rustup is not there to add it: see https://rustup.rs"
  step "Rust: $what" "under 1 min the first time" "$@"
}

# Installs a Rust program: prebuilt where cargo-binstall can fetch it, else built.
# install_crate name version root cargo-install-options…
install_crate() {
  local name="$1" version="$2" root="$3"
  shift 3
  if has cargo-binstall &&
    cargo binstall --no-confirm --disable-strategies compile --root "$root" "$name@$version"; then
    return
  fi
  # A target folder of our own, so that an interrupted build goes on where it
  # stopped. Flags meant for this project (RUSTFLAGS) have no business here.
  env -u RUSTFLAGS -u CARGO_ENCODED_RUSTFLAGS CARGO_TARGET_DIR="$TOOLS/build" CARGO_INCREMENTAL=0 \
    cargo install "$name" --version "$version" --root "$root" "$@"
  rm -rf "$TOOLS/build"
}

# crates/xtask, compiled where cargo shows its progress, then run:
# xtask build [--release] [--site-only], or xtask compare [--release]
xtask() {
  local package=(--locked --package xtask)
  if [[ " $* " == *" --release "* ]]; then package+=("${RELEASE_XTASK[@]}"); fi
  step "xtask, which builds the site" "about 1 min the first time" cargo build "${package[@]}"
  cargo run --quiet "${package[@]}" -- "$@"
}

# The xtask that can make a release. Of what it is made of, brotli alone would take
# minutes as it is compiled for developers.
RELEASE_XTASK=(--features release --config profile.dev.package.brotli.opt-level=3)

# cargo-leptos, which builds at each change, belongs to the user, so that `cargo leptos watch` works by itself.
ensure_cargo_leptos() {
  local series="${CARGO_LEPTOS_VERSION%.*}" patch="${CARGO_LEPTOS_VERSION##*.}" found
  found="$(cargo leptos --version 2>/dev/null | awk '{print $2}')" || true
  if [[ "${found%.*}" == "$series" && "${found##*.}" =~ ^[0-9]+$ && "${found##*.}" -ge "$patch" ]]; then
    return
  fi
  [[ -z "$found" ]] || say "  cargo-leptos $found is there, and $series.$patch or a later $series.x is needed: it is replaced"
  # The debug profile, because a release build of it takes several times as
  # long; without debug information, which nobody reads; and with the one hot
  # loop of ours (precompression) optimised all the same.
  step "cargo-leptos $CARGO_LEPTOS_VERSION" "about 11 min the first time on 2 cores, seconds where cargo-binstall has it" \
    install_crate cargo-leptos "$CARGO_LEPTOS_VERSION" "${CARGO_INSTALL_ROOT:-${CARGO_HOME:-$HOME/.cargo}}" \
    --locked --debug --force --config profile.dev.debug=0 --config profile.dev.package.brotli.opt-level=3
}

# wasm-bindgen must be of exactly the version that the code was compiled with.
ensure_wasm_bindgen() {
  local version
  version="$(awk '/^name = "wasm-bindgen"$/ {getline; gsub(/"/, "", $3); print $3; exit}' "$ROOT/Cargo.lock")"
  [[ -n "$version" ]] || die "Cargo.lock names no wasm-bindgen"
  if [[ "$(wasm-bindgen --version 2>/dev/null)" != "wasm-bindgen $version" ]]; then
    # Not --locked: the lock file it was published with may name a crate that
    # was withdrawn since. No default features: they are TLS for its test
    # runner. Lightly optimised: it handles a 30 MB module at every build.
    step "wasm-bindgen $version" "about 2 min the first time, seconds where cargo-binstall has it" \
      install_crate wasm-bindgen-cli "$version" "$TOOLS" \
      --no-default-features --force --config profile.release.opt-level=1 --config profile.release.lto='"off"' \
      --config profile.release.codegen-units=16
  fi
  offer_to_cargo_leptos "$version"
}

# `cargo leptos watch` typed by hand has no .tools on its PATH: it looks into its
# own cache, whose folders carry the version, before it downloads. The same
# program put there saves the download and disturbs no other project.
offer_to_cargo_leptos() {
  local version="$1" cache triple folder
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) cache="${XDG_CACHE_HOME:-$HOME/.cache}" triple=x86_64-unknown-linux-musl ;;
    Linux-aarch64) cache="${XDG_CACHE_HOME:-$HOME/.cache}" triple=aarch64-unknown-linux-gnu ;;
    Darwin-x86_64) cache="$HOME/Library/Caches" triple=x86_64-apple-darwin ;;
    Darwin-arm64) cache="$HOME/Library/Caches" triple=aarch64-apple-darwin ;;
    *) return 0 ;;
  esac
  folder="$cache/cargo-leptos/wasm-bindgen-$version/wasm-bindgen-$version/wasm-bindgen-$version-$triple"
  [[ -x "$folder/wasm-bindgen" ]] && return
  mkdir -p "$folder"
  cp "$(command -v wasm-bindgen)" "$folder/wasm-bindgen"
}

# --- Node ---------------------------------------------------------------------

# A registry that stops answering is asked again after a minute: npm itself waits five.
export npm_config_fetch_timeout="${npm_config_fetch_timeout:-60000}"
export npm_config_fetch_retries="${npm_config_fetch_retries:-4}"

ensure_node() {
  if ! has node || ! has npm; then die "Node.js 20 or later is needed: see https://nodejs.org"; fi
  local major
  major="$(node -p 'process.versions.node.split(".")[0]')"
  ((major >= 20)) || die "Node.js 20 or later is needed, and this one is $(node --version)"
}

# What makes a release small: wasm-opt for the module, esbuild for its JavaScript,
# Lightning CSS for the styles. Pinned and local, so that the sizes we publish can
# be reproduced.
ensure_release_tools() {
  local wanted="binaryen@$BINARYEN_VERSION esbuild@$ESBUILD_VERSION lightningcss-cli@$LIGHTNINGCSS_VERSION"
  local mark="$TOOLS/node_modules/.release-tools"
  if [[ "$(cat "$mark" 2>/dev/null)" == "$wanted" ]]; then return; fi
  ensure_node
  # shellcheck disable=SC2086 # three words
  step "wasm-opt, esbuild and Lightning CSS" "under 1 min the first time" \
    npm install --prefix "$TOOLS" --no-save --no-package-lock --loglevel error $wanted
  printf '%s\n' "$wanted" >"$mark"
}

# What the browser tests import.
ensure_end2end() { ensure_packages end2end "npm packages of the browser tests"; }

# Wrangler, workerd and a Node that is new enough for both: what D1, R2 and the
# Workers are tested with. The system's Node may be an older one.
ensure_cloudflare() { ensure_packages deploy/cloudflare "npm packages of Workers and D1"; }

# ensure_packages folder "what": what a folder's lock file names, if it changed.
ensure_packages() {
  ensure_node
  local folder="$ROOT/$1" what="$2"
  local installed="$folder/node_modules/.package-lock.json"
  if [[ -f "$installed" && ! "$folder/package-lock.json" -nt "$installed" ]]; then return; fi
  step "$what" "under 1 min the first time" install_packages "$folder"
}

install_packages() {
  cd "$1"
  npm ci --loglevel error
  # The mark that this lock file is applied.
  touch node_modules/.package-lock.json
}

# The Node that ensure_cloudflare brought.
cloudflare_node() {
  local own="$ROOT/deploy/cloudflare/node_modules/.bin/node"
  if [[ -x "$own" ]]; then printf '%s' "$own"; else command -v node; fi
}

# Sets CHROMIUM_PATH to a Chromium, or leaves it empty for Playwright's own.
ensure_chromium() {
  find_chromium && return
  if debian_packages_work; then
    step "Chromium (Debian's package)" "about 1 min the first time" apt_install chromium fonts-dejavu-core
    find_chromium && return
  fi
  ensure_end2end
  # Playwright keeps its browsers in the user's cache and installs nothing twice.
  step "Chromium (Playwright's)" "about 1 min the first time" install_playwright_chromium
}

install_playwright_chromium() {
  cd "$ROOT/end2end"
  npx playwright install chromium
}

find_chromium() {
  if [[ -n "${CHROMIUM_PATH:-}" ]]; then
    [[ -x "$CHROMIUM_PATH" ]] || die "CHROMIUM_PATH is $CHROMIUM_PATH, which is no program"
    return 0
  fi
  local name
  for name in chromium chromium-browser google-chrome-stable google-chrome; do
    # Ubuntu's chromium is a script that asks for a snap: it must answer to count.
    if has "$name" && "$name" --version >/dev/null 2>&1; then
      CHROMIUM_PATH="$(command -v "$name")"
      export CHROMIUM_PATH
      return 0
    fi
  done
  return 1
}

# Debian itself (its derivatives package Chromium differently), and the right to
# install: being root, or sudo that asks for no password.
debian_packages_work() {
  [[ -r /etc/os-release ]] && grep -q '^ID=debian$' /etc/os-release && has apt-get &&
    { ((EUID == 0)) || { has sudo && sudo -n true 2>/dev/null; }; }
}

apt_install() {
  local as_root=()
  ((EUID == 0)) || as_root=(sudo -n)
  "${as_root[@]}" apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# --- Ports --------------------------------------------------------------------

# Says so early when something already listens there, before a long build.
ensure_port_is_free() {
  if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
    die "Something already listens on 127.0.0.1:$1; choose another port: make run PORT=4000"
  fi
}

# --- Always -------------------------------------------------------------------

pick_toolchain
