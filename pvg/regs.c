// SPDX-License-Identifier: GPL-2.0-or-later
#include <pvg/regs.h>

#include <stdatomic.h>
#include <stddef.h>

#include "pvg-link.h"

/*
 * The host maps the page too, so nothing read back from it is trusted further than to answer the
 * guest: indices are masked, constants come from here and never from the page.
 */

#define MSI_AREA_SIZE 0x1000u
#define MIRROR_END (MSI_AREA_SIZE + PVG_LINK_MIRROR_WORDS * 4)

// spec 01 section 2.3
#define MODE_COUNT_VALUE 1u
#define MODE_SIZE_VALUE (1920u << 16 | 1080u)
#define STRIDE_ALIGN_VALUE 64u
#define BUILTIN_CONNECTED_VALUE 1u

enum warned_bit {
	WARNED_WIDTH = 1u << 0,
	WARNED_OFFSET = 1u << 1,
	WARNED_CHANNEL = 1u << 2,
	WARNED_PORT = 1u << 3,
};

static void warn_once(struct pvg_regs *regs, uint32_t bit, const char *what, uint32_t value) {
	uint32_t before = __atomic_fetch_or(&regs->warned, bit, __ATOMIC_RELAXED);
	if ((before & bit) == 0 && regs->warn != NULL) {
		regs->warn(regs->data, what, value);
	}
}

