#!/bin/sh
# Builds the gateway from a source tree and lays what runs into an empty folder: compiled code, the packages it needs
# and no others, the shipped policies. The Dockerfile runs this; so does the test of the image.
# Usage: assemble.sh SOURCE TARGET
set -eu

source_dir=$1
target_dir=$2
# No install scripts: what the gateway needs ships ready-made in its packages, so none of them gets to run code here.
quiet='--ignore-scripts --prefer-offline --no-audit --no-fund'

cd "$source_dir"
# shellcheck disable=SC2086
npm ci $quiet
npm run --silent build

mkdir -p "$target_dir/config"
cp package.json package-lock.json .npmrc LICENSE "$target_dir/"
cp -R dist "$target_dir/dist"
cp -R config/policy "$target_dir/config/policy"
cp config/gateway.example.yaml "$target_dir/config/"

cd "$target_dir"
# shellcheck disable=SC2086
npm ci --omit=dev $quiet
