#!/bin/sh
# Plays this shard of the cases against the command in the arguments, as Bazel's test encyclopedia wants it: the filter of
# --test_filter, the XML where Bazel looks for it, and a JSON report that `ricspec merge` can read.
set -eu
ricspec=${RICSPEC:-ricspec}
set -- -- "$@"
if [ -n "${TESTBRIDGE_TEST_ONLY:-}" ]; then
    set -- --filter "$TESTBRIDGE_TEST_ONLY" "$@"
fi
if [ -n "${TEST_TOTAL_SHARDS:-}" ]; then
    set -- --shard auto "$@"
fi
if [ -n "${XML_OUTPUT_FILE:-}" ]; then
    set -- --report "junit=$XML_OUTPUT_FILE" "$@"
fi
if [ -n "${TEST_UNDECLARED_OUTPUTS_DIR:-}" ]; then
    set -- --report "json=$TEST_UNDECLARED_OUTPUTS_DIR/report-${TEST_SHARD_INDEX:-0}.json" "$@"
fi
exec "$ricspec" run "$@"
