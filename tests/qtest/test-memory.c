// SPDX-License-Identifier: GPL-2.0-or-later
// The table of guest RAM (spec 06 section 7.1).
#include "fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static void attach_with(struct ctx *ctx, const char *memory) {
	vm_start(ctx->vm, memory, "", NULL);
	fakehost_attach(&ctx->host, &ctx->link);
}

static void check_region(const struct fakelink *link, uint32_t i, uint64_t gpa, uint64_t end,
	uint64_t fd_offset) {
	const struct pvg_link_region *region = &link->mem_regions[i];
	assert_true(region->gpa == gpa);
	assert_true(region->gpa + region->size == end);
	assert_true(region->fd_offset == fd_offset);
	assert_int_equal(region->fd_index, 0);
	assert_int_equal(region->flags, PVG_LINK_REGION_WRITABLE | PVG_LINK_REGION_SEALED_SHRINK);
	assert_int_equal(region->page_size, 4096);
}

// What the host writes at (fd, offset) the guest reads at @gpa, and the other way round.
static void check_word(struct ctx *ctx, uint64_t gpa) {
	struct fakelink *link = &ctx->link;
	for (uint32_t i = 0; i < link->mem_count; i++) {
		const struct pvg_link_region *region = &link->mem_regions[i];
		if (gpa < region->gpa || gpa >= region->gpa + region->size) {
			continue;
		}
		uint64_t at = region->fd_offset + (gpa - region->gpa);
		uint32_t word = 0xc0de0000u ^ (uint32_t)gpa, back = 0;
		assert_int_equal(pwrite(link->mem_fds[region->fd_index], &word, 4, (off_t)at), 4);
		assert_int_equal(vm_read(ctx->vm, gpa, 4), word);
		vm_write(ctx->vm, gpa, 4, ~word);
		assert_int_equal(pread(link->mem_fds[region->fd_index], &back, 4, (off_t)at), 4);
		assert_int_equal(back, ~word);
		return;
	}
	fail_msg("0x%llx is in no region", (unsigned long long)gpa);
}

static void small_ram_is_two_pieces_around_the_low_window(void **state) {
	struct ctx *ctx = *state;
	attach_with(ctx, "size=256M");
	assert_int_equal(ctx->link.mem_count, 2);
	check_region(&ctx->link, 0, 0, 0xa0000, 0);
	check_region(&ctx->link, 1, 0x100000, 256 * MIB, 0x100000);
	check_word(ctx, 0);
	check_word(ctx, 0x9fffc);
	check_word(ctx, 0x100000);
	check_word(ctx, 256 * MIB - 4);
}

static void ram_above_the_pci_hole_is_a_third_piece(void **state) {
	struct ctx *ctx = *state;
	attach_with(ctx, "size=3G"); // mapped, never touched but for a few pages
	assert_int_equal(ctx->link.mem_count, 3);
	check_region(&ctx->link, 0, 0, 0xa0000, 0);
	check_region(&ctx->link, 1, 0x100000, 2 * GIB, 0x100000);
	check_region(&ctx->link, 2, 4 * GIB, 5 * GIB, 2 * GIB);
	assert_true(ctx->link.mem_regions[0].block_id == ctx->link.mem_regions[2].block_id);
	check_word(ctx, 2 * GIB - 4);
	check_word(ctx, 4 * GIB);
	check_word(ctx, 5 * GIB - 4);
}

static void the_flicker_of_the_low_window_sends_nothing(void **state) {
	struct ctx *ctx = *state;
	uint32_t generation = atomic_load(&ctx->link.page->mem_generation);
	// What firmware does with the PAM registers of q35's memory controller, and the BARs.
	static const uint8_t values[] = { 0x33, 0x11, 0x00, 0x22, 0x33, 0x11 };
	for (size_t i = 0; i < sizeof(values); i++) {
		for (uint8_t reg = 0x90; reg <= 0x96; reg++) {
			vm_pci_write(ctx->vm, 0, reg, 1, values[i]);
		}
		vm_pci_write(ctx->vm, VM_DEVFN, 0x04, 2, i % 2 == 0 ? 0 : 6);
	}
	assert_int_equal(atomic_load(&ctx->link.page->mem_generation), generation);
	assert_false(fakelink_receive(&ctx->link, 0));
}

