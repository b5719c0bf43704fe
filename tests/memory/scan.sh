#!/bin/bash
# A table larger than the memory it may use: is it scanned at the speed of the disk, and does the program stay alive?
#
#     tests/memory/scan.sh [COLQ] [GIGABYTES] [MEBIBYTES] [FOLDER]
#
# makes a table of 12 GB in FOLDER (the system's folder for temporary files), and reads all of it cold in a memory group
# of 256 MiB: with `dd` in blocks of 16 MiB, mapped, and with --io read, in turn, three times. It fails where the best
# scan takes more than 1.15 times as long as the best dd, or where a run ends by itself. Where there are no memory
# groups to be had it says SKIPPED, and why. It needs to be root, and twice the room on the disk while it begins.
set -u
colq=${1:-target/release/colq}
gigabytes=${2:-12}
mebibytes=${3:-256}
folder=$(mktemp -d "${4:-${TMPDIR:-/tmp}}/colq-memory-XXXXXX")
group=

skip() {
    echo "SKIPPED: $1"
    exit 0
}

clean_up() {
    [ -n "$group" ] && rmdir "$group" 2>/dev/null
    rm -rf "$folder"
}
trap clean_up EXIT

[ -x "$colq" ] || skip "there is no program at $colq; build it with cargo build --release"
if [ -d /sys/fs/cgroup/memory ]; then
    group=/sys/fs/cgroup/memory/colq-scan-$$
    limit=memory.limit_in_bytes
    peak=memory.max_usage_in_bytes
elif grep -qs memory /sys/fs/cgroup/cgroup.subtree_control; then
    group=/sys/fs/cgroup/colq-scan-$$
    limit=memory.max
    peak=memory.peak
else
    skip "this system has no memory groups (cgroups)"
fi
mkdir "$group" 2>/dev/null || { group=; skip "no memory group can be made; be root"; }
echo $((mebibytes << 20)) >"$group/$limit" || skip "the memory group takes no limit"
[ -f "$group/memory.swap.max" ] && echo 0 >"$group/memory.swap.max"

# Runs a command in the group and prints how many milliseconds it took.
in_group() {
    local start end
    start=$(date +%s%N)
    (
        echo "$BASHPID" >"$group/cgroup.procs"
        exec "$@"
    ) >"$folder/said" 2>&1 || { cat "$folder/said" >&2; echo "FAILED: $1 ended with $?" >&2; return 1; }
    end=$(date +%s%N)
    echo $(((end - start) / 1000000))
}

make_cold() {
    sync
    for file in "$folder"/t.colq/columns/*; do dd if="$file" iflag=nocache count=0 2>/dev/null; done
}

# 28 bytes a row, a hundredth of the table first.
rows=$((gigabytes * 1000000000 / 28 / 100))
awk -v rows=$rows 'BEGIN { srand(1); print "id,a,b,c"; for (i = 0; i < rows; i++) print i "," rand() "," rand() "," int(rand() * 100000) }' \
    >"$folder/piece.csv"
"$colq" import "$folder/piece.csv" "$folder/piece.colq" >/dev/null || exit 1
all=$(printf "SELECT * FROM '$folder/piece.colq' UNION ALL %.0s" $(seq 99))
"$colq" query "$all SELECT * FROM '$folder/piece.colq'" --out "$folder/t.colq" >/dev/null || exit 1
rm -rf "$folder"/piece.*

cat >"$folder/read.sh" <<EOF
for file in $folder/t.colq/columns/*.npy; do dd if=\$file of=/dev/null bs=16M 2>/dev/null; done
EOF
sql="SELECT sum(id + c), sum(a + b) FROM '$folder/t.colq'"
best_dd=; best_map=; best_read=
least() { if [ -z "$1" ] || [ "$2" -lt "$1" ]; then echo "$2"; else echo "$1"; fi; }
for _ in 1 2 3; do
    make_cold; took=$(in_group bash "$folder/read.sh") || exit 1; best_dd=$(least "$best_dd" "$took")
    make_cold; took=$(in_group "$colq" query "$sql") || exit 1; best_map=$(least "$best_map" "$took")
    make_cold; took=$(in_group "$colq" query "$sql" --io read) || exit 1; best_read=$(least "$best_read" "$took")
done
echo "table: $(du -sb "$folder/t.colq" | cut -f1) bytes, group: $mebibytes MiB, most used: $(cat "$group/$peak" 2>/dev/null) bytes"
echo "dd: $best_dd ms"
echo "mapped: $best_map ms, $((best_map * 100 / best_dd)) % of dd"
echo "read: $best_read ms, $((best_read * 100 / best_dd)) % of dd"
[ $((best_map * 100)) -le $((best_dd * 115)) ] && [ $((best_read * 100)) -le $((best_dd * 115)) ] || { echo "FAILED: slower than the disk"; exit 1; }
