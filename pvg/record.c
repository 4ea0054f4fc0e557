// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writing captures (docs/capture-format.md). Called from the device thread and from whoever ticks.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pvg/capture.h>
#include <pvg/record.h>

#include "capture-format.h"
#include "device-private.h"
#include "pvg-link.h"

#define BUFFER_BYTES 65536
#define FLUSH_NS INT64_C(20000000) // what a killed writer loses at most, while the guest is busy
#define SHADOW_PAGES_MAX 32768u    // 128 MiB
#define SHADOW_SLOTS (2u * SHADOW_PAGES_MAX)
#define SHADOW_SLAB_PAGES 256u

// What a replay has at a page, as far as it is known: bytes [low, high).
struct shadow_page {
	uint64_t number;
	uint16_t low, high;
	uint8_t bytes[PVG_CAPTURE_PAGE_BYTES];
};

struct pvg_recorder {
	pthread_mutex_t lock; // protects everything below
	int fd;
	bool failed;
	bool begun; // CONNECT is there: before it nothing means anything
	uint8_t *buffer; // owned, BUFFER_BYTES
	size_t used;
	uint64_t chunks;
	int64_t flushed_ns;
	int64_t newest_ns; // of the newest chunk

	struct shadow_page **slots; // owned array, open addressing; pages live in slabs
	struct shadow_page *slabs[SHADOW_PAGES_MAX / SHADOW_SLAB_PAGES]; // owned
	uint32_t pages;
};

/* ---- bytes to the file: lock held ------------------------------------------------------------ */

static void recorder_write(struct pvg_recorder *recorder, const uint8_t *bytes, size_t size) {
	while (size > 0 && !recorder->failed) {
		ssize_t done = write(recorder->fd, bytes, size);
		if (done < 0 && errno == EINTR) {
			continue;
		}
		if (done <= 0) {
			recorder->failed = true;
			pvg_error("capture ends here: %s", strerror(errno));
			return;
		}
		bytes += done;
		size -= (size_t)done;
	}
}

static void recorder_flush(struct pvg_recorder *recorder) {
	recorder_write(recorder, recorder->buffer, recorder->used);
	recorder->used = 0;
}

static void put_bytes(struct pvg_recorder *recorder, const void *bytes, size_t size) {
	if (size > BUFFER_BYTES - recorder->used) {
		recorder_flush(recorder);
	}
	if (size > BUFFER_BYTES) {
		recorder_write(recorder, bytes, size);
		return;
	}
	memcpy(recorder->buffer + recorder->used, bytes, size);
	recorder->used += size;
}

static void put16(struct pvg_recorder *recorder, uint16_t value) {
	uint8_t bytes[2] = { (uint8_t)value, (uint8_t)(value >> 8) };
	put_bytes(recorder, bytes, sizeof(bytes));
}

static void put32(struct pvg_recorder *recorder, uint32_t value) {
	put16(recorder, (uint16_t)value);
	put16(recorder, (uint16_t)(value >> 16));
}

static void put64(struct pvg_recorder *recorder, uint64_t value) {
	put32(recorder, (uint32_t)value);
	put32(recorder, (uint32_t)(value >> 32));
}

static uint32_t type_number(enum pvg_capture_type type) {
	static const uint32_t numbers[PVG_CAPTURE_TYPES_MAX] = {
#define X(id, number, name) [PVG_CAPTURE_##id] = (number),
		PVG_CAPTURE_CHUNKS(X)
#undef X
	};
	return numbers[type];
}

static void put_chunk_header(struct pvg_recorder *recorder, enum pvg_capture_type type,
	size_t size_bytes, int64_t now_ns) {
	put32(recorder, type_number(type));
	put32(recorder, (uint32_t)size_bytes);
	put64(recorder, (uint64_t)now_ns);
	recorder->newest_ns = now_ns;
	recorder->chunks++;
}

/*
 * Takes the lock. NULL: there is nothing to write to, and the lock is not held. What is returned is
 * what chunk_end needs: another thread may take the device's recorder away in between.
 */
static struct pvg_recorder *chunk_begin(struct pvg_device *device, enum pvg_capture_type type,
	size_t size_bytes) {
	struct pvg_recorder *recorder = device->recorder;
	if (recorder == NULL) {
		return NULL;
	}
	int64_t now_ns = pvg_now_ns(device);
	pthread_mutex_lock(&recorder->lock);
	recorder->begun = recorder->begun || type == PVG_CAPTURE_CONNECT;
	if (recorder->failed || !recorder->begun) {
		pthread_mutex_unlock(&recorder->lock);
		return NULL;
	}
	put_chunk_header(recorder, type, size_bytes, now_ns);
	return recorder;
}