static void count(uint64_t *counter) {
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

static struct pvg_link_page *page_of(const struct pvg_regs *regs) {
	return __atomic_load_n(&regs->page, __ATOMIC_ACQUIRE);
}

static _Atomic uint32_t *mirror_word(struct pvg_link_page *page, uint32_t offset) {
	return &page->mirror[(offset - MSI_AREA_SIZE) / 4];
}

static void ring_doorbell(struct pvg_regs *regs) {
	if (regs->doorbell != NULL) {
		regs->doorbell(regs->data);
	}
}

// Words that the host owns count only once it has let go of older epochs (spec 06 section 6.2).
static bool host_is_current(struct pvg_link_page *page) {
	return atomic_load_explicit(&page->epoch_seen, memory_order_acquire) ==
		atomic_load_explicit(&page->epoch, memory_order_acquire);
}

static void fill_constants(struct pvg_regs *regs, struct pvg_link_page *page) {
	static const struct {
		uint32_t offset, value;
	} constants[] = {
		{ PVG_REG_MODE_COUNT, MODE_COUNT_VALUE },
		{ PVG_REG_MODE_SIZE, MODE_SIZE_VALUE },
		{ PVG_REG_STRIDE_ALIGN, STRIDE_ALIGN_VALUE },
		{ PVG_REG_BUILTIN_CONNECTED, BUILTIN_CONNECTED_VALUE },
	};
	for (size_t i = 0; i < sizeof(constants) / sizeof(constants[0]); i++) {
		atomic_store_explicit(mirror_word(page, constants[i].offset), constants[i].value,
			memory_order_relaxed);
	}
	atomic_store_explicit(mirror_word(page, PVG_REG_DISPLAY_PORTS), regs->displays,
		memory_order_relaxed);
}

static void fill_header(struct pvg_link_page *page, uint32_t epoch) {
	page->magic = PVG_LINK_PAGE_MAGIC;
	page->layout = PVG_LINK_PAGE_LAYOUT;
	page->size = PVG_LINK_PAGE_SIZE;
	atomic_store_explicit(&page->epoch, epoch, memory_order_release);
}

void pvg_regs_init(struct pvg_regs *regs, struct pvg_link_page *page, uint32_t displays,
	void (*doorbell)(void *data), void *data) {
	*regs = (struct pvg_regs){
		.page = page,
		.displays = displays,
		.doorbell = doorbell,
		.data = data,
	};
	fill_constants(regs, page);
	fill_header(page, 1);
}

static uint32_t take_status(struct pvg_link_page *page, _Atomic uint32_t *word) {
	if (!host_is_current(page)) {
		return 0;
	}
	return atomic_exchange_explicit(word, 0, memory_order_acq_rel);
}

static uint32_t read_fifo_read(struct pvg_link_page *page) {
	if (!host_is_current(page)) {
		return 0;
	}
	// Spec 06 section 6.4 rule 3: a counter of the guest's previous life looks like a full
	// ring.
	uint32_t gen = atomic_load_explicit(&page->fifo_gen, memory_order_acquire);
	uint64_t word = atomic_load_explicit(&page->fifo_read, memory_order_acquire);
	return (uint32_t)(word >> 32) == gen ? (uint32_t)word : 0;
}

static uint32_t read_word(struct pvg_regs *regs, uint32_t offset) {
	struct pvg_link_page *page = page_of(regs);

	if (offset < MSI_AREA_SIZE) {
		return 0;
	}
	if (offset >= MIRROR_END) {
		return __atomic_load_n(&regs->sparse[(offset - MIRROR_END) / 4], __ATOMIC_RELAXED);
	}
	switch (offset) {
	case PVG_REG_FIFO_WRITTEN:
		return atomic_load_explicit(&page->fifo_written, memory_order_relaxed);
	case PVG_REG_FIFO_READ:
		return read_fifo_read(page);
	case PVG_REG_INTR_STATUS_DISP:
		return take_status(page, &page->intr_disp);
	case PVG_REG_INTR_STATUS_GPU:
		return take_status(page, &page->intr_gpu);
	case PVG_REG_INTR_FAULT: // anything else sends the guest into an unknown fault queue
	case PVG_REG_CHILD_DOORBELL:
	case PVG_REG_MAIN_KICK:
	case PVG_REG_CHILD_REPLAY_DOORBELL:
	case PVG_REG_CURSOR_KICK:
		return 0;
	case PVG_REG_MODE_COUNT:
		return MODE_COUNT_VALUE;
	case PVG_REG_MODE_SIZE:
		return MODE_SIZE_VALUE;
	case PVG_REG_STRIDE_ALIGN:
		return STRIDE_ALIGN_VALUE;
	case PVG_REG_DISPLAY_PORTS:
		return regs->displays;
	case PVG_REG_BUILTIN_CONNECTED:
		return BUILTIN_CONNECTED_VALUE;
	default:
		return atomic_load_explicit(mirror_word(page, offset), memory_order_relaxed);
	}
}

// Mirror, entry, head, eventfd: in this order (spec 06 section 6.4 rule 2).
static void write_ordered(struct pvg_regs *regs, uint32_t offset, uint32_t value) {
	struct pvg_link_page *page = page_of(regs);

	atomic_store_explicit(mirror_word(page, offset), value, memory_order_release);
	uint32_t head = atomic_load_explicit(&page->ring_head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(&page->ring_tail, memory_order_acquire);
	if (head - tail >= PVG_LINK_RING_ENTRIES) {
		atomic_fetch_add_explicit(&page->ring_overruns, 1, memory_order_release);
		ring_doorbell(regs);
		return;
	}
	page->ring[head % PVG_LINK_RING_ENTRIES] = (struct pvg_link_ring_entry){
		.bar_offset = (uint16_t)offset,
		.fifo_gen = (uint16_t)atomic_load_explicit(&page->fifo_gen, memory_order_relaxed),
		.value = value,
		.epoch = atomic_load_explicit(&page->epoch, memory_order_relaxed),
		.fifo_written = atomic_load_explicit(&page->fifo_written, memory_order_relaxed),
	};
	atomic_store_explicit(&page->ring_head, head + 1, memory_order_release);
	ring_doorbell(regs);
}

static void write_control_fifo(struct pvg_regs *regs, uint32_t value) {
	struct pvg_link_page *page = page_of(regs);

	uint32_t before =
		atomic_load_explicit(mirror_word(page, PVG_REG_CONTROL_FIFO), memory_order_relaxed);
	if (before == 0 && value != 0 &&
		atomic_load_explicit(&page->fifo_written, memory_order_relaxed) == 0) {
		atomic_fetch_add_explicit(&page->fifo_gen, 1, memory_order_acq_rel);
	}
	write_ordered(regs, PVG_REG_CONTROL_FIFO, value);
}

static void kick_root(struct pvg_regs *regs) {
	struct pvg_link_page *page = page_of(regs);

	atomic_fetch_add_explicit(&page->root_kicks, 1, memory_order_release);
	if (atomic_load_explicit(mirror_word(page, PVG_REG_CONTROL_FIFO), memory_order_relaxed) !=
		0) {
		ring_doorbell(regs);
	}
}

static void kick_channel(struct pvg_regs *regs, uint32_t channel) {
	if (channel == 0 || channel >= PVG_LINK_CHANNELS) {
		static const char what[] = "doorbell of an impossible channel";
		count(&regs->refused_channel);
		if (channel >= 128) {
			warn_once(regs, WARNED_CHANNEL, what, channel);
			return;
		}
		uint32_t bit = 1u << (channel % 32);
		uint32_t before = __atomic_fetch_or(&regs->channels_warned[channel / 32], bit,
			__ATOMIC_RELAXED);
		if ((before & bit) == 0 && regs->warn != NULL) {
			regs->warn(regs->data, what, channel);
		}
		return;
	}
	atomic_fetch_or_explicit(&page_of(regs)->child_doorbells, 1u << channel,
		memory_order_release);
	ring_doorbell(regs);
}

static void kick_cursor(struct pvg_regs *regs, uint32_t port) {
	if (port >= 8) {
		count(&regs->refused_port);
		warn_once(regs, WARNED_PORT, "cursor doorbell of an impossible port", port);
		return;
	}
	atomic_fetch_or_explicit(&page_of(regs)->cursor_kicks, 1u << port, memory_order_release);
	ring_doorbell(regs);
}

static void clear_status(struct pvg_link_page *page, _Atomic uint32_t *word, uint32_t bits) {
	if (host_is_current(page)) {
		atomic_fetch_and_explicit(word, ~bits, memory_order_acq_rel);
	}
}

static void write_word(struct pvg_regs *regs, uint32_t offset, uint32_t value) {
	struct pvg_link_page *page = page_of(regs);

	if (offset < MSI_AREA_SIZE) {
		return;
	}
	if (offset >= MIRROR_END) {
		__atomic_store_n(&regs->sparse[(offset - MIRROR_END) / 4], value, __ATOMIC_RELAXED);
		return;
	}
	switch (offset) {
	case PVG_REG_CONTROL_FIFO:
		write_control_fifo(regs, value);
		break;
	case PVG_REG_FIFO_WRITTEN:
		atomic_store_explicit(mirror_word(page, offset), value, memory_order_relaxed);
		atomic_store_explicit(&page->fifo_written, value, memory_order_release);
		kick_root(regs);
		break;
	case PVG_REG_MAIN_KICK:
		kick_root(regs);
		break;
	case PVG_REG_CHILD_DOORBELL:
	case PVG_REG_CHILD_REPLAY_DOORBELL:
		kick_channel(regs, value);
		break;
	case PVG_REG_CURSOR_KICK:
		kick_cursor(regs, value);
		break;
	case PVG_REG_INTR_STATUS_DISP:
		clear_status(page, &page->intr_disp, value);
		break;
	case PVG_REG_INTR_STATUS_GPU:
		clear_status(page, &page->intr_gpu, value);
		break;
	case PVG_REG_VERSION: // spec 01 section 2.4
		write_ordered(regs, offset, value < PVG_VERSION_MAX ? value : PVG_VERSION_MAX);
		break;
	case PVG_REG_FIFO_LENGTH:
	case PVG_REG_FIFO_START:
	case PVG_REG_ROOT_PAGE:
	case PVG_REG_FIFO_BASE_PAGE:
	case PVG_REG_EFI_DISPLAY:
	case PVG_REG_MODE_SELECT:
	case PVG_REG_FB_START:
	case PVG_REG_FB_LENGTH:
	case PVG_REG_FB_DEPTH:
	case PVG_REG_FB_MODE:
	case PVG_REG_FB_STRIDE:
		write_ordered(regs, offset, value);
		break;
	case PVG_REG_FIFO_READ:
	case PVG_REG_INTR_FAULT:
	case PVG_REG_MODE_COUNT:
	case PVG_REG_MODE_SIZE:
	case PVG_REG_STRIDE_ALIGN:
	case PVG_REG_DISPLAY_PORTS:
	case PVG_REG_BUILTIN_CONNECTED:
		break; // read-only
	default:
		atomic_store_explicit(mirror_word(page, offset), value, memory_order_relaxed);
	}
}

static bool access_is_legal(struct pvg_regs *regs, uint32_t offset, unsigned int size) {
	if ((size != 4 && size != 8) || offset % 4 != 0) {
		count(&regs->refused_width);
		warn_once(regs, WARNED_WIDTH, "access of a wrong width or alignment, offset",
			offset);
		return false;
	}
	if (offset < MSI_AREA_SIZE || offset >= PVG_BAR0_SIZE || size > PVG_BAR0_SIZE - offset) {
		count(&regs->refused_offset);
		warn_once(regs, WARNED_OFFSET, "access outside the registers, offset", offset);
	}
	return offset < PVG_BAR0_SIZE && size <= PVG_BAR0_SIZE - offset;
}

uint64_t pvg_regs_read(struct pvg_regs *regs, uint32_t offset, unsigned int size) {
	if (!access_is_legal(regs, offset, size)) {
		return 0;
	}
	uint64_t value = read_word(regs, offset);
	if (size == 8) {
		value |= (uint64_t)read_word(regs, offset + 4) << 32;
	}
	return value;
}

void pvg_regs_write(struct pvg_regs *regs, uint32_t offset, unsigned int size, uint64_t value) {
	if (!access_is_legal(regs, offset, size)) {
		return;
	}
	write_word(regs, offset, (uint32_t)value);
	// The high half of 0x1030 would rewrite VERSION (spec 01 section 2.1).
	if (size == 8 && offset != PVG_REG_FIFO_BASE_PAGE) {
		write_word(regs, offset + 4, (uint32_t)(value >> 32));
	}
}

void pvg_regs_reset(struct pvg_regs *regs) {
	struct pvg_link_page *page = page_of(regs);

	/*
	 * A host that polls may look between any two of these stores, and takes the registers of
	 * the new epoch as soon as it sees it: what it would attach to is gone before. FIFO_WRITTEN
	 * and the status words come after: 0 would desynchronise the old guest's ring, and until
	 * its gate is shut the host sets bits.
	 */
	for (size_t i = 0; i < PVG_LINK_MIRROR_WORDS; i++) {
		atomic_store_explicit(&page->mirror[i], 0, memory_order_relaxed);
	}
	fill_constants(regs, page);
	atomic_store_explicit(&page->child_doorbells, 0, memory_order_relaxed);
	atomic_store_explicit(&page->cursor_kicks, 0, memory_order_relaxed);
	atomic_fetch_add_explicit(&page->fifo_gen, 1, memory_order_seq_cst);
	// From here on the host's gate is shut and its words are answered with 0.
	atomic_fetch_add_explicit(&page->epoch, 1, memory_order_seq_cst);
	atomic_store_explicit(&page->fifo_written, 0, memory_order_relaxed);
	atomic_store_explicit(&page->intr_disp, 0, memory_order_relaxed);
	atomic_store_explicit(&page->intr_gpu, 0, memory_order_release);
	for (size_t i = 0; i < sizeof(regs->sparse) / sizeof(regs->sparse[0]); i++) {
		__atomic_store_n(&regs->sparse[i], 0, __ATOMIC_RELAXED);
	}
	ring_doorbell(regs);
}

static void carry32(_Atomic uint32_t *to, _Atomic uint32_t *from) {
	atomic_store_explicit(to, atomic_load_explicit(from, memory_order_acquire),
		memory_order_relaxed);
}

void pvg_regs_rebase(struct pvg_regs *regs, struct pvg_link_page *new_page) {
	struct pvg_link_page *old = page_of(regs);
	uint32_t epoch = atomic_load_explicit(&old->epoch, memory_order_acquire);

	for (size_t i = 0; i < PVG_LINK_MIRROR_WORDS; i++) {
		carry32(&new_page->mirror[i], &old->mirror[i]);
	}
	fill_constants(regs, new_page);
	carry32(&new_page->mem_generation, &old->mem_generation);
	carry32(&new_page->fifo_gen, &old->fifo_gen);
	carry32(&new_page->fifo_written, &old->fifo_written);
	carry32(&new_page->root_kicks, &old->root_kicks);
	atomic_fetch_or_explicit(&new_page->child_doorbells,
		atomic_exchange_explicit(&old->child_doorbells, 0, memory_order_acquire),
		memory_order_relaxed);
	atomic_fetch_or_explicit(&new_page->cursor_kicks,
		atomic_exchange_explicit(&old->cursor_kicks, 0, memory_order_acquire),
		memory_order_relaxed);
	/*
	 * What the old host published goes along only when it had let go of older epochs: a host
	 * that was given up during a reset speaks of a guest that no longer exists.
	 */
	if (host_is_current(old)) {
		atomic_store_explicit(&new_page->fifo_read,
			atomic_load_explicit(&old->fifo_read, memory_order_acquire),
			memory_order_relaxed);
		for (size_t i = 0; i < PVG_LINK_CHANNELS; i++) {
			atomic_store_explicit(&new_page->taken[i],
				atomic_load_explicit(&old->taken[i], memory_order_acquire),
				memory_order_relaxed);
		}
		// FIFO_READ and the status bits stay in force until the next host speaks.
		atomic_store_explicit(&new_page->epoch_seen, epoch, memory_order_relaxed);
	}
	fill_header(new_page, epoch);
	__atomic_store_n(&regs->page, new_page, __ATOMIC_RELEASE);
	// Last: a read that still swaps the old words loses nothing, it answered the guest.
	if (host_is_current(old)) {
		atomic_fetch_or_explicit(&new_page->intr_disp,
			atomic_exchange_explicit(&old->intr_disp, 0, memory_order_acquire),
			memory_order_release);
		atomic_fetch_or_explicit(&new_page->intr_gpu,
			atomic_exchange_explicit(&old->intr_gpu, 0, memory_order_acquire),
			memory_order_release);
	}
}

bool pvg_regs_host_is_bad(const struct pvg_regs *regs) {
	struct pvg_link_page *page = page_of(regs);
	uint32_t tail = atomic_load_explicit(&page->ring_tail, memory_order_acquire);
	uint32_t head = atomic_load_explicit(&page->ring_head, memory_order_relaxed);

	return head - tail > PVG_LINK_RING_ENTRIES;
}
