// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The reader of captures: a file may come from anybody. Input: the file.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <pvg/capture.h>
#include <pvg/record.h>

#include "fuzz-guest.h"

// Reads every byte that the chunk promises.
static uint32_t touch(const struct pvg_capture_chunk *chunk) {
	uint32_t sum = 0;
	switch (chunk->type) {
	case PVG_CAPTURE_CONNECT:
		for (uint32_t i = 0; i < chunk->connect.registers_count; i++) {
			sum += chunk->connect.registers[i].offset +
				chunk->connect.registers[i].value;
		}
		break;
	case PVG_CAPTURE_RAM:
		for (uint32_t i = 0; i < chunk->ram.spans_count; i++) {
			sum += (uint32_t)(chunk->ram.spans[i].gpa + chunk->ram.spans[i].size_bytes);
		}
		break;
	case PVG_CAPTURE_READ:
		FUZZ_CHECK(chunk->read.size_bytes <= chunk->payload_bytes);
		for (size_t i = 0; i < chunk->read.size_bytes; i++) {
			sum += chunk->read.bytes[i];
		}
		break;
	case PVG_CAPTURE_DISPLAY:
		if (chunk->display.desc != NULL) {
			FUZZ_CHECK(chunk->display.desc->mode_count <= PVG_MAX_MODES);
			FUZZ_CHECK(memchr(chunk->display.desc->name, '\0',
				sizeof(chunk->display.desc->name)) != NULL);
			for (uint32_t i = 0; i < chunk->display.desc->mode_count; i++) {
				sum += chunk->display.desc->modes[i].width;
			}
		}
		break;
	case PVG_CAPTURE_PACKET:
		FUZZ_CHECK(chunk->packet.channel < PVG_LINK_CHANNELS);
		sum += chunk->packet.position;
		break;
	case PVG_CAPTURE_REGISTER:
	case PVG_CAPTURE_DOORBELLS:
	case PVG_CAPTURE_RESET:
	case PVG_CAPTURE_TICK:
	case PVG_CAPTURE_END:
	case PVG_CAPTURE_UNKNOWN:
		break;
	case PVG_CAPTURE_TYPES_MAX:
		FUZZ_CHECK(!"a type that exists");
	}
	return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	static volatile uint32_t sink;
	uint32_t sum = 0;
	int fd = memfd_create("capture", MFD_CLOEXEC);
	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size &&
		lseek(fd, 0, SEEK_SET) == 0);
	struct pvg_capture *capture = pvg_capture_open(fd);
	FUZZ_CHECK(capture != NULL);
	enum pvg_capture_result result;
	struct pvg_capture_chunk chunk;
	size_t chunks = 0;
	while ((result = pvg_capture_next(capture, &chunk)) == PVG_CAPTURE_OK) {
		FUZZ_CHECK(pvg_capture_type_name(chunk.type) != NULL);
		FUZZ_CHECK(chunk.payload_bytes <= size && chunk.file_offset < size);
		FUZZ_CHECK(++chunks <= size); // each takes at least a byte of the file
		sum += touch(&chunk);
	}
	if (result == PVG_CAPTURE_BAD) {
		FUZZ_CHECK(pvg_capture_error(capture) != NULL);
	}
	// The end stays the end.
	FUZZ_CHECK(pvg_capture_next(capture, &chunk) != PVG_CAPTURE_OK);
	pvg_capture_close(capture);
	sink = sum;
	(void)sink;
	return 0;
}

// A real capture: of a guest that attaches, shows a frame and goes through a reset.
size_t fuzz_seed(unsigned int index, uint8_t buffer[FUZZ_MAX_INPUT]) {
	if (index > 1) {
		return 0;
	}
	int fd = memfd_create("capture", MFD_CLOEXEC);
	int keep = fd >= 0 ? dup(fd) : -1;
	FUZZ_CHECK(keep >= 0);
	LLVMFuzzerInitialize(NULL, NULL);
	struct fuzz_machine *machine = fuzz_machine_create(FUZZ_RAM_BYTES);
	struct pvg_recorder *recorder = pvg_recorder_create(fd);
	FUZZ_CHECK(recorder != NULL);
	pvg_device_set_recorder(machine->device, recorder);
	if (index == 0) {
		fuzz_machine_describe(machine, 0, 1280, 800, 257);
		fuzz_machine_pass(machine, 20000000);
	} else {
		fuzz_machine_check_good_guest(machine);
	}
	pvg_device_set_recorder(machine->device, NULL);
	pvg_recorder_destroy(recorder);
	fuzz_machine_destroy(machine);
	ssize_t size = pread(keep, buffer, FUZZ_MAX_INPUT, 0);
	FUZZ_CHECK(size > 0);
	close(keep);
	return (size_t)size;
}
