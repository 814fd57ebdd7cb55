#!/usr/bin/env bash
# Checks policies of a repository, and says what a change of them opens. For any CI:
#   ci/check-policy.sh POLICY...
# Compiles, tests, drills, and compares each with what it was at the base of the change. Writes SARIF,
# JUnit and a summary in Markdown, and fails when anything is wrong or opens. Settings:
#   COFFERDAM                the command, where it is not on the search path
#   COFFERDAM_BASE           what the change is compared with (origin/main)
#   COFFERDAM_OUT            where reports go (cofferdam-report)
#   COFFERDAM_MIN_COVERAGE   least coverage by tests, in percent (0)
#   COFFERDAM_MIN_MUTATION   least share of weakened rules that tests notice, in percent (0)
#   COFFERDAM_ATTACKS        attacks of the drill (5000)
#   COFFERDAM_MAY_OPEN       1: a change that opens something is told, and fails nothing
set -uo pipefail

cofferdam=${COFFERDAM:-cofferdam}
base=${COFFERDAM_BASE:-origin/main}
out=${COFFERDAM_OUT:-cofferdam-report}
coverage=${COFFERDAM_MIN_COVERAGE:-0}
mutation=${COFFERDAM_MIN_MUTATION:-0}
attacks=${COFFERDAM_ATTACKS:-5000}
may_open=${COFFERDAM_MAY_OPEN:-0}

if [ $# -eq 0 ]; then
    echo "error: no policy is named" >&2
    echo "help: ci/check-policy.sh policies/*.yaml" >&2
    exit 2
fi
if ! command -v "$cofferdam" >/dev/null; then
    echo "error: the command \`$cofferdam\` is missing" >&2
    echo "help: build it with \`cargo xtask dist\`, or name it in COFFERDAM" >&2
    exit 2
fi
if ! commit=$(git rev-parse --verify --quiet "$base^{commit}"); then
    echo "error: git knows no revision \`$base\`" >&2
    echo "help: fetch it (in a workflow: fetch-depth: 0), or name another one in COFFERDAM_BASE" >&2
    exit 2
fi

mkdir -p "$out" || exit 2
summary=$out/summary.md
failed=0
before=$(mktemp -d)
trap 'git worktree remove --force "$before/tree" 2>/dev/null; rm -rf "$before"' EXIT
# All of it, since a policy may name files beside it.
git worktree add --quiet --detach "$before/tree" "$commit" || exit 2

# A line of the summary, and whether it counts as a failure.
tell() {
    echo "- $1" >>"$summary"
    if [ "$2" -ne 0 ]; then
        failed=1
    fi
}

# What a step printed, folded away. Four backticks, since the text may hold three.
fold() {
    printf '\n<details><summary>%s</summary>\n\n````text\n' "$1" >>"$summary"
    sed 's/````/` ` ` `/g' "$2" >>"$summary"
    printf '````\n\n</details>\n\n' >>"$summary"
}

printf '# Policies\n\n' >"$summary"
"$cofferdam" check --format sarif "$@" >"$out/cofferdam.sarif" 2>"$out/check.txt"
"$cofferdam" test --format junit "$@" >"$out/junit.xml" 2>/dev/null

n=0
for policy in "$@"; do
    n=$((n + 1))
    log=$out/$n
    printf '\n## `%s`\n\n' "${policy//\`/}" >>"$summary"
    if ! "$cofferdam" check "$policy" >"$log-check.txt" 2>&1; then
        tell 'does **not compile**' 1
        fold diagnostics "$log-check.txt"
        continue
    fi
    tell 'compiles' 0
    if "$cofferdam" test --min-coverage "$coverage" --min-mutation "$mutation" "$policy" \
        >"$log-test.txt" 2>&1; then
        tell "tests pass: $(tail -n 1 "$log-test.txt")" 0
    else
        tell '**tests fail**' 1
    fi
    fold tests "$log-test.txt"
    if "$cofferdam" drill --attacks "$attacks" "$policy" >"$log-drill.txt" 2>&1; then
        tell "drill: $(tail -n 1 "$log-drill.txt")" 0
    else
        tell '**drill: not everything was held**' 1
    fi
    fold drill "$log-drill.txt"
    # Its name from the top of the repository; none where git does not know it yet.
    name=$(git ls-files --full-name -- "$policy" 2>/dev/null)
    old=$before/tree/$name
    if [ -z "$name" ] || [ ! -f "$old" ]; then
        tell "**new**: everything that it allows opens" $((1 - may_open))
        continue
    fi
    "$cofferdam" diff --format markdown "$old" "$policy" >"$log-diff.md" 2>"$log-diff.txt"
    case $? in
    0) tell "opens nothing: $(tail -n 1 "$log-diff.txt")" 0 ;;
    1) tell "**opens**: $(tail -n 1 "$log-diff.txt")" $((1 - may_open)) ;;
    *) tell '**cannot be compared with what it was**' 1 ;;
    esac
    echo >>"$summary"
    cat "$log-diff.md" >>"$summary"
done

cat "$summary"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
    cat "$summary" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$failed"
