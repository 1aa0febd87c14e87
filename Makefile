# The commands of this project. `make` alone lists them; each is a short script
# in scripts/, which says what it does, how long it takes, and installs what is
# missing.

.DEFAULT_GOAL := help
.PHONY: help run watch build size check test test-all test-d1 torture screenshots tasks lint fmt bench bench-scale bench-steady bench-cluster doctor clean

help: ## this list
	@scripts/help

run: ## build and serve on http://127.0.0.1:3000 (PORT= moves it)
	@PORT='$(PORT)' scripts/run

watch: ## the same with cargo-leptos, building and reloading at each change
	@PORT='$(PORT)' scripts/watch

build: ## the release, hashed and precompressed: target/release/imgc, target/site and dist/
	@scripts/build

size: build ## the release's WASM and JavaScript with brotli; fails above 195 and 350 kB
	@scripts/size

check: ## while you work: formatting, clippy, unit tests
	@scripts/check

test: ## what must pass for each change: also integration and browser tests
	@scripts/test

test-all: ## the rest, after test: the browser tests on more screens, long tests, the release
	@scripts/test-all

test-d1: ## of test-all, what is tested on D1 and R2: many nodes, the Workers
	@scripts/test-d1

torture: ## a thousand kills of the working server; nothing paid may be lost
	@scripts/torture

screenshots: ## every screen as a picture, in end2end/shots
	@scripts/screenshots

tasks: ## count the clicks that everyday work takes, as a table
	@scripts/tasks

lint: ## formatting and clippy for both faces
	@scripts/lint

fmt: ## format the Rust sources
	@scripts/with cargo fmt --all

bench: ## measure the pages
	@scripts/with cargo bench --locked --bench pages

bench-scale: ## measure a service of many pictures
	@scripts/with cargo bench --locked --bench scale

bench-steady: ## ten minutes at 70 % of the most, then 1,000 event streams
	@scripts/with cargo bench --locked --bench steady

bench-cluster: ## measure one, two and four nodes on D1 and R2
	@scripts/bench-cluster

doctor: ## which tools are there, and what imgc says of its configuration
	@scripts/doctor

clean: ## remove what was built (the tools and data/ stay)
	@rm -rf target dist end2end/test-results end2end/playwright-report end2end/shots
