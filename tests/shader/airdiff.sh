#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# airdiff.sh PVG-AIRDIFF FOLDER: one kernel in twelve of the libraries, CPU against GLES compute.
set -eu
airdiff=$1
folder=$2
if ! ls "$folder"/*.metallib >/dev/null 2>&1; then
	echo "skipped: no libraries in $folder"
	exit 77
fi
exec "$airdiff" --every 12 "$folder"/metalrs-compute.metallib "$folder"/floor-nbody.metallib \
	"$folder"/veldrid-unalignedcopy-macos.metallib "$folder"/reims-float_mul4_add3.air \
	"$folder"/ggml-llama-rn067.metallib
