#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# airdiff.sh PVG-AIRDIFF FOLDER: a share of the functions of the corpus, CPU against GLES. All of them:
# pvg-airdiff --jobs 2 FOLDER/*.metallib FOLDER/*.air
set -eu
airdiff=$1
folder=$2
if ! ls "$folder"/*.metallib >/dev/null 2>&1; then
	echo "skipped: no libraries in $folder"
	exit 77
fi
learning=$folder/ggml-llama-rn067.metallib
set --
for file in "$folder"/*.metallib "$folder"/*.air; do
	if [ "$file" != "$learning" ]; then
		set -- "$@" "$file"
	fi
done
# Floors: what agrees today, less a little for drivers that round in another way.
"$airdiff" --jobs 2 --every 6 --floor-compute 12 --floor-draw 26 "$@"
exec "$airdiff" --jobs 2 --every 30 --floor-compute 9 "$learning"
