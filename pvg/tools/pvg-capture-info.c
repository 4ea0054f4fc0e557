// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-capture-info [-c] FILE: what a capture of pvg-kiosk --record holds. One line a chunk with -c;
 * counts of each type always. Exit status: 0 whole, 1 cut off, 2 not a capture or damaged.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pvg/capture.h>

enum {
	STATUS_WHOLE = 0,
	STATUS_CUT = 1,
	STATUS_BAD = 2,
	STATUS_USAGE = 64,
};

static void print_chunk(const struct pvg_capture_chunk *chunk, int64_t start_ns) {
	printf("%10" PRIu64 " %12.6f %-9s", chunk->file_offset,
		(double)(chunk->when_ns - start_ns) / 1e9, pvg_capture_type_name(chunk->type));
	switch (chunk->type) {
	case PVG_CAPTURE_CONNECT:
		printf(" epoch %" PRIu64 ", %" PRIu32 " displays, page shift %" PRIu32
			", %" PRIu32 " registers set\n",
			chunk->connect.epoch, chunk->connect.displays, chunk->connect.page_shift,
			chunk->connect.registers_count);
		return;
	case PVG_CAPTURE_RAM:
		printf(" generation %" PRIu32 ":", chunk->ram.generation);
		for (uint32_t i = 0; i < chunk->ram.spans_count; i++) {
			printf(" 0x%" PRIx64 "+0x%" PRIx64, chunk->ram.spans[i].gpa,
				chunk->ram.spans[i].size_bytes);
		}
		printf("\n");
		return;
	case PVG_CAPTURE_REGISTER:
		printf(" 0x%04" PRIx32 " = 0x%" PRIx32 ", FIFO_WRITTEN 0x%" PRIx32 "\n",
			chunk->reg.offset, chunk->reg.value, chunk->reg.fifo_written);
		return;
	case PVG_CAPTURE_DOORBELLS:
		printf(" channels 0x%" PRIx32 ", cursors 0x%" PRIx32 "\n",
			chunk->doorbells.channels, chunk->doorbells.cursor_ports);
		return;
	case PVG_CAPTURE_READ:
		printf(" 0x%" PRIx64 "+0x%zx\n", chunk->read.gpa, chunk->read.size_bytes);
		return;
	case PVG_CAPTURE_RESET:
		printf(" epoch %" PRIu64 "\n", chunk->reset.epoch);
		return;
	case PVG_CAPTURE_TICK:
		printf(" port %" PRIu32 "\n", chunk->tick.port);
		return;
	case PVG_CAPTURE_DISPLAY:
		if (chunk->display.desc == NULL) {
			printf(" port %" PRIu32 " unplugged\n", chunk->display.port);
			return;
		}
		printf(" port %" PRIu32 " \"%s\" %ux%u, %" PRIu32 " modes\n", chunk->display.port,
			chunk->display.desc->name, chunk->display.desc->modes[0].width,
			chunk->display.desc->modes[0].height, chunk->display.desc->mode_count);
		return;
	case PVG_CAPTURE_PACKET:
		printf(" channel %" PRIu32 " at 0x%" PRIx32 "\n", chunk->packet.channel,
			chunk->packet.position);
		return;
	case PVG_CAPTURE_END:
	case PVG_CAPTURE_UNKNOWN:
	case PVG_CAPTURE_TYPES_MAX:
		printf(" type 0x%" PRIx32 ", %zu bytes\n", chunk->number, chunk->payload_bytes);
		return;
	}
}

static int show(struct pvg_capture *capture, bool each) {
	uint64_t counts[PVG_CAPTURE_TYPES_MAX] = { 0 };
	uint64_t read_bytes = 0, chunks = 0;
	int64_t start_ns = 0, newest_ns = 0;
	struct pvg_capture_chunk chunk;
	enum pvg_capture_result result;
	while ((result = pvg_capture_next(capture, &chunk)) == PVG_CAPTURE_OK) {
		if (chunks++ == 0) {
			start_ns = chunk.when_ns;
		}
		newest_ns = chunk.when_ns;
		counts[chunk.type]++;
		if (chunk.type == PVG_CAPTURE_READ) {
			read_bytes += chunk.read.size_bytes;
		}
		if (each) {
			print_chunk(&chunk, start_ns);
		}
	}
	printf("chunks %" PRIu64 "\nseconds %.3f\nread-bytes %" PRIu64 "\n", chunks,
		(double)(newest_ns - start_ns) / 1e9, read_bytes);
	for (unsigned int type = 0; type < PVG_CAPTURE_TYPES_MAX; type++) {
		if (type != PVG_CAPTURE_END) {
			printf("%s %" PRIu64 "\n",
				pvg_capture_type_name((enum pvg_capture_type)type), counts[type]);
		}
	}
	switch (result) {
	case PVG_CAPTURE_OK:
	case PVG_CAPTURE_FINISHED:
		printf("whole\n");
		return STATUS_WHOLE;
	case PVG_CAPTURE_CUT:
		printf("cut off\n");
		return STATUS_CUT;
	case PVG_CAPTURE_BAD:
		break;
	}
	printf("damaged after chunk %" PRIu64 ": %s\n", chunks, pvg_capture_error(capture));
	return STATUS_BAD;
}

int main(int argc, char **argv) {
	bool each = false;
	int option;
	static const struct option long_options[] = {
		{ "chunks", no_argument, NULL, 'c' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	while ((option = getopt_long(argc, argv, "ch", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			each = true;
			break;
		case 'h':
			printf("usage: pvg-capture-info [-c] FILE\n"
			       "  -c, --chunks  one line for each chunk\n"
			       "exit status: 0 whole, 1 cut off, 2 not a capture or damaged\n");
			return STATUS_WHOLE;
		default:
			return STATUS_USAGE;
		}
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: pvg-capture-info [-c] FILE\n");
		return STATUS_USAGE;
	}
	int fd = open(argv[optind], O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "pvg-capture-info: %s: %s\n", argv[optind], strerror(errno));
		return STATUS_BAD;
	}
	struct pvg_capture *capture = pvg_capture_open(fd);
	if (capture == NULL) {
		fprintf(stderr, "pvg-capture-info: no memory\n");
		return STATUS_BAD;
	}
	int status = show(capture, each);
	pvg_capture_close(capture);
	return status;
}
