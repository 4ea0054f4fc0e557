// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pvg-dump CAPTURE: what a capture of pvg-kiosk --record holds, as text. It is played on the null
 * renderer, so that the device's own decoders say what is a packet and what is a record.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <pvg/log.h>
#include <pvg/regs.h>

#include "device-private.h"
#include "render/renderer.h"
#include "replay.h"
#include "wire/records.h"

enum {
	STATUS_WHOLE = 0,
	STATUS_CUT = 1,
	STATUS_BAD = 2,
	STATUS_USAGE = 64,
};

#define PAYLOAD_WORDS_SHOWN 12u

struct dump {
	int64_t start_ns;
	bool started;
	uint64_t reads, read_bytes; // since the last line about them
};

static void print_reads(struct dump *dump) {
	if (dump->reads != 0) {
		printf("             read %" PRIu64 " bytes in %" PRIu64 " pieces\n",
			dump->read_bytes, dump->reads);
	}
	dump->reads = 0;
	dump->read_bytes = 0;
}

static const char *register_name(uint32_t offset) {
	static const struct {
		uint32_t offset;
		const char *name;
	} names[] = {
		{ PVG_REG_CONTROL_FIFO, "CONTROL_FIFO" },
		{ PVG_REG_FIFO_LENGTH, "FIFO_LENGTH" },
		{ PVG_REG_FIFO_WRITTEN, "FIFO_WRITTEN" },
		{ PVG_REG_FIFO_START, "FIFO_START" },
		{ PVG_REG_ROOT_PAGE, "ROOT_PAGE" },
		{ PVG_REG_FIFO_BASE_PAGE, "FIFO_BASE_PAGE" },
		{ PVG_REG_VERSION, "VERSION" },
		{ PVG_REG_EFI_DISPLAY, "EFI_DISPLAY" },
		{ PVG_REG_MODE_SELECT, "MODE_SELECT" },
		{ PVG_REG_FB_START, "FB_START" },
		{ PVG_REG_FB_LENGTH, "FB_LENGTH" },
		{ PVG_REG_FB_DEPTH, "FB_DEPTH" },
		{ PVG_REG_FB_MODE, "FB_MODE" },
		{ PVG_REG_FB_STRIDE, "FB_STRIDE" },
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].offset == offset) {
			return names[i].name;
		}
	}
	return "register";
}

static void print_connect(const struct pvg_capture_chunk *chunk) {
	printf("connect epoch %" PRIu64 ", %" PRIu32 " displays, page shift %" PRIu32 "\n",
		chunk->connect.epoch, chunk->connect.displays, chunk->connect.page_shift);
	for (uint32_t i = 0; i < chunk->connect.registers_count; i++) {
		const struct pvg_capture_register *reg = &chunk->connect.registers[i];
		printf("    0x%04" PRIx32 " %s = 0x%" PRIx32 "\n", reg->offset,
			register_name(reg->offset), reg->value);
	}
}

static void print_display(const struct pvg_capture_chunk *chunk) {
	if (chunk->display.desc == NULL) {
		printf("display %" PRIu32 " unplugged\n", chunk->display.port);
		return;
	}
	printf("display %" PRIu32 " serial %" PRIu32 ", modes", chunk->display.port,
		chunk->display.desc->serial);
	for (uint32_t i = 0; i < chunk->display.desc->mode_count; i++) {
		const struct pvg_mode *mode = &chunk->display.desc->modes[i];
		printf(" %ux%u@%" PRIu32 ".%03" PRIu32, mode->width, mode->height,
			mode->refresh_mhz / 1000, mode->refresh_mhz % 1000);
	}
	printf("\n");
}

static void show_chunk(void *data, const struct pvg_capture_chunk *chunk) {
	struct dump *dump = data;
	if (chunk->type == PVG_CAPTURE_READ) {
		dump->reads++;
		dump->read_bytes += chunk->read.size_bytes;
		return;
	}
	print_reads(dump);
	if (!dump->started) {
		dump->started = true;
		dump->start_ns = chunk->when_ns;
	}
	printf("%12.6f ", ((double)chunk->when_ns - (double)dump->start_ns) / 1e9);
	switch (chunk->type) {
	case PVG_CAPTURE_CONNECT:
		print_connect(chunk);
		return;
	case PVG_CAPTURE_RAM:
		printf("memory table %" PRIu32 ", %" PRIu32 " spans\n", chunk->ram.generation,
			chunk->ram.spans_count);
		return;
	case PVG_CAPTURE_REGISTER:
		printf("write 0x%04" PRIx32 " %s = 0x%" PRIx32 "\n", chunk->reg.offset,
			register_name(chunk->reg.offset), chunk->reg.value);
		return;
	case PVG_CAPTURE_DOORBELLS:
		printf("doorbells channels 0x%" PRIx32 ", cursors 0x%" PRIx32 "\n",
			chunk->doorbells.channels, chunk->doorbells.cursor_ports);
		return;
	case PVG_CAPTURE_RESET:
		printf("reset epoch %" PRIu64 "\n", chunk->reset.epoch);
		return;
	case PVG_CAPTURE_TICK:
		printf("tick port %" PRIu32 "\n", chunk->tick.port);
		return;
	case PVG_CAPTURE_DISPLAY:
		print_display(chunk);
		return;
	case PVG_CAPTURE_PACKET:
		printf("channel %" PRIu32 " at 0x%" PRIx32 "\n", chunk->packet.channel,
			chunk->packet.position);
		return;
	case PVG_CAPTURE_READ:
	case PVG_CAPTURE_END:
	case PVG_CAPTURE_UNKNOWN:
	case PVG_CAPTURE_TYPES_MAX:
		printf("type 0x%" PRIx32 ", %zu bytes\n", chunk->number, chunk->payload_bytes);
		return;
	}
}