static void memory_that_is_plugged_in_later_reaches_the_host(void **state) {
	struct ctx *ctx = *state;
	const char *const extra[] = { "-m", "256M,slots=2,maxmem=1G", NULL };
	ctx_start(ctx, "", extra);
	uint32_t generation = ctx->link.mem_generation;
	vm_qmp(ctx->vm,
		"{'execute':'object-add','arguments':{'qom-type':'memory-backend-memfd',"
		"'id':'more','size':134217728,'share':true}}");
	assert_non_null(strstr(vm_qmp(ctx->vm,
				       "{'execute':'device_add','arguments':"
				       "{'driver':'pc-dimm','id':'dimm','memdev':'more'}}"),
		"return"));
	// The generation first: a host that misses an address looks there.
	assert_int_equal(atomic_load(&ctx->link.page->mem_generation), generation + 1);
	fakelink_wait(&ctx->link, &ctx->link.tables, 2);
	assert_int_equal(ctx->link.mem_generation, generation + 1);
	assert_int_equal(ctx->link.mem_count, 3);
	const struct pvg_link_region *dimm = &ctx->link.mem_regions[2];
	assert_int_equal(dimm->fd_index, 1);
	assert_true(dimm->size == 128 * MIB);
	assert_true(dimm->fd_offset == 0);
	assert_true(dimm->block_id != ctx->link.mem_regions[0].block_id);
	check_word(ctx, dimm->gpa);
	check_word(ctx, dimm->gpa + dimm->size - 4);
	// A later connection is told everything at once.
	ctx_reconnect(ctx);
	assert_int_equal(ctx->link.mem_count, 3);
	assert_int_equal(ctx->link.mem_generation, generation + 1);
	assert_int_equal(atomic_load(&ctx->link.page->mem_generation), generation + 1);
}

static void ram_that_is_not_sealed_is_named_and_marked(void **state) {
	struct ctx *ctx = *state;
	attach_with(ctx, "size=256M,seal=off");
	assert_int_equal(ctx->link.mem_regions[0].flags, PVG_LINK_REGION_WRITABLE);
	vm_wait_log(ctx->vm, "not sealed against shrinking");
}

static void the_boot_frame_buffer_is_no_guest_ram(void **state) {
	struct ctx *ctx = *state;
	ctx_start(ctx, "boot-fb=on", NULL);
	uint32_t generation = atomic_load(&ctx->link.page->mem_generation);
	vm_pci_write(ctx->vm, VM_DEVFN, 0x14, 4, 0xfd000000);
	vm_write(ctx->vm, 0xfd000000, 4, 0x00ff8040);
	assert_int_equal(atomic_load(&ctx->link.page->mem_generation), generation);
	assert_false(fakelink_receive(&ctx->link, 0));
	// The host sees it as a memfd of its own.
	assert_true((ctx->link.hello.features & PVG_LINK_FEATURE_BOOT_FB) != 0);
	uint32_t pixel = 0;
	assert_int_equal(pread(ctx->link.boot_fb, &pixel, 4, 0), 4);
	assert_int_equal(pixel, 0x00ff8040);
	assert_int_equal(lseek(ctx->link.boot_fb, 0, SEEK_END), 16 * MIB);
	assert_int_equal(fcntl(ctx->link.boot_fb, F_GET_SEALS),
		F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	assert_int_equal(vm_pci_read(ctx->vm, VM_DEVFN, 0x14, 4) & 0xf, 0); // 32 bit, no prefetch
}

static void devices_share_one_table(void **state) {
	struct ctx *ctx = *state;
	char second[256];
	snprintf(second, sizeof(second), "apple-gfx-pci,addr=6,boot-fb=on,socket=%s",
		ctx->vm->socket_path);
	const char *const extra[] = { "-device", second, NULL };
	vm_start(ctx->vm, VM_MEMORY_256M, "boot-fb=on", extra);
	struct fakelink other;
	fakehost_attach(&ctx->host, &ctx->link);
	fakehost_attach(&ctx->host, &other);
	vm_pci_write(ctx->vm, VM_DEVFN, 0x14, 4, 0xfc000000);
	vm_pci_write(ctx->vm, 0x30, 0x14, 4, 0xfd000000);
	vm_pci_write(ctx->vm, 0x30, 0x04, 2, 6);
	vm_write(ctx->vm, 0xfd000000, 4, 1);
	assert_int_equal(ctx->link.mem_count, 2);
	assert_int_equal(other.mem_count, 2);
	assert_false(fakelink_receive(&ctx->link, 0));
	assert_false(fakelink_receive(&other, 0));
	fakelink_close(&other);
}

int main(void) {
	vm_require();
	const struct CMUnitTest tests[] = {
		TEST_EMPTY(small_ram_is_two_pieces_around_the_low_window),
		TEST_EMPTY(ram_above_the_pci_hole_is_a_third_piece),
		TEST_STARTED(the_flicker_of_the_low_window_sends_nothing),
		TEST_EMPTY(memory_that_is_plugged_in_later_reaches_the_host),
		TEST_EMPTY(ram_that_is_not_sealed_is_named_and_marked),
		TEST_EMPTY(the_boot_frame_buffer_is_no_guest_ram),
		TEST_EMPTY(devices_share_one_table),
	};
	return cmocka_run_group_tests_name("qtest memory", tests, NULL, NULL);
}