static void pad(struct pvg_recorder *recorder, size_t size_bytes) {
	static const uint8_t zeros[PVG_CAPTURE_ALIGN];
	put_bytes(recorder, zeros,
		(PVG_CAPTURE_ALIGN - size_bytes % PVG_CAPTURE_ALIGN) % PVG_CAPTURE_ALIGN);
}

static void chunk_end(struct pvg_recorder *recorder, size_t size_bytes) {
	pad(recorder, size_bytes);
	pthread_mutex_unlock(&recorder->lock);
}

/* ---- what a replay already has: lock held ---------------------------------------------------- */

static uint32_t shadow_hash(uint64_t number) {
	return (uint32_t)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32) % SHADOW_SLOTS;
}

static struct shadow_page **shadow_slot(struct pvg_recorder *recorder, uint64_t number) {
	uint32_t i = shadow_hash(number);
	while (recorder->slots[i] != NULL && recorder->slots[i]->number != number) {
		i = (i + 1) % SHADOW_SLOTS;
	}
	return &recorder->slots[i];
}

// Knowing less is always right: a read is then stored again.
static void shadow_forget_all(struct pvg_recorder *recorder) {
	memset(recorder->slots, 0, SHADOW_SLOTS * sizeof(*recorder->slots));
	recorder->pages = 0;
}

static struct shadow_page *shadow_add(struct pvg_recorder *recorder, uint64_t number) {
	if (recorder->pages == SHADOW_PAGES_MAX) {
		shadow_forget_all(recorder);
	}
	struct shadow_page **slab = &recorder->slabs[recorder->pages / SHADOW_SLAB_PAGES];
	if (*slab == NULL) {
		*slab = calloc(SHADOW_SLAB_PAGES, sizeof(**slab));
		if (*slab == NULL) {
			return NULL;
		}
	}
	struct shadow_page *page = &(*slab)[recorder->pages % SHADOW_SLAB_PAGES];
	page->number = number;
	page->low = page->high = 0;
	recorder->pages++;
	*shadow_slot(recorder, number) = page;
	return page;
}

// True when the replay has these bytes there; else they are taken as stored.
static bool shadow_take(struct pvg_recorder *recorder, uint64_t number, uint16_t low,
	const uint8_t *bytes, uint16_t size) {
	struct shadow_page *page = *shadow_slot(recorder, number);
	uint16_t high = (uint16_t)(low + size);
	if (page != NULL && low >= page->low && high <= page->high &&
		memcmp(page->bytes + low, bytes, size) == 0) {
		return true;
	}
	if (page == NULL) {
		page = shadow_add(recorder, number);
		if (page == NULL) {
			return false;
		}
	}
	memcpy(page->bytes + low, bytes, size);
	if (page->low == page->high || low > page->high || high < page->low) {
		page->low = low; // one interval is enough: rings and pixels are read in order
		page->high = high;
	} else {
		page->low = low < page->low ? low : page->low;
		page->high = high > page->high ? high : page->high;
	}
	return false;
}

/* ---- hooks ----------------------------------------------------------------------------------- */

void pvg_record_read(struct pvg_device *device, uint64_t gpa, const void *bytes,
	size_t size_bytes) {
	struct pvg_recorder *recorder = device->recorder;
	if (recorder == NULL) {
		return;
	}
	/*
	 * Both comparison and chunk are made from one copy: the guest may be storing to the
	 * original right now.
	 */
	uint8_t copy[PVG_CAPTURE_PAGE_BYTES];
	const uint8_t *from = bytes;
	int64_t now_ns = pvg_now_ns(device);
	while (size_bytes > 0) {
		uint16_t low = (uint16_t)(gpa % PVG_CAPTURE_PAGE_BYTES);
		uint16_t piece = (uint16_t)(PVG_CAPTURE_PAGE_BYTES - low);
		if (piece > size_bytes) {
			piece = (uint16_t)size_bytes;
		}
		memcpy(copy, from, piece);
		pthread_mutex_lock(&recorder->lock);
		if (!recorder->failed && recorder->begun &&
			!shadow_take(recorder, gpa / PVG_CAPTURE_PAGE_BYTES, low, copy, piece)) {
			put_chunk_header(recorder, PVG_CAPTURE_READ, 8 + (size_t)piece, now_ns);
			put64(recorder, gpa);
			put_bytes(recorder, copy, piece);
			pad(recorder, 8 + (size_t)piece);
		}
		pthread_mutex_unlock(&recorder->lock);
		from += piece;
		gpa += piece;
		size_bytes -= piece;
	}
}