static void show_packet(void *data, const struct pvg_packet *packet, const char *name) {
	printf("    packet 0x%02x %s, signal %" PRIu32 ", %zu bytes:", packet->opcode,
		name != NULL ? name : "?", packet->signal, packet->payload_size);
	size_t words = packet->payload_size / 4;
	for (size_t i = 0; i < words && i < PAYLOAD_WORDS_SHOWN; i++) {
		uint32_t word;
		memcpy(&word, packet->payload + i * 4, sizeof(word));
		printf(" %" PRIx32, word);
	}
	printf("%s\n", words > PAYLOAD_WORDS_SHOWN ? " …" : "");
}

static void show_segment(void *data, uint32_t task, const char *space, uint64_t size_bytes) {
	printf("      task %" PRIu32 " segment %s, %" PRIu64 " bytes\n", task, space, size_bytes);
}

static void show_record(void *data, const struct pvg_record_info *info, uint32_t size_bytes,
	bool refused) {
	printf("        0x%02x %s, %" PRIu32 " bytes%s\n", info->opcode, info->name, size_bytes,
		refused ? ", refused" : "");
}

static void show_present(void *data, uint64_t number, unsigned int port,
	const struct pvg_image *image, const struct pvg_frame_info *info) {
	printf("      present %" PRIu64 " port %u surface %" PRIu32 " %" PRIu32 "x%" PRIu32 "\n",
		info->sequence, port, info->surface_id, image->width, image->height);
}

static int dump_file(const char *path) {
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		fprintf(stderr, "pvg-dump: %s: %s\n", path, strerror(errno));
		return STATUS_BAD;
	}
	struct pvg_renderer *renderer = pvg_renderer_null_create();
	if (renderer == NULL) {
		fprintf(stderr, "pvg-dump: no memory\n");
		close(fd);
		return STATUS_BAD;
	}
	struct dump dump = { 0 };
	const struct pvg_tap watch = {
		.data = &dump,
		.packet = show_packet,
		.segment = show_segment,
		.record = show_record,
	};
	const struct replay_options options = {
		.renderer = renderer,
		.watch = &watch,
		.data = &dump,
		.chunk = show_chunk,
		.present = show_present,
	};
	struct replay_result result;
	const char *error = replay_run(fd, &options, &result);
	print_reads(&dump);
	renderer->ops->destroy(renderer);
	printf("chunks %" PRIu64 ", packets %" PRIu64 ", records %" PRIu64 ", presents %" PRIu64
	       "%s\n",
		result.chunks, result.packets, result.records, result.presents,
		result.cut ? ", cut off" : "");
	if (error != NULL) {
		fprintf(stderr, "pvg-dump: %s: after %" PRIu64 " chunks: %s\n", path, result.chunks,
			error);
		return STATUS_BAD;
	}
	return result.cut ? STATUS_CUT : STATUS_WHOLE;
}

int main(int argc, char **argv) {
	static const struct option long_options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;
	while ((option = getopt_long(argc, argv, "h", long_options, NULL)) != -1) {
		if (option != 'h') {
			fprintf(stderr, "usage: pvg-dump CAPTURE\n");
			return STATUS_USAGE;
		}
		printf("usage: pvg-dump CAPTURE\n"
		       "exit status: 0 whole, 1 cut off, 2 not a capture or damaged\n");
		return STATUS_WHOLE;
	}
	if (optind + 1 != argc) {
		fprintf(stderr, "usage: pvg-dump CAPTURE\n");
		return STATUS_USAGE;
	}
	pvg_log_init(PVG_LOG_ERROR, NULL);
	int status = dump_file(argv[optind]);
	if (fflush(stdout) != 0) {
		status = STATUS_BAD;
	}
	return status;
}
