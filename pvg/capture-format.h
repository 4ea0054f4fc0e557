// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Constants of the capture format, shared by the writer and the reader. docs/capture-format.md.
 */
#ifndef PVG_CAPTURE_FORMAT_H
#define PVG_CAPTURE_FORMAT_H

#define PVG_CAPTURE_MAGIC "PVGCAPT\n" // 8 bytes, no NUL
#define PVG_CAPTURE_VERSION 1
#define PVG_CAPTURE_HEADER_BYTES 32
#define PVG_CAPTURE_CHUNK_HEADER_BYTES 16
#define PVG_CAPTURE_ALIGN 8              // of every chunk
#define PVG_CAPTURE_PAYLOAD_MAX 0x100000 // bytes of one chunk
#define PVG_CAPTURE_PAGE_BYTES 4096      // no READ chunk crosses such a boundary
#define PVG_CAPTURE_NAME_BYTES 16
#define PVG_CAPTURE_PLANES_BY_VERSION 1u // flags of CONNECT
#define PVG_CAPTURE_HEAPS_BY_VERSION 2u

#endif