void pvg_record_write(struct pvg_device *device, uint64_t gpa, size_t size_bytes) {
	struct pvg_recorder *recorder = device->recorder;
	if (recorder == NULL || size_bytes == 0) {
		return;
	}
	uint64_t last = (gpa + size_bytes - 1) / PVG_CAPTURE_PAGE_BYTES;
	pthread_mutex_lock(&recorder->lock);
	for (uint64_t number = gpa / PVG_CAPTURE_PAGE_BYTES; number <= last; number++) {
		struct shadow_page *page = *shadow_slot(recorder, number);
		if (page != NULL) {
			page->low = page->high = 0;
		}
	}
	pthread_mutex_unlock(&recorder->lock);
}

void pvg_record_register(struct pvg_device *device, uint32_t offset, uint32_t value,
	uint32_t fifo_written) {
	struct pvg_recorder *recorder = chunk_begin(device, PVG_CAPTURE_REGISTER, 12);
	if (recorder != NULL) {
		put32(recorder, offset);
		put32(recorder, value);
		put32(recorder, fifo_written);
		chunk_end(recorder, 12);
	}
}

void pvg_record_doorbells(struct pvg_device *device, uint32_t channels, uint32_t cursor_ports) {
	struct pvg_recorder *recorder = chunk_begin(device, PVG_CAPTURE_DOORBELLS, 8);
	if (recorder != NULL) {
		put32(recorder, channels);
		put32(recorder, cursor_ports);
		if (recorder->newest_ns - recorder->flushed_ns >= FLUSH_NS) {
			recorder->flushed_ns = recorder->newest_ns;
			recorder_flush(recorder);
		}
		chunk_end(recorder, 8);
	}
}

void pvg_record_reset(struct pvg_device *device, uint64_t epoch) {
	struct pvg_recorder *recorder = chunk_begin(device, PVG_CAPTURE_RESET, 8);
	if (recorder != NULL) {
		put64(recorder, epoch);
		chunk_end(recorder, 8);
	}
}

void pvg_record_tick(struct pvg_device *device, unsigned int port, int64_t when_ns) {
	struct pvg_recorder *recorder = chunk_begin(device, PVG_CAPTURE_TICK, 16);
	if (recorder != NULL) {
		put32(recorder, port);
		put32(recorder, 0);
		put64(recorder, (uint64_t)when_ns);
		chunk_end(recorder, 16);
	}
}

void pvg_record_packet(struct pvg_device *device, uint32_t channel, uint32_t position) {
	struct pvg_recorder *recorder = chunk_begin(device, PVG_CAPTURE_PACKET, 8);
	if (recorder != NULL) {
		put32(recorder, channel);
		put32(recorder, position);
		chunk_end(recorder, 8);
	}
}

void pvg_record_connect(struct pvg_device *device, uint64_t epoch) {
	if (device->recorder == NULL || device->page == NULL) {
		return;
	}
	const struct pvg_link_page *page = device->page;
	uint32_t words[PVG_LINK_MIRROR_WORDS];
	uint32_t count = 0;
	for (uint32_t i = 0; i < PVG_LINK_MIRROR_WORDS; i++) {
		words[i] = atomic_load_explicit(&page->mirror[i], memory_order_relaxed);
		count += words[i] != 0 ? 1 : 0;
	}
	const struct pvg_device_info *info = &device->config.info;
	size_t size = 8 + 4 * 7 + 8 * PVG_INFO_KEYS + 4 + 8 * (size_t)count;
	struct pvg_recorder *recorder = chunk_begin(device, PVG_CAPTURE_CONNECT, size);
	if (recorder == NULL) {
		return;
	}
	put64(recorder, epoch);
	put32(recorder, device->config.page_shift);
	put32(recorder, device->displays_count);
	put32(recorder, atomic_load_explicit(&page->fifo_written, memory_order_relaxed));
	put32(recorder, (uint32_t)atomic_load_explicit(&page->fifo_read, memory_order_relaxed));
	put32(recorder, atomic_load_explicit(&page->fifo_gen, memory_order_relaxed));
	put32(recorder,
		(info->planes_by_version ? PVG_CAPTURE_PLANES_BY_VERSION : 0) |
			(info->heaps_by_version ? PVG_CAPTURE_HEAPS_BY_VERSION : 0));
	put32(recorder, PVG_INFO_KEYS);
	for (uint32_t key = 0; key < PVG_INFO_KEYS; key++) {
		put32(recorder, info->present[key] ? 1 : 0);
		put32(recorder, info->value[key]);
	}
	put32(recorder, count);
	for (uint32_t i = 0; i < PVG_LINK_MIRROR_WORDS; i++) {
		if (words[i] != 0) {
			put32(recorder, 0x1000 + 4 * i);
			put32(recorder, words[i]);
		}
	}
	shadow_forget_all(recorder);
	chunk_end(recorder, size);
	// Outputs that were described before there was a recorder.
	for (unsigned int i = 0; i < PVG_MAX_PORTS; i++) {
		struct pvg_display_desc desc;
		if (pvg_displays_get_desc(device->displays, i, &desc)) {
			pvg_record_display(device, i, &desc);
		}
	}
}

