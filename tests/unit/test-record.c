// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Captures: what a recorder writes, what the reader makes of it, and of every damaged form of it.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include <pvg/capture.h>
#include <pvg/record.h>

#include "device-private.h"
#include "rig.h"

#define SURFACE_GVA 0x1000000u
#define SURFACE_GPA 0x800000u

static int memory_file(void) {
	int fd = memfd_create("capture", MFD_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static struct pvg_capture *reopen(int fd) {
	int again = dup(fd);
	assert_true(again >= 0);
	assert_int_equal(lseek(again, 0, SEEK_SET), 0);
	struct pvg_capture *capture = pvg_capture_open(again);
	assert_non_null(capture);
	return capture;
}

struct totals {
	enum pvg_capture_result result;
	uint64_t counts[PVG_CAPTURE_TYPES_MAX];
	uint64_t read_bytes;
};

static struct totals read_all(int fd) {
	struct pvg_capture *capture = reopen(fd);
	struct totals totals = { 0 };
	struct pvg_capture_chunk chunk;
	while ((totals.result = pvg_capture_next(capture, &chunk)) == PVG_CAPTURE_OK) {
		totals.counts[chunk.type]++;
		totals.read_bytes += chunk.type == PVG_CAPTURE_READ ? chunk.read.size_bytes : 0;
	}
	pvg_capture_close(capture);
	return totals;
}

// A short life of a guest, recorded from its start.
static int record_session(void) {
	int fd = memory_file();
	struct pvg_recorder *recorder = pvg_recorder_create(dup(fd));
	assert_non_null(recorder);
	struct rig *rig = rig_create(1);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(rig->device, 0, &desc); // before there is a recorder
	pvg_device_set_recorder(rig->device, recorder);
	rig_online(rig, 0);
	rig_surface(rig, 7,
		&(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, RIG_BGRA, 256, 64, 1024, 0, 4 });
	memset(rig->ram + SURFACE_GPA, 0x42, 0x10000);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	atomic_store(rig_word(rig, RIG_PAGE_GPA + 0x104), 0xd);
	pvg_display_tick(rig->device, 0, 1234567);
	rig_put32(rig, RIG_PAGE_GPA + 0xe00, 5);
	pvg_regs_write(&rig->regs, PVG_REG_CURSOR_KICK, 4, 0);
	rig_run(rig);
	pvg_regs_reset(&rig->regs);
	rig_run(rig);
	pvg_device_set_recorder(rig->device, NULL);
	rig_destroy(rig);
	pvg_recorder_destroy(recorder);
	return fd;
}

static void a_session_is_read_back_whole(void **state) {
	int fd = record_session();
	struct totals totals = read_all(fd);
	assert_int_equal(totals.result, PVG_CAPTURE_FINISHED);
	assert_int_equal(totals.counts[PVG_CAPTURE_CONNECT], 1);
	assert_int_equal(totals.counts[PVG_CAPTURE_RAM], 1);
	assert_int_equal(totals.counts[PVG_CAPTURE_DISPLAY], 1);
	assert_int_equal(totals.counts[PVG_CAPTURE_RESET], 1);
	assert_int_equal(totals.counts[PVG_CAPTURE_TICK], 1);
	assert_true(totals.counts[PVG_CAPTURE_DOORBELLS] >= 4);
	assert_true(totals.counts[PVG_CAPTURE_PACKET] >= 4);
	assert_true(totals.read_bytes >= 0x10000); // the surface
	assert_int_equal(totals.counts[PVG_CAPTURE_UNKNOWN], 0);
	close(fd);
}

static void each_chunk_says_what_happened(void **state) {
	int fd = record_session();
	struct pvg_capture *capture = reopen(fd);
	struct pvg_capture_chunk chunk;
	bool surface = false, tick = false, cursor = false, display = false, enable = false;
	uint64_t offset = 32;
	while (pvg_capture_next(capture, &chunk) == PVG_CAPTURE_OK) {
		assert_int_equal(chunk.file_offset, offset);
		offset += 16 + (chunk.payload_bytes + 7) / 8 * 8;
		assert_int_equal(chunk.when_ns % RIG_MS, 0);
		switch (chunk.type) {
		case PVG_CAPTURE_CONNECT:
			assert_int_equal(chunk.connect.epoch, 1);
			assert_int_equal(chunk.connect.displays, 1);
			assert_int_equal(chunk.connect.page_shift, 12);
			assert_true(chunk.connect.fifo_written > 0);
			assert_int_equal(chunk.connect.info.value[1], 8);
			assert_true(chunk.connect.info.planes_by_version);
			assert_true(chunk.connect.info.heaps_by_version);
			for (uint32_t i = 0; i < chunk.connect.registers_count; i++) {
				if (chunk.connect.registers[i].offset == PVG_REG_ROOT_PAGE) {
					assert_int_equal(chunk.connect.registers[i].value, 0x100);
				}
			}
			assert_true(chunk.connect.registers_count >= 5);
			break;
		case PVG_CAPTURE_RAM:
			assert_int_equal(chunk.ram.spans_count, 1);
			assert_int_equal(chunk.ram.spans[0].size_bytes, RIG_RAM_BYTES);
			break;
		case PVG_CAPTURE_DISPLAY:
			display = true;
			assert_true(chunk.display.bound);
			assert_string_equal(chunk.display.desc->name, "pvg display");
			assert_int_equal(chunk.display.desc->mode_count, 2);
			assert_int_equal(chunk.display.desc->modes[1].width, 1280);
			assert_int_equal(chunk.display.desc->width_mm, 480);
			break;
		case PVG_CAPTURE_READ:
			surface = surface ||
				(chunk.read.gpa == SURFACE_GPA + 0xf000 &&
					chunk.read.bytes[chunk.read.size_bytes - 1] == 0x42);
			enable = enable ||
				(chunk.read.gpa == RIG_PAGE_GPA + 0x104 &&
					chunk.read.bytes[0] == 0xd);
			break;
		case PVG_CAPTURE_TICK:
			tick = chunk.tick.when_ns == 1234567 && chunk.tick.port == 0;
			break;
		case PVG_CAPTURE_DOORBELLS:
			cursor = cursor || chunk.doorbells.cursor_ports == 1;
			break;
		case PVG_CAPTURE_RESET:
			assert_int_equal(chunk.reset.epoch, 2);
			break;
		default:
			break;
		}
	}
	assert_true(surface && tick && cursor && display && enable);
	pvg_capture_close(capture);
	close(fd);
}

// The replay's image after every READ chunk is what the device read at that moment.
static void pages_are_stored_once_and_again_when_they_change(void **state) {
	int fd = memory_file();
	struct pvg_recorder *recorder = pvg_recorder_create(dup(fd));
	struct rig *rig = rig_create(1);
	pvg_device_set_recorder(rig->device, recorder);
	uint8_t page[0x1000];
	memset(page, 1, sizeof(page));
	pvg_record_read(rig->device, 0x5000, page, 0x1000);
	pvg_record_read(rig->device, 0x5000, page, 0x1000); // known
	pvg_record_read(rig->device, 0x5100, page, 16);     // known, a part
	page[20] = 2;
	pvg_record_read(rig->device, 0x5010, page + 16, 16); // changed
	pvg_record_read(rig->device, 0x5000, page, 0x1000);  // known as changed
	page[20] = 1;
	pvg_record_read(rig->device, 0x5010, page + 16, 16); // and back again
	pvg_record_write(rig->device, 0x5800, 4);
	pvg_record_read(rig->device, 0x5100, page, 16); // no longer known
	pvg_record_read(rig->device, 0x5ff8, page, 16); // across a boundary: two chunks
	pvg_record_read(rig->device, 0x5ff8, page, 16); // the second page is known by now
	pvg_device_set_recorder(rig->device, NULL);
	rig_destroy(rig);
	pvg_recorder_destroy(recorder);

	const struct {
		uint64_t gpa, size;
	} expected[] = { { 0x5000, 0x1000 }, { 0x5010, 16 }, { 0x5010, 16 }, { 0x5100, 16 },
		{ 0x5ff8, 8 }, { 0x6000, 8 } };
	struct pvg_capture *capture = reopen(fd);
	struct pvg_capture_chunk chunk;
	unsigned int reads = 0;
	while (pvg_capture_next(capture, &chunk) == PVG_CAPTURE_OK) {
		if (chunk.type == PVG_CAPTURE_READ) {
			assert_true(reads < 6);
			assert_int_equal(chunk.read.gpa, expected[reads].gpa);
			assert_int_equal(chunk.read.size_bytes, expected[reads].size);
			reads++;
		}
	}
	assert_int_equal(reads, 6);
	pvg_capture_close(capture);
	close(fd);
}

static void an_unchanged_frame_costs_nothing(void **state) {
	int fd = memory_file();
	struct pvg_recorder *recorder = pvg_recorder_create(dup(fd));
	struct rig *rig = rig_create(1);
	rig_surface(rig, 7,
		&(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, RIG_BGRA, 512, 512, 2048, 0, 4 });
	pvg_device_set_recorder(rig->device, recorder);
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	off_t first = lseek(fd, 0, SEEK_END);
	for (unsigned int i = 0; i < 10; i++) {
		rig_advance(rig, 20 * RIG_MS);
		RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	}
	pvg_device_set_recorder(rig->device, NULL);
	rig_destroy(rig);
	pvg_recorder_destroy(recorder);
	assert_true(first < 0x200000);
	assert_true(lseek(fd, 0, SEEK_END) < 512 * 2048 + 0x40000);
	assert_true(read_all(fd).read_bytes >= 512 * 2048);
	close(fd);
}

static void a_capture_cut_at_any_byte_is_good_up_to_the_cut(void **state) {
	int fd = memory_file();
	struct pvg_recorder *recorder = pvg_recorder_create(dup(fd));
	struct rig *rig = rig_create(1);
	pvg_device_set_recorder(rig->device, recorder);
	pvg_record_read(rig->device, 0x5000, "hello world", 11);
	pvg_record_tick(rig->device, 0, 1);
	pvg_device_set_recorder(rig->device, NULL);
	rig_destroy(rig);
	pvg_recorder_destroy(recorder);
	struct totals whole = read_all(fd);
	assert_int_equal(whole.result, PVG_CAPTURE_FINISHED);
	off_t size = lseek(fd, 0, SEEK_END);
	for (off_t length = size - 1; length >= 0; length--) {
		assert_int_equal(ftruncate(fd, length), 0);
		struct totals cut = read_all(fd);
		assert_int_equal(cut.result, length < 32 ? PVG_CAPTURE_BAD : PVG_CAPTURE_CUT);
		for (unsigned int type = 0; type < PVG_CAPTURE_TYPES_MAX; type++) {
			assert_true(cut.counts[type] <= whole.counts[type]);
		}
	}
	close(fd);
}

static void damaged_captures_are_refused(void **state) {
	int fd = record_session();
	off_t size = lseek(fd, 0, SEEK_END);
	uint8_t *bytes = malloc((size_t)size);
	assert_int_equal(pread(fd, bytes, (size_t)size, 0), size);
	close(fd);
	// Every byte of the first 2000 with each of three values: no crash, no endless read.
	unsigned int refused = 0;
	for (size_t at = 0; at < 2000; at++) {
		const uint8_t values[] = { 0, 0x7f, 0xff };
		for (size_t i = 0; i < 3; i++) {
			uint8_t old = bytes[at];
			bytes[at] = values[i];
			int copy = memory_file();
			assert_int_equal(write(copy, bytes, 4096), 4096);
			struct totals totals = read_all(copy);
			assert_true(totals.result == PVG_CAPTURE_BAD ||
				totals.result == PVG_CAPTURE_CUT);
			refused += totals.result == PVG_CAPTURE_BAD;
			close(copy);
			bytes[at] = old;
		}
	}
	assert_true(refused > 100);
	free(bytes);
}

static void chunks_of_a_later_writer_are_skipped(void **state) {
	int fd = memory_file();
	const uint8_t file[] = "PVGCAPT\n\1\0\0\0\10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
			       "\x77\0\0\0\3\0\0\0\0\0\0\0\0\0\0\0abc\0\0\0\0\0"
			       "\6\0\0\0\10\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0";
	assert_int_equal(write(fd, file, sizeof(file) - 1), sizeof(file) - 1);
	struct totals totals = read_all(fd);
	assert_int_equal(totals.result, PVG_CAPTURE_CUT);
	assert_int_equal(totals.counts[PVG_CAPTURE_UNKNOWN], 1);
	assert_int_equal(totals.counts[PVG_CAPTURE_RESET], 1);
	close(fd);
}

static void an_end_that_counts_other_chunks_is_damage(void **state) {
	int fd = record_session();
	off_t size = lseek(fd, 0, SEEK_END);
	uint64_t chunks;
	assert_int_equal(pread(fd, &chunks, 8, size - 8), 8);
	chunks--; // as if one had been taken out
	assert_int_equal(pwrite(fd, &chunks, 8, size - 8), 8);
	assert_int_equal(read_all(fd).result, PVG_CAPTURE_BAD);
	close(fd);
}

static void a_full_disk_never_disturbs_the_device(void **state) {
	int fd = open("/dev/full", O_WRONLY);
	if (fd < 0) {
		skip();
	}
	assert_null(pvg_recorder_create(fd)); // the header already fails
	int pipes[2];
	assert_int_equal(pipe(pipes), 0);
	signal(SIGPIPE, SIG_IGN);
	struct pvg_recorder *recorder = pvg_recorder_create(pipes[1]);
	assert_non_null(recorder);
	close(pipes[0]); // from now on writing fails
	struct rig *rig = rig_create(1);
	pvg_device_set_recorder(rig->device, recorder);
	rig_surface(rig, 7,
		&(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, RIG_BGRA, 512, 512, 2048, 0, 4 });
	RIG_SEND(rig, 5, 0x06, 0, 7, 0);
	assert_int_equal(rig->ports[0].presented, 1);
	pvg_device_set_recorder(rig->device, NULL);
	rig_destroy(rig);
	pvg_recorder_destroy(recorder);
}

/* ---- replay ---------------------------------------------------------------------------------- */

// What the host was told, in one number for each thing that matters on a screen.
static uint64_t picture_hash(const struct rig_port *port) {
	uint64_t hash = 14695981039346656037u;
	for (uint32_t y = 0; y < port->height; y++) {
		for (uint32_t i = 0; i < port->width * 4; i++) {
			hash = (hash ^ port->pixels[y * port->stride + i]) * 1099511628211u;
		}
	}
	return hash;
}

static void feed(struct rig *rig, const struct pvg_capture_chunk *chunk) {
	rig->now_ns = chunk->when_ns;
	switch (chunk->type) {
	case PVG_CAPTURE_REGISTER:
		pvg_regs_write(&rig->regs, chunk->reg.offset, 4, chunk->reg.value);
		break;
	case PVG_CAPTURE_DOORBELLS:
		for (uint32_t i = 0; i < 32; i++) {
			if ((chunk->doorbells.channels >> i & 1) != 0) {
				pvg_regs_write(&rig->regs, PVG_REG_CHILD_DOORBELL, 4, i);
			}
			if ((chunk->doorbells.cursor_ports >> i & 1) != 0) {
				pvg_regs_write(&rig->regs, PVG_REG_CURSOR_KICK, 4, i);
			}
		}
		break;
	case PVG_CAPTURE_DISPLAY:
		pvg_display_set_desc(rig->device, chunk->display.port, chunk->display.desc);
		break;
	case PVG_CAPTURE_TICK:
		pvg_display_tick(rig->device, chunk->tick.port, chunk->tick.when_ns);
		break;
	case PVG_CAPTURE_RESET:
		pvg_regs_reset(&rig->regs);
		break;
	default:
		return;
	}
	rig_run(rig);
}

/*
 * Nothing but the capture: events in their order, each after the reads that the device made because
 * of it were put into an empty memory.
 */
static void replay(struct rig *rig, int fd) {
	struct pvg_capture *capture = reopen(fd);
	struct pvg_capture_chunk chunk, event = { 0 };
	struct pvg_display_desc desc;
	while (pvg_capture_next(capture, &chunk) == PVG_CAPTURE_OK) {
		if (chunk.type == PVG_CAPTURE_READ) {
			assert_true(chunk.read.gpa + chunk.read.size_bytes <= RIG_RAM_BYTES);
			memcpy(rig->ram + chunk.read.gpa, chunk.read.bytes, chunk.read.size_bytes);
			continue;
		}
		if (chunk.type == PVG_CAPTURE_PACKET) {
			continue; // this guest waits: the order of packets is that of events
		}
		feed(rig, &event);
		event = chunk;
		if (event.type == PVG_CAPTURE_DISPLAY && event.display.desc != NULL) {
			desc = *event.display.desc; // the reader reuses its own
			event.display.desc = &desc;
		}
	}
	feed(rig, &event);
	pvg_capture_close(capture);
}

static void a_capture_alone_gives_the_same_pictures(void **state) {
	int fd = memory_file();
	struct pvg_recorder *recorder = pvg_recorder_create(dup(fd));
	struct rig *rig = rig_create_bare(1);
	pvg_device_set_recorder(rig->device, recorder);
	struct pvg_display_desc desc;
	rig_desc(&desc);
	pvg_display_set_desc(rig->device, 0, &desc);
	rig_attach(rig);
	rig_online(rig, 0);
	rig_surface(rig, 7,
		&(struct rig_surface){ SURFACE_GVA, SURFACE_GPA, RIG_BGRA, 200, 64, 804, 100, 4 });
	rig_surface(rig, 8,
		&(struct rig_surface){
			SURFACE_GVA + 0x100000, SURFACE_GPA + 0x100000, 70, 64, 64, 256, 0, 4 });
	rig_map(rig, 0, 0x20000, 0x400000, 0x1000);
	memset(rig->ram + 0x400000, 0x33, 0x1000);
	atomic_store(rig_word(rig, RIG_PAGE_GPA + 0x104), 0xd);
	for (uint32_t frame = 0; frame < 20; frame++) {
		uint32_t ref = frame % 3 == 2 ? 8 : 7;
		uint8_t *pixels = rig->ram + SURFACE_GPA + (ref == 8 ? 0x100000 : 0);
		for (uint32_t i = 0; i < 0x4000; i++) {
			pixels[i] = (uint8_t)(i * frame + frame);
		}
		rig_advance(rig, 16 * RIG_MS);
		RIG_SEND(rig, 5, 0x06, 0, ref, 0);
		pvg_display_tick(rig->device, 0, rig->now_ns);
		atomic_store(rig_word(rig, RIG_PAGE_GPA + 0x100), 0);
		rig_put32(rig, RIG_PAGE_GPA + 0xe00, frame << 16 | 2 * frame);
		rig->ram[RIG_PAGE_GPA + 0xe04] = 1;
		pvg_regs_write(&rig->regs, PVG_REG_CURSOR_KICK, 4, 0);
		rig_run(rig);
	}
	RIG_SEND(rig, 5, 0x04, 0, 0, 0x20000, 0, 0x1000, 0, 128, 0, 32 | 32 << 16, 0, 0);
	pvg_device_set_recorder(rig->device, NULL);
	pvg_recorder_destroy(recorder);

	struct rig *again = rig_create_bare(1);
	replay(again, fd);
	const struct rig_port *first = &rig->ports[0], *second = &again->ports[0];
	assert_int_equal(second->presented, 20);
	assert_int_equal(second->presented, first->presented);
	assert_int_equal(second->frame.sequence, first->frame.sequence);
	assert_int_equal(second->fourcc, first->fourcc);
	assert_true(picture_hash(second) == picture_hash(first));
	assert_int_equal(second->cursor.x, 38);
	assert_int_equal(second->cursor.y, 19);
	assert_true(second->cursor.visible);
	assert_int_equal(second->glyphs, 1);
	assert_int_equal(second->glyph_last, 0x33333333);
	assert_int_equal(second->state, PVG_DISPLAY_ONLINE);
	assert_int_equal(rig_stamp(again, 5), rig_stamp(rig, 5));
	struct pvg_counters a = rig_counters(rig), b = rig_counters(again);
	assert_int_equal(b.packets, a.packets);
	assert_int_equal(b.ports[0].ticks, a.ports[0].ticks);
	assert_int_equal(b.ports[0].mode_changes, a.ports[0].mode_changes);
	assert_memory_equal(a.opcodes, b.opcodes, sizeof(a.opcodes));
	assert_memory_equal(a.refusals, b.refusals, sizeof(a.refusals));
	rig_destroy(again);
	rig_destroy(rig);
	close(fd);
}

// pvg-capture-info, as a user runs it; its path is the program's argument.
static const char *info_program;

static int run_info(int fd, const char *option, char *output, size_t size) {
	char path[64], command[512];
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), fd);
	snprintf(command, sizeof(command), "'%s' %s %s 2>&1", info_program, option, path);
	FILE *pipe = popen(command, "r");
	assert_non_null(pipe);
	size_t got = fread(output, 1, size - 1, pipe);
	output[got] = '\0';
	while (fgetc(pipe) != EOF) {
	}
	return pclose(pipe) >> 8;
}