void pvg_record_ram(struct pvg_device *device, uint32_t generation,
	const struct pvg_ram_span *spans, size_t count) {
	size_t size = 8 + 16 * count;
	struct pvg_recorder *recorder = chunk_begin(device, PVG_CAPTURE_RAM, size);
	if (recorder == NULL) {
		return;
	}
	put32(recorder, generation);
	put32(recorder, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		put64(recorder, spans[i].gpa);
		put64(recorder, spans[i].size_bytes);
	}
	shadow_forget_all(recorder);
	chunk_end(recorder, size);
}

void pvg_record_display(struct pvg_device *device, unsigned int port,
	const struct pvg_display_desc *desc) {
	uint32_t modes = desc != NULL ? desc->mode_count : 0;
	size_t size = 8 + (desc != NULL ? 4 + PVG_CAPTURE_NAME_BYTES + 16 + 8 * (size_t)modes : 0);
	struct pvg_recorder *recorder = chunk_begin(device, PVG_CAPTURE_DISPLAY, size);
	if (recorder == NULL) {
		return;
	}
	put32(recorder, port);
	put32(recorder, desc != NULL ? 1 : 0);
	if (desc != NULL) {
		uint8_t name[PVG_CAPTURE_NAME_BYTES] = { 0 };
		memcpy(name, desc->name, sizeof(desc->name));
		put32(recorder, desc->serial);
		put_bytes(recorder, name, sizeof(name));
		put16(recorder, desc->width_mm);
		put16(recorder, desc->height_mm);
		put16(recorder, desc->cursor_max_width);
		put16(recorder, desc->cursor_max_height);
		put32(recorder, desc->gamma_entries);
		put32(recorder, modes);
		for (uint32_t i = 0; i < modes; i++) {
			put16(recorder, desc->modes[i].width);
			put16(recorder, desc->modes[i].height);
			put32(recorder, desc->modes[i].refresh_mhz);
		}
	}
	chunk_end(recorder, size);
}

/* ---- life ------------------------------------------------------------------------------------ */

struct pvg_recorder *pvg_recorder_create(int fd) {
	struct pvg_recorder *recorder = calloc(1, sizeof(*recorder));
	if (recorder == NULL) {
		close(fd);
		return NULL;
	}
	recorder->fd = fd;
	pthread_mutex_init(&recorder->lock, NULL);
	recorder->buffer = malloc(BUFFER_BYTES);
	recorder->slots = calloc(SHADOW_SLOTS, sizeof(*recorder->slots));
	if (recorder->buffer == NULL || recorder->slots == NULL) {
		recorder->failed = true;
		pvg_recorder_destroy(recorder);
		return NULL;
	}
	put_bytes(recorder, PVG_CAPTURE_MAGIC, 8);
	put32(recorder, PVG_CAPTURE_VERSION);
	put32(recorder, PVG_CAPTURE_ALIGN);
	put64(recorder, 0);
	put64(recorder, 0);
	recorder_flush(recorder);
	if (recorder->failed) {
		pvg_recorder_destroy(recorder);
		return NULL;
	}
	return recorder;
}

bool pvg_recorder_destroy(struct pvg_recorder *recorder) {
	if (recorder == NULL) {
		return true;
	}
	if (!recorder->failed) {
		put32(recorder, type_number(PVG_CAPTURE_END));
		put32(recorder, 8);
		put64(recorder, (uint64_t)recorder->newest_ns);
		put64(recorder, recorder->chunks);
		recorder_flush(recorder);
	}
	bool whole = !recorder->failed;
	whole = close(recorder->fd) == 0 && whole;
	for (size_t i = 0; i < sizeof(recorder->slabs) / sizeof(recorder->slabs[0]); i++) {
		free(recorder->slabs[i]);
	}
	free(recorder->slots);
	free(recorder->buffer);
	pthread_mutex_destroy(&recorder->lock);
	free(recorder);
	return whole;
}