static void the_tool_prints_chunks_and_counts(void **state) {
	if (info_program == NULL) {
		skip();
	}
	int fd = record_session();
	static char output[1 << 20];
	assert_int_equal(run_info(fd, "", output, sizeof(output)), 0);
	assert_non_null(strstr(output, "\nreset 1\n"));
	assert_non_null(strstr(output, "\ntick 1\n"));
	assert_non_null(strstr(output, "whole\n"));
	assert_null(strstr(output, "0x1000"));
	assert_int_equal(run_info(fd, "-c", output, sizeof(output)), 0);
	assert_non_null(strstr(output, "port 0 \"pvg display\" 1920x1080, 2 modes"));
	assert_non_null(strstr(output, "read      0x800000+0x1000"));
	assert_int_equal(ftruncate(fd, lseek(fd, 0, SEEK_END) - 1), 0);
	assert_int_equal(run_info(fd, "", output, sizeof(output)), 1);
	assert_non_null(strstr(output, "cut off\n"));
	assert_int_equal(pwrite(fd, "x", 1, 0), 1);
	assert_int_equal(run_info(fd, "", output, sizeof(output)), 2);
	assert_non_null(strstr(output, "this is no capture"));
	close(fd);
}

int main(int argc, char **argv) {
	info_program = argc > 1 ? argv[1] : NULL;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_read_back_whole),
		cmocka_unit_test(each_chunk_says_what_happened),
		cmocka_unit_test(pages_are_stored_once_and_again_when_they_change),
		cmocka_unit_test(an_unchanged_frame_costs_nothing),
		cmocka_unit_test(a_capture_cut_at_any_byte_is_good_up_to_the_cut),
		cmocka_unit_test(damaged_captures_are_refused),
		cmocka_unit_test(chunks_of_a_later_writer_are_skipped),
		cmocka_unit_test(an_end_that_counts_other_chunks_is_damage),
		cmocka_unit_test(a_full_disk_never_disturbs_the_device),
		cmocka_unit_test(a_capture_alone_gives_the_same_pictures),
		cmocka_unit_test(the_tool_prints_chunks_and_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
